"""Articles for the tests of stories."""

from __future__ import annotations

from collections.abc import Iterable

from services.cli.stories.invented.events import read_events
from services.contracts.event import Duplicate
from services.enrichment.stories.article import ArticleEntity, StoryArticle
from services.enrichment.stories.features.extraction import extract_features
from services.enrichment.stories.index import StoryIndex, StoryVerdict
from services.enrichment.stories.parameters import HOUR_MS

ORIGINAL = Duplicate(verdict="original")


def build_article(
    number: int,
    text: str,
    at_ms: int = 0,
    *,
    copy_of: int | None = None,
    source: str | None = None,
    entities: Iterable[str] = (),
) -> StoryArticle:
    """Build an article with a number as its id; `copy_of` is the number of its original."""
    duplicate = ORIGINAL if copy_of is None else Duplicate(verdict="exact", duplicate_of=f"{copy_of:032x}")
    return StoryArticle(
        f"{number:032x}",
        extract_features(None, text, "en"),
        at_ms,
        duplicate,
        source,
        text[:20],
        "en",
        tuple(ArticleEntity(f"nil:{name}", name, "ORG") for name in entities),
    )


def add(index: StoryIndex, article: StoryArticle) -> StoryVerdict:
    """Judge an article and add it."""
    verdict = index.judge(article)
    index.apply(article.id, verdict.mark)
    return verdict


def read_event_articles() -> list[StoryArticle]:
    """Return the articles of the project's own set of events, in the order of their times."""
    return [
        StoryArticle(
            f"{number:032x}",
            extract_features(row["headline"], row["text"], "en"),
            number * HOUR_MS,
            ORIGINAL,
            row["source"],
            row["headline"],
            "en",
            (ArticleEntity(f"nil:{row['source']}", row["source"], "ORG"),),
        )
        for number, row in enumerate(read_events())
    ]
