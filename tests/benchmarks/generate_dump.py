"""A generated dump in the form of Wikidata's, to measure the time and memory of `copydesk kb build --wikidata`.

    python -m tests.benchmarks.generate_dump 10000000 dump.json

One item in forty has ten sitelinks or more, about as in Wikidata; one in a hundred is a class. Lines are shorter than
real ones, which have 15 kB on average, mostly statements that the builder skips.
"""

from __future__ import annotations

import sys
from pathlib import Path

CLASSES = (5, 515, 4830453, 43229, 11424)

LISTED = 40
"""One item in so many has LINKS sitelinks, the others have one."""

LINKS = 20

CLASS = 100
"""One item in so many is a class below another one."""

STATEMENT = (
    '"%s":[{"mainsnak":{"snaktype":"value","datavalue":{"value":{"id":"Q%d"},"type":"x"}},'
    '"type":"statement","rank":"normal"}]'
)
SITELINK = '"w%d":{"site":"w%d","title":"A title","badges":[]}'


BLOCK = 100_000
"""Number of items that are written at once: the blocks differ in a part of the numbers alone."""

MARK = "@@@"


def make_line(number: int, links: dict[bool, str]) -> str:
    """Return the JSON of an item of a block, with the mark in place of the number of the block."""
    own = f"1{MARK}{number:05d}"
    name = f"Name{number % 9_000} Surname{own}"
    kind = CLASSES[number % len(CLASSES)]
    claims = STATEMENT % ("P31", kind)
    if number % CLASS == 0:
        claims = f"{claims},{STATEMENT % ('P279', kind)}"
    return (
        f'{{"type":"item","id":"Q{own}","labels":{{"en":{{"language":"en","value":"{name}"}}}},"descriptions":'
        f'{{"en":{{"language":"en","value":"thing {number}"}}}},"aliases":{{"en":[{{"language":"en","value":'
        f'"Alias {own}"}}]}},"claims":{{{claims}}},"sitelinks":{{{links[number % LISTED == 0]}}}}},\n'
    )


def main(arguments: list[str]) -> None:
    """Write a dump of a number of items, rounded to whole blocks."""
    blocks, path = max(1, int(arguments[0]) // BLOCK), Path(arguments[1])
    counts = {True: LINKS, False: 1}
    links = {is_listed: ",".join(SITELINK % (at, at) for at in range(count)) for is_listed, count in counts.items()}
    block = "".join(make_line(number, links) for number in range(BLOCK))
    with path.open("w") as file:
        file.write("[\n")
        for number in range(blocks):
            file.write(block.replace(MARK, f"{number:03d}"))
        file.write("]\n")


if __name__ == "__main__":
    main(sys.argv[1:])
