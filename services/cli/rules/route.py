"""`copydesk route`: which routes each event or article takes, and why."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from services.cli.articles.reading import read_articles
from services.cli.console.progress import print_error, write_json
from services.cli.rules.events import Annotate, read_events
from services.cli.rules.tree import build_tree, print_tree
from services.contracts.event import Verdict
from services.sink.rules import explain, read_rules, to_jsonable


def route(
    rules_file: Path, files: Iterable[Path], annotate: Annotate, *, verdict: Verdict = "original", as_json: bool = False
) -> int:
    """Print the decision on each event or article; return 1 if one could not be read, else 0.

    Raises ConfigurationError for wrong rules and for a file that cannot be opened.
    """
    rules = read_rules(rules_file)
    failed = 0
    for placed in read_events(read_articles(files), annotate, verdict):
        if placed.event is None:
            failed += 1
            print_error(f"{placed.place}: {placed.error}")
            continue
        explanation = explain(rules, placed.event)
        if as_json:
            decision = {"place": placed.place, "id": placed.event.id, "headline": placed.event.article.headline}
            write_json(decision | to_jsonable(explanation))
            sys.stdout.buffer.flush()
        else:
            print_tree(build_tree(placed.place, placed.event, explanation))
    return 1 if failed else 0
