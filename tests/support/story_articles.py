"""The project's invented events as annotated articles, and parameters with which their stories merge and end often."""

from __future__ import annotations

from datetime import datetime

from services.cli.stories.invented.events import read_events
from services.contracts.event import AnnotatedArticle, Entity, Mention
from services.enrichment.matching import compute_signature
from services.enrichment.matching.signatures.signature import WORDLESS
from services.enrichment.stories.features.extraction import extract_features
from services.enrichment.stories.parameters import DAY_MS, StoryParameters
from services.enrichment.stories.similarity.weights import MergeWeights, StoryWeights, Thresholds, load_weights
from tests.support.annotated import NEUTRAL, build_annotated

ROWS = read_events()[:150]


def build_event(row: dict[str, str], number: int) -> AnnotatedArticle:
    """Build the annotated article of a row of the project's events, with an entity for its publisher."""
    base = build_annotated(number)
    at = datetime.fromisoformat(row["at"])
    article = base.article.model_copy(
        update={"headline": row["headline"], "body": row["text"], "source": row["source"], "ingested_at": at}
    )
    name = row["text"].split()[1]
    entity = Entity(
        id="e1",
        key=f"nil:{name}",
        name=name,
        type="ORG",
        salience=0.5,
        sentiment=NEUTRAL,
        mentions=(Mention(field="body", start=0, end=1, text="x", probability=1.0),),
    )
    return base.model_copy(
        update={
            "id": f"{number:032x}",
            "article": article,
            "entities": (entity,),
            "signature": compute_signature(row["headline"], row["text"]),
            "story_features": extract_features(row["headline"], row["text"], "en"),
        }
    )


ARTICLES = [build_event(row, number) for number, row in enumerate(ROWS)]

LOADED = load_weights()
ALL_BRIDGES = MergeWeights((1.0, 0.0, 0.0, 0.0), 0.0, 0.0)
"""Weights with which the log-odds of the second story alone decide about a merge."""
EAGER = StoryWeights(LOADED.weights, LOADED.bias, LOADED.day, ALL_BRIDGES, {"broad": Thresholds(-2.5, -2.0)})
"""Weights with which more stories of the set are merged than with those of the package."""
BRIEF = StoryParameters(preset="broad", silent_ms=DAY_MS)
"""Parameters with which stories of the set end."""


def add_round_ups() -> list[AnnotatedArticle]:
    """Return the articles with a round-up of two earlier ones after every fourth, which merges their stories."""
    articles: list[AnnotatedArticle] = []
    for at, article in enumerate(ARTICLES):
        articles.append(article)
        if at % 4 == 3:
            both = f"{ROWS[at]['text']}\n{ROWS[max(0, at - 7)]['text']}"
            round_up = build_event(ROWS[at] | {"text": both}, 10_000 + at)
            # It would be a copy of one of the two.
            articles.append(round_up.model_copy(update={"signature": WORDLESS}))
    return articles


MIXED = add_round_ups()
