"""A generated dump in the form of Wikidata's, to measure the time and memory of `copydesk kb build --wikidata`.

    python -m tests.benchmarks.generate_dump 10000000 dump.json.gz

One item in eight has three sitelinks or more, about as in Wikidata; one in a hundred is a class. Lines are shorter than
real ones, which have 15 kB on average, mostly statements that the builder skips.
"""

from __future__ import annotations

import gzip
import random
import sys
from pathlib import Path

CLASSES = (5, 515, 4830453, 43229, 11424)


def make_line(number: int, random_source: random.Random) -> str:
    """Return the JSON of an item."""
    name = f"Name{number % 900_000} Surname{number % 700_001}"
    count = random_source.randint(3, 60) if number % 8 == 0 else random_source.randint(0, 2)
    links = ",".join(f'"w{at}":{{"site":"w{at}","title":"{name}","badges":[]}}' for at in range(count))
    kind = CLASSES[number % len(CLASSES)]
    parent = (
        f',"P279":[{{"mainsnak":{{"snaktype":"value","datavalue":{{"value":{{"id":"Q{kind}"}},"type":"x"}}}},'
        '"type":"statement","rank":"normal"}]'
        if number % 100 == 0
        else ""
    )
    return (
        f'{{"type":"item","id":"Q{number}","labels":{{"en":{{"language":"en","value":"{name}"}},'
        f'"de":{{"language":"de","value":"{name}"}}}},"descriptions":'
        f'{{"en":{{"language":"en","value":"thing {number}"}}}},'
        f'"aliases":{{"en":[{{"language":"en","value":"Alias {number}"}}]}},"claims":{{"P31":[{{"mainsnak":'
        f'{{"snaktype":"value","datavalue":{{"value":{{"id":"Q{kind}"}},"type":"x"}}}},"type":"statement",'
        f'"rank":"normal"}}]{parent}}},"sitelinks":{{{links}}}}},\n'
    )


def main(arguments: list[str]) -> None:
    """Write a dump of a number of items."""
    items, path = int(arguments[0]), Path(arguments[1])
    random_source = random.Random(7)
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.write("[\n")
        for number in range(1, items + 1):
            file.write(make_line(number, random_source))
        file.write("]\n")


if __name__ == "__main__":
    main(sys.argv[1:])
