"""Benchmark of verdicts: all pairs of a file's articles by brute force, beside what the index says of them.

Run: python -m tests.benchmarks.bench_copies FILE... --labels LABELS

FILE is JSON Lines with `id`, `title` and `text`, and `date` (such as 26-FEB-1987) for --by-date and --dated; without
FILE, the project's own forms and copies are used. Each article is cleaned, signed and judged in one index, as in a
shard. Brute force compares the runs of five words of all pairs. A pair is alike from a Jaccard similarity of 0.3 or a
containment of 0.6 on. An alike pair is a plain copy if one text has four fifths of the other's runs, and no name or
number of one stands in the other's place: the texts are aligned word by word for that (`difflib`), with nothing of the
signature.

LABELS is JSON Lines with `first`, `second` (ids in the order of arrival) and `same` (true or false), as a person read
them: near and excerpt verdicts on pairs with `same` false are the false ones. Pairs without a label are listed with
--unlabelled, for a person to read. Prints one JSON object.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any

import typer

from services.contracts.event import Duplicate
from services.contracts.raw import RawArticle
from services.enrichment.cleaning import clean
from services.enrichment.matching import MatchIndex, MatchParameters, compute_signature, judge_and_remember
from services.enrichment.matching.signatures.normalised_words import normalise
from services.enrichment.matching.signatures.signature import DAY_S, SHORTEST_WORDS
from services.errors import PermanentError
from services.evaluation.rows import read_rows
from tests.support.forms import BODY, FORMS, HEADLINE, PARAGRAPHS

RUN = 5
"""Words of a run that brute force compares."""
SIMILARITY, CONTAINMENT = 0.3, 0.6
"""Thresholds from which a pair is alike."""
PLAIN = 0.8
"""Containment from which an alike pair can be a plain copy."""
COMMONEST = 400
"""Articles that have a run from which it is no evidence: a line that an agency puts under all its reports."""
COPIES = frozenset({"near", "excerpt"})
DATE = "%d-%b-%Y"

Pair = tuple[int, int]
"""Numbers of two articles, in the order of arrival."""


@dataclass(frozen=True, slots=True)
class Article:
    """An article after cleaning."""

    id: str
    headline: str | None
    body: str
    moment: int
    """Event time in milliseconds."""
    day: int | None
    """Day of publication, in days since the epoch."""


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(help=__doc__)
def main(
    files: Annotated[list[Path] | None, typer.Argument(help="Articles as JSON Lines.")] = None,
    labels: Annotated[Path | None, typer.Option(help="Pairs that a person read.")] = None,
    by_date: Annotated[bool, typer.Option(help="Take the articles' dates as event times; skip those without.")] = False,
    dated: Annotated[bool, typer.Option(help="Take the articles' dates as days of publication, as by date.")] = False,
    one_host: Annotated[bool, typer.Option(help="Give all articles URLs of one host.")] = False,
    unlabelled: Annotated[bool, typer.Option(help="List copies without a label, and plain copies not found.")] = False,
) -> None:
    """Judge, compare and print."""
    articles = list(read_articles(files, by_date=by_date, dated=dated or by_date) if files else write_articles())
    articles.sort(key=lambda article: article.moment)
    began = time.process_time()
    verdicts = judge(articles, one_host=one_host)
    seconds = time.process_time() - began
    copies = {
        (int(verdict.duplicate_of), number): verdict
        for number, verdict in enumerate(verdicts)
        if verdict.verdict in COPIES and verdict.duplicate_of is not None
    }
    alike = find_alike(articles)
    lost = [pair for pair in alike if not is_joined(pair, verdicts) and is_plain_copy(pair, articles)]
    report = {
        "articles": len(articles),
        "articles_per_second": round(len(articles) / seconds),
        "verdicts": dict(Counter(verdict.verdict for verdict in verdicts)),
        "originals_like_another": dict(Counter(filter(None, map(describe_difference, verdicts)))),
        "alike_pairs": len(alike),
        "alike_pairs_joined": sum(is_joined(pair, verdicts) for pair in alike),
        "plain_copies_not_joined": len(lost),
        **(score(copies, verdicts, articles, read_labels(labels)) if labels else {}),
    }
    if unlabelled:
        known = read_labels(labels) if labels else {}
        report["to_read"] = [name(pair, articles) for pair in copies if name(pair, articles) not in known]
        report["plain_copies"] = [name(pair, articles) for pair in lost]
    print(json.dumps(report, indent=2))


def read_articles(files: list[Path], *, by_date: bool, dated: bool) -> Iterator[Article]:
    """Yield the articles of some files, cleaned."""
    number = 0
    for file in files:
        for row in read_rows(file):
            date = str(row.get("date") or "")
            if by_date and not date:
                continue
            number += 1
            day = (
                int(datetime.strptime(date, DATE).replace(tzinfo=UTC).timestamp()) // DAY_S if date and dated else None
            )
            moment = (day or 0) * DAY_S * 1_000 if by_date else 0
            title = (row.get("title") or "").strip() or None
            try:
                cleaned = clean(RawArticle(content=row["text"], title=title), reference=None)
            except (PermanentError, ValueError):
                continue
            yield Article(str(row["id"]), cleaned.headline, cleaned.body, moment + number, day)


def write_articles() -> Iterator[Article]:
    """Yield the project's own forms and copies."""
    reports = [report for form in FORMS.values() for report in form.write()]
    reports += [(HEADLINE, BODY), ("Fish market sold", "\n\n".join(PARAGRAPHS[:2])), (None, f"{BODY}\n\nRead more")]
    for number, (headline, body) in enumerate(reports):
        yield Article(str(number), headline, body, number, None)


def judge(articles: list[Article], *, one_host: bool) -> list[Duplicate]:
    """Return the verdict of each article; the ids in it are numbers of articles."""
    index = MatchIndex()
    verdicts = []
    for number, article in enumerate(articles):
        url = f"https://wire.example/{number}" if one_host else None
        signature = compute_signature(article.headline, article.body, canonical_url=url, published_day=article.day)
        record = judge_and_remember(index, str(number), signature, article.moment)
        if record is not None:
            verdicts.append(record.duplicate)
    return verdicts


def find_alike(articles: list[Article]) -> list[Pair]:
    """Return the pairs that brute force finds alike."""
    runs = [find_runs(article) for article in articles]
    having: defaultdict[int, list[int]] = defaultdict(list)
    for number, found in enumerate(runs):
        for run in found:
            having[run].append(number)
    common: Counter[Pair] = Counter()
    for numbers in having.values():
        if 1 < len(numbers) <= COMMONEST:
            common.update(combinations(numbers, 2))
    alike = []
    window = MatchParameters().window_ms
    for (one, other), count in common.items():
        if articles[other].moment - articles[one].moment > window:
            continue
        sizes = len(runs[one]), len(runs[other])
        if count >= SIMILARITY * (sum(sizes) - count) or count >= CONTAINMENT * min(sizes):
            alike.append((one, other))
    return sorted(alike)


def find_runs(article: Article) -> set[int]:
    """Return the hashes of an article's runs of words."""
    words = normalise(f"{article.headline or ''}\n{article.body}")
    return {hash(tuple(words[at : at + RUN])) for at in range(len(words) - RUN + 1)}


def is_joined(pair: Pair, verdicts: list[Duplicate]) -> bool:
    """Tell whether two articles have one original, which may be one of them."""
    one, other = (int(verdicts[number].duplicate_of or number) for number in pair)
    return one == other


def describe_difference(verdict: Duplicate) -> str:
    """Return what makes an original differ from an article that it resembles; empty for another verdict."""
    return " ".join(verdict.evidence.differs) if verdict.evidence else ""


def is_plain_copy(pair: Pair, articles: list[Article]) -> bool:
    """Tell whether one text has nearly all of the other, and no name or number in the place of another."""
    one, other = (articles[number] for number in pair)
    runs, others = find_runs(one), find_runs(other)
    fewest = min(len(runs), len(others))
    if fewest < SHORTEST_WORDS or len(runs & others) < PLAIN * fewest:
        return False
    words, more = one.body.split(), other.body.split()
    steps = SequenceMatcher(None, words, more, autojunk=False).get_opcodes()
    return not any(step == "replace" and has_other_fact(words[a:b], more[c:d]) for step, a, b, c, d in steps)


def has_other_fact(words: list[str], others: list[str]) -> bool:
    """Tell whether some words have a number, or a name where the others have one."""
    has_number = any(map(str.isdigit, "".join(words + others)))
    return has_number or all(any(word[:1].isupper() for word in side) for side in (words, others))


def name(pair: Pair, articles: list[Article]) -> tuple[str, str]:
    """Return the ids of two articles."""
    return articles[pair[0]].id, articles[pair[1]].id


def read_labels(file: Path) -> dict[tuple[str, str], bool]:
    """Return whether the two articles of each labelled pair report the same, in either order."""
    labels = {}
    for row in read_rows(file):
        labels[row["first"], row["second"]] = labels[row["second"], row["first"]] = bool(row["same"])
    return labels


def score(
    copies: dict[Pair, Duplicate],
    verdicts: list[Duplicate],
    articles: list[Article],
    labels: dict[tuple[str, str], bool],
) -> dict[str, Any]:
    """Return the false verdicts among those on labelled pairs, and the labelled copies that were not joined."""
    known = {each: labels[each] for pair in copies if (each := name(pair, articles)) in labels}
    numbers = {article.id: number for number, article in enumerate(articles)}
    false = sorted(pair for pair, same in known.items() if not same)
    return {
        "copies": len(copies),
        "copies_without_label": len(copies) - len(known),
        "false": false,
        "false_share": round(len(false) / max(1, len(known)), 4),
        "labelled_copies_not_joined": [
            pair
            for pair, same in labels.items()
            if same and pair[0] < pair[1] and numbers.keys() >= set(pair)
            if not is_joined((numbers[pair[0]], numbers[pair[1]]), verdicts)
        ],
    }


if __name__ == "__main__":
    app()
