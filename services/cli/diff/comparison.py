"""The differences between two events of one article, and their sums over all articles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from services.cli.diff.features import Features, Name

KINDS = {
    "name_added": "a name is new",
    "name_lost": "a name is gone",
    "name_retyped": "a name has another type",
    "name_sentiment": "the polarity toward a name moved",
    "article_sentiment": "the polarity of the article moved",
    "topics": "the topics of the article changed",
    "verdict": "the duplicate verdict changed",
    "language": "the language changed",
    "other": "another part of the event changed",
}
"""Kinds of differences, and what they mean."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between two events."""

    kind: str
    what: str
    """The name, or the part of the event."""
    before: str | None = None
    after: str | None = None


@dataclass(slots=True)
class Example:
    """A difference with its article."""

    id: str
    headline: str
    difference: Difference


@dataclass(slots=True)
class Report:
    """The sums over all articles."""

    articles: int = 0
    """Articles that are on both sides."""
    equal: int = 0
    """Articles without a difference."""
    only_before: int = 0
    only_after: int = 0
    differences: Counter[str] = field(default_factory=Counter)
    """Number of differences by kind."""
    differing: Counter[str] = field(default_factory=Counter)
    """Number of articles with a difference, by kind."""
    moves: dict[str, Counter[str]] = field(default_factory=dict)
    """For each kind, the number of each change, such as "neutral -> negative"."""
    examples: dict[str, list[Example]] = field(default_factory=dict)

    @property
    def has_differences(self) -> bool:
        """True if anything differs."""
        return self.equal != self.articles or bool(self.only_before or self.only_after)


def compare(before: Features, after: Features) -> Iterator[Difference]:
    """Yield the differences between two events of one article.

    A part that differs is named as `other` only if no other difference explains it.
    """
    explained = set()
    for name in _compare_names(before.names, after.names):
        explained.add("entities")
        yield name
    for kind, part, old, new in (
        ("article_sentiment", "sentiment", before.polarity, after.polarity),
        ("topics", "topics", before.topics, after.topics),
        ("verdict", "duplicate", before.verdict, after.verdict),
        ("language", "article.language", before.language, after.language),
    ):
        if old != new:
            explained.add(part)
            yield Difference(kind, part, old, new)
    for part in sorted((before.digests.keys() | after.digests.keys()) - explained):
        if before.digests.get(part) != after.digests.get(part):
            yield Difference("other", part)


def _compare_names(
    before: Mapping[str, tuple[Name, ...]], after: Mapping[str, tuple[Name, ...]]
) -> Iterator[Difference]:
    """Yield the differences between the names, whatever their order and spelling are."""
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key, ()), after.get(key, ())
        if not old:
            yield from (Difference("name_added", name.text, None, name.type) for name in new)
        elif not new:
            yield from (Difference("name_lost", name.text, name.type, None) for name in old)
        else:
            yield from _compare_one_name(old, new)


def _compare_one_name(old: tuple[Name, ...], new: tuple[Name, ...]) -> Iterator[Difference]:
    for kind, read in (("name_retyped", lambda name: name.type), ("name_sentiment", lambda name: name.polarity)):
        values = ["+".join(sorted(map(read, names))) for names in (old, new)]
        if values[0] != values[1]:
            yield Difference(kind, new[0].text, *values)


def compare_all(before: Mapping[str, Features], after: Mapping[str, Features], *, examples: int) -> Report:
    """Compare the events of all articles, and collect some examples of each kind."""
    report = Report(
        only_before=len(before.keys() - after.keys()),
        only_after=len(after.keys() - before.keys()),
    )
    for article_id, old in before.items():
        new = after.get(article_id)
        if new is None:
            continue
        report.articles += 1
        found = list(compare(old, new))
        report.equal += not found
        report.differing.update({one.kind for one in found})
        for one in found:
            _count(report, new, one, examples)
    return report


def _count(report: Report, event: Features, one: Difference, examples: int) -> None:
    report.differences[one.kind] += 1
    move = one.what if one.kind == "other" else f"{one.before} -> {one.after}"
    report.moves.setdefault(one.kind, Counter())[move] += 1
    shown = report.examples.setdefault(one.kind, [])
    if len(shown) < examples:
        shown.append(Example(event.id, event.headline, one))
