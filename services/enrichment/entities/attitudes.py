"""Attitudes: the sentiment toward an entity, from the judgements of its mentions and of what else means it.

- A judgement counts in full where the entity is named or clearly meant.
- A judgement toward someone who may be the entity does not count. Where it would change the polarity, the sentiment is
  uncertain: it moves toward one that says nothing. This lowers its probability and cannot make it the opposite.
- Where a sentence begins with "Instead", "But" or the like, the sentence before it yields to it: the later one carries
  what the text thinks. In one sentence the part before "but" yields, and so does a part that "although" begins.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul
from typing import Final

from services.enrichment.encoder import Probabilities
from services.enrichment.sentiment import MAIN_SHARE, blend, correct_judgement, roll_up, sum_weights

UNKNOWN: Final = Probabilities(negative=0.25, neutral=0.5, positive=0.25)
"""Sentiment that says nothing."""

YIELDING: Final = 0.25
"""Factor of a judgement of what a contrast leaves behind."""

_OPENING = re.compile(
    r"[\W_]*(?:But|Instead|However|Yet|Nevertheless|Nonetheless)\b|[^.,;]{1,40},\ (?:however|though|instead)\b"
)
_TURN = re.compile(r"[,;:–—]?\s(?:but|yet|however|instead)\b")
_CONCESSION = re.compile(r"[\W_]*(?:Although|Though|Despite|While|Once|Even\ (?:though|if))\b[^,]*,")


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judgement toward a span that begins at code point `place` of sentence number `sentence`.

    `share`, 0 to 1, is the probability that the span means the entity. `is_open` is True when it may mean another.
    """

    sentence: int
    place: int
    sentiment: Probabilities
    share: float
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Attitude:
    """The sentiment toward an entity; `is_certain` is False if judgements that may be of it would change it."""

    sentiment: Probabilities
    is_certain: bool


def judge_entity(judgements: Sequence[Judgement], sentences: Sequence[str], tone: Probabilities | None) -> Attitude:
    """Return the attitude of an article toward an entity, from the judgements in its sentences.

    `tone` is that of all sentences together (`judge_tone`) for the main entity, else None.
    """
    clear = [each for each in judgements if not each.is_open]
    weights = _weigh_contrasts(clear, sentences)
    counted = [(correct_judgement(each.sentiment), each.share * weights[each.sentence, each.place]) for each in clear]
    sentiment = _roll_up(counted, tone)
    possible = [(correct_judgement(each.sentiment), each.share) for each in judgements if each.is_open]
    if not possible or _roll_up([*counted, *possible], tone).polarity == sentiment.polarity:
        return Attitude(sentiment, is_certain=True)
    doubt = sum_weights(possible) / sum_weights([*counted, *possible])
    return Attitude(blend(sentiment, UNKNOWN, doubt), is_certain=False)


def judge_tone(
    judgements: Sequence[Probabilities], weights: Sequence[float], sentences: Sequence[str]
) -> Probabilities:
    """Return the tone of all sentences together, from the judgement and the weight of each."""
    contrasted = [*map(_opens_with_contrast, sentences[1:]), False]
    factors = [YIELDING if yields else 1.0 for yields in contrasted]
    counted = zip(map(correct_judgement, judgements), map(mul, weights, factors), strict=True)
    return roll_up(counted)


def _roll_up(judgements: Sequence[tuple[Probabilities, float]], tone: Probabilities | None) -> Probabilities:
    toward = roll_up(judgements)
    return toward if tone is None else blend(toward, tone, MAIN_SHARE)


def _weigh_contrasts(judgements: Sequence[Judgement], sentences: Sequence[str]) -> dict[tuple[int, int], float]:
    """Return the weight of each judgement, by its sentence and place."""
    places: dict[int, list[int]] = defaultdict(list)
    for judgement in judgements:
        places[judgement.sentence].append(judgement.place)
    weights = {}
    for number, own in places.items():
        following = number + 1 in places and _opens_with_contrast(sentences[number + 1])
        boundary = _find_boundary(sentences[number]) if len(own) > 1 else None
        is_split = boundary is not None and min(own) < boundary <= max(own)
        for place in own:
            yields = following or (is_split and boundary is not None and place < boundary)
            weights[number, place] = YIELDING if yields else 1.0
    return weights


def _opens_with_contrast(sentence: str) -> bool:
    """Return whether a sentence begins with "Instead", "But" or the like."""
    return _OPENING.match(sentence) is not None


def _find_boundary(sentence: str) -> int | None:
    """Return where the part of a sentence ends that yields to the rest; None without a contrast."""
    match = _CONCESSION.match(sentence) or _TURN.search(sentence)
    return match.end() if match else None
