"""Parts of an event in words, for a person who has not read the schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from services.contracts.event import Cleaning, Duplicate, EnrichedArticle, Evidence
from services.contracts.event.article import UNKNOWN_LANGUAGE
from services.contracts.event.words import REASONS, VERDICTS
from services.contracts.text.quantities import write_count
from services.outcomes import Reason

SHOWN_ID_CHARACTERS = 8
"""Number of shown characters of an article id. They distinguish the articles of one run."""


def describe_removed(cleaning: Cleaning) -> str:
    """Return how much of the raw text was removed, and how often each rule removed a passage."""
    removed = sum(span.raw_end - span.raw_start for span in cleaning.removed)
    if not removed:
        return "nothing"
    rules = Counter(span.rule for span in cleaning.removed).most_common()
    kinds = ", ".join(f"{rule} ×{count}" if count > 1 else rule for rule, count in rules)
    return f"{removed:,} of {write_count(cleaning.raw_length, 'character', 'characters')}: {kinds}"


def describe_verdict(duplicate: Duplicate, known: Mapping[str, EnrichedArticle]) -> str:
    """Return the verdict with the figures behind it. `known` has other events by their id."""
    evidence = duplicate.evidence
    words = VERDICTS[duplicate.verdict]
    if duplicate.duplicate_of is not None:
        words += f" of {_name_article(duplicate.duplicate_of, known)}"
        if duplicate.similarity is not None and (evidence is None or evidence.shared_part is None):
            words += f", similarity {duplicate.similarity:.0%}"
    elif evidence is None:
        return f"{words}: nothing like it was seen before"
    elif evidence.similar_to is not None:
        words += f", although like {_name_article(evidence.similar_to, known)}"
    figures = "; ".join(_list_figures(evidence)) if evidence is not None else ""
    return f"{words}: {figures}" if figures else words


def _name_article(article_id: str, known: Mapping[str, EnrichedArticle]) -> str:
    source = known[article_id].article.source if article_id in known else None
    return f"{article_id[:SHOWN_ID_CHARACTERS]} ({source})" if source else article_id[:SHOWN_ID_CHARACTERS]


def _list_figures(evidence: Evidence) -> Iterator[str]:
    if evidence.shared_part is not None:
        shared, total = evidence.shared_shingles, evidence.total_shingles
        yield f"{shared:,} of {total:,} word groups are shared ({evidence.shared_part:.0%})"
    if evidence.differs:
        yield f"other {', '.join(evidence.differs)}"
    for name, changed in evidence.list_changes().items():
        yield f"{name} {'changed' if changed else 'unchanged'}"
    if evidence.paragraphs_added or evidence.paragraphs_removed:
        yield f"paragraphs +{evidence.paragraphs_added or 0} −{evidence.paragraphs_removed or 0}"


def _name_language(code: str) -> str:
    return "the language of this is unknown" if code == UNKNOWN_LANGUAGE else f"this is {code}"


def describe_incomplete(event: EnrichedArticle) -> str:
    """Return which parts of the enrichment are missing, each reason once; empty if none is missing."""
    parts: dict[Reason, list[str]] = {}
    for item in event.enrichment.incomplete:
        parts.setdefault(item.reason, []).append(item.part)
    reasons = {
        **REASONS,
        Reason.UNSUPPORTED_LANGUAGE: f"the models read English only, and {_name_language(event.article.language.code)}",
    }
    return "; ".join(
        f"{', '.join(names)}: {reasons.get(reason, reason.replace('_', ' '))}" for reason, names in parts.items()
    )
