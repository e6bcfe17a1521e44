"""Salience: how central an entity is to its article.

    salience = kind * (0.7 * frequency + 0.2 * lead + 0.1 * earliness)

- frequency: log(1 + mentions) / log(1 + mentions of the article's most mentioned entity); logarithmic, because the
  step from one mention to three means more than the step from ten to twelve; a mention as a source counts less
  (`sources.py`)
- lead: 1 / (1 + sentences of the body before the first that names the entity), 0 when only the headline names it; news
  says in its first sentence what it is about
- earliness: 1 for a first mention in the first sentence, headline included, falling linearly to 0 after the last
- kind: 1 for a person or an organisation, which act; 0.8 for a place and for anything else, which are mostly the scene,
  and for all that is mentioned once where something else is mentioned more: whoever acts once is not the subject

The features come from Dunietz and Gillick, "A new entity salience task with millions of training examples" (EACL 2014).
The weights were chosen on one half of PerSenT's articles and checked on the other (docs/tuning.md). A headline that
names an entity counts as a mention and as the first sentence; a separate term for the headline made the scores worse.
The main entities of PerSenT are nearly all persons. They give no evidence about persons relative to organisations,
which therefore have the same factor.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from services.enrichment.encoder import EntityType

FREQUENCY_WEIGHT: Final = 0.7
LEAD_WEIGHT: Final = 0.2
EARLINESS_WEIGHT: Final = 0.1
"""Weights of the formula in the module's docstring; their sum is 1."""

KIND_FACTORS: Final[Mapping[EntityType, float]] = {"PER": 1.0, "ORG": 1.0, "LOC": 0.8, "MISC": 0.8}
"""Factor of each type of entity. For places PerSenT is indifferent from 0.6 to 0.8 and loses above; the headlines of
news wires, which name what an article is about, gain up to 1 (docs/tuning.md)."""

SINGLE_FACTOR: Final = 0.8
"""Highest factor of an entity with one mention where another has more."""

DECIMALS: Final = 4
"""Decimals of a published salience, so that its JSON is the same every time."""


def compute_salience(
    kind: EntityType, *, mentions: float, most_mentions: float, first_sentence: int, before: int | None, sentences: int
) -> float:
    """Return the salience, 0 to 1, of an entity.

    `first_sentence` is the number (from 0) of the sentence with its first mention, out of `sentences`. `before` is the
    number of sentences of the body before the first that names it; None when no sentence of the body does.
    """
    frequency = math.log1p(mentions) / math.log1p(max(mentions, most_mentions, 1))
    lead = 0.0 if before is None else 1 / (1 + before)
    earliness = 1 - first_sentence / max(sentences, first_sentence + 1)
    weighted = FREQUENCY_WEIGHT * frequency + LEAD_WEIGHT * lead + EARLINESS_WEIGHT * earliness
    factor = min(KIND_FACTORS[kind], SINGLE_FACTOR) if mentions <= 1 < most_mentions else KIND_FACTORS[kind]
    return round(factor * weighted, DECIMALS)
