"""How central an entity is to its article.

    salience = 0.5 * frequency + 0.3 * headline + 0.2 * earliness

- frequency: log(1 + mentions) / log(1 + mentions of the article's most mentioned entity); logarithmic,
  since the step from one mention to three says more than that from ten to twelve
- headline: 1 when the headline names the entity, else 0
- earliness: 1 for a first mention in the first sentence, falling linearly to 0 behind the last; news
  puts what matters first

These are the three features that carry most of Dunietz and Gillick, "A new entity salience task with
millions of training examples" (EACL 2014).
"""

from __future__ import annotations

import math
from typing import Final

FREQUENCY_WEIGHT: Final = 0.5
HEADLINE_WEIGHT: Final = 0.3
EARLINESS_WEIGHT: Final = 0.2
"""Weights of the formula above, with a sum of 1."""

DECIMALS: Final = 4
"""Decimals of a published salience, so that its JSON is the same every time."""


def compute_salience(
    *, mentions: int, most_mentions: int, in_headline: bool, first_sentence: int, sentences: int
) -> float:
    """Return the salience, 0 to 1, of an entity whose first mention is in sentence `first_sentence` (from 0)."""
    frequency = math.log1p(mentions) / math.log1p(max(mentions, most_mentions, 1))
    earliness = 1 - first_sentence / max(sentences, first_sentence + 1)
    weighted = FREQUENCY_WEIGHT * frequency + HEADLINE_WEIGHT * in_headline + EARLINESS_WEIGHT * earliness
    return round(weighted, DECIMALS)
