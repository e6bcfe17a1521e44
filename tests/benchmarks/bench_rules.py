"""Benchmark of the routing rules: time to read a large file, and time for an event, beside plain regular expressions.

Run: python -m tests.benchmarks.bench_rules

The articles have 500 generated words and 20 entities; the typographic ones also have curly quotation marks and accents.
The rules look for words in the body that no article has, except `frequent_phrases`: most articles have their words, but
not in a row. The baseline is what the standard library offers for the same rules: one regular expression for each rule,
searched in the text as it is, without regard to case. It finds no word in scripts without spaces, and no other form of
an accent or an apostrophe. A ratio above 1 means that the rules take longer than the baseline. `hostile_s` has the
seconds for texts of a million characters that slow down many searches. Times are CPU seconds of this process in the
best round. Prints one JSON object.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Sequence
from typing import Annotated, Final

import typer

from services.contracts.event import EnrichedArticle
from services.sink.rules import EXAMPLE_RULES, Rules, read_rules
from services.sink.rules.rules_file import parse_rules
from tests.support.events import build_entity, build_event, build_sentiment

WORDS: Final = 500
ENTITIES: Final = 20
EVENTS: Final = 20
VOCABULARY: Final = 4_000
MANY: Final = 10_000
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
HOSTILE: Final = {
    "words": "a " * 500_000,
    "one_word": "a" * 1_000_000,
    "han": "東" * 1_000_000,
    "marks": "a" + "\u0301" * 500_000 + "\u0323" * 500_000,
    "invisible": "\u200b" * 1_000_000,
}

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(help=__doc__)
def main(rounds: Annotated[int, typer.Option(help="Rounds of each measurement.")] = 5) -> None:
    """Measure and print."""
    random.seed(18)
    vocabulary = [build_word() for _ in range(VOCABULARY)]
    lists = {
        "five_words": [[build_word() for _ in range(5)]],
        "five_phrases": [[f"{build_word()} {build_word()}" for _ in range(5)]],
        "frequent_phrases": [[" ".join(random.sample(vocabulary[:10], 2)) for _ in range(5)]],
        "twenty_rules_of_five_words": [[build_word() for _ in range(5)] for _ in range(20)],
        "two_thousand_phrases": [[f"{build_word()} {build_word()}" for _ in range(2_000)]],
    }
    report: dict[str, object] = {}
    for kind, events in {
        "ascii": build_events(vocabulary, ""),
        "typographic": build_events(vocabulary, "“café”"),
    }.items():
        report[kind] = {name: compare(phrases, events, rounds) for name, phrases in lists.items()}
        report[f"{kind}_example_us"] = measure_events(read_rules(EXAMPLE_RULES).match, events, rounds)
    report["ten_thousand_names"] = measure_names(build_events(vocabulary, ""), rounds)
    phrases = ["a " * 50 + "b", "東" * 50 + "西", *lists["five_words"][0]]
    rules = build_rules([phrases])
    report["hostile_s"] = {
        name: round(measure(lambda: rules.match(build_event(body=text))), 3)  # noqa: B023
        for name, text in HOSTILE.items()
    }
    print(json.dumps(report, indent=2))


def build_word() -> str:
    """Return a word that no other call is likely to return."""
    return "".join(random.choices(LETTERS, k=random.randint(4, 10)))


def build_events(vocabulary: Sequence[str], extra: str) -> list[EnrichedArticle]:
    """Return articles with words of a vocabulary, the first of which are the most frequent, and some extra text."""
    weights = [1 / (rank + 10) for rank in range(len(vocabulary))]
    entities = tuple(
        build_entity(f"{build_word()} {build_word()}".title(), kind)
        for kind in ("PER", "ORG", "LOC", "MISC")
        for _ in range(ENTITIES // 4)
    )
    bodies = (
        " ".join(f"{word}{extra if number % 10 == 0 else ''}" for number, word in enumerate(words))
        for words in (random.choices(vocabulary, weights, k=WORDS) for _ in range(EVENTS))
    )
    return [build_event(body=body, entities=entities, sentiment=build_sentiment("neutral")) for body in bodies]


def build_rules(phrases: Sequence[Sequence[str]]) -> Rules:
    """Return rules, one for each list of words or phrases of the body."""
    routes = [{"name": f"r{number}", "when": {"body": list(some)}} for number, some in enumerate(phrases)]
    return parse_rules(json.dumps({"version": 1, "routes": routes}, ensure_ascii=False).encode(), "rules")


def compare(phrases: Sequence[Sequence[str]], events: Sequence[EnrichedArticle], rounds: int) -> dict[str, float]:
    """Return the microseconds for an event, and the ratio to one regular expression for each rule."""
    patterns = [re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, some))})(?!\w)", re.IGNORECASE) for some in phrases]
    ours = measure_events(build_rules(phrases).match, events, rounds)
    plain = measure_events(lambda event: [one.search(event.article.body) for one in patterns], events, rounds)
    return {"us": ours, "ratio": round(ours / plain, 2)}


def measure_names(events: Sequence[EnrichedArticle], rounds: int) -> dict[str, float]:
    """Return the seconds to read a rule with many names, and the microseconds for an event."""
    when = {"entity": {"name": [f"{build_word()} {build_word()} Inc" for _ in range(MANY)]}}
    content = json.dumps({"version": 1, "routes": [{"name": "r", "when": when}]}).encode()
    read = min(measure(lambda: parse_rules(content, "rules")) for _ in range(rounds))
    match = measure_events(parse_rules(content, "rules").match, events, rounds)
    return {"read_s": round(read, 3), "us": match}


def measure_events(work: Callable[[EnrichedArticle], object], events: Sequence[EnrichedArticle], rounds: int) -> float:
    """Return the CPU microseconds for one event in the best round."""
    seconds = min(measure(lambda: [work(event) for event in events]) for _ in range(rounds))
    return round(seconds / len(events) * 1e6, 1)


def measure(work: Callable[[], object]) -> float:
    """Return the CPU seconds of one call."""
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    app()
