"""The report of a comparison, as JSON and as tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from services.cli.diff.comparison import KINDS, Example, Report

MAX_MOVES = 6
MAX_HEADLINE_CHARACTERS = 60


def describe(report: Report) -> dict[str, object]:
    """Return the report as values of JSON."""
    return {
        "articles": report.articles,
        "equal": report.equal,
        "only_before": report.only_before,
        "only_after": report.only_after,
        "differences": {
            kind: {
                "articles": report.differing[kind],
                "differences": report.differences[kind],
                "moves": dict(report.moves.get(kind, {})),
                "examples": [_describe_example(one) for one in report.examples.get(kind, ())],
            }
            for kind in KINDS
        },
    }


def _describe_example(example: Example) -> dict[str, object]:
    difference = asdict(example.difference)
    del difference["kind"]
    return {"id": example.id, "headline": example.headline, **difference}


def build_tables(report: Report) -> Iterator[RenderableType]:
    """Yield the parts of the report for a terminal."""
    yield Text(
        f"{report.articles} articles on both sides, {report.equal} of them equal; "
        f"{report.only_before} only before, {report.only_after} only after"
    )
    if not report.differences:
        return
    table = Table(title="Differences", title_justify="left")
    for column in ("kind", "articles", "differences", "most frequent"):
        table.add_column(column, justify="right" if column in ("articles", "differences") else "left", overflow="fold")
    for kind in KINDS:
        if report.differences[kind]:
            moves = ", ".join(f"{move} ({count})" for move, count in report.moves[kind].most_common(MAX_MOVES))
            table.add_row(kind, str(report.differing[kind]), str(report.differences[kind]), moves)
    yield table
    for kind, examples in report.examples.items():
        yield Text(f"{kind}: {KINDS[kind]}", style="bold")
        for example in examples:
            one = example.difference
            change = "" if kind == "other" else f": {one.before} -> {one.after}"
            headline = example.headline[:MAX_HEADLINE_CHARACTERS]
            yield Text(f"  {example.id}  {headline}  [{one.what}{change}]")
