"""Attitudes: the sentiment toward an entity, from the judgements of its mentions and of what else means it.

- A judgement counts in full where the entity is named or clearly meant.
- A judgement toward someone who may be the entity does not count. Where it would change the polarity, the sentiment is
  uncertain: it moves toward one that says nothing. This lowers its probability and cannot make it the opposite.
- Where a sentence begins with "Instead", "But" or the like, the sentence before it yields to it: the later one carries
  what the text thinks. In one sentence the part before "but" yields, and so does a part that "although" begins.
- Articles praise the entity that they are about more often than they blame it. The judgements toward it are therefore
  corrected, and the tone of all sentences counts for it. An article is about a person or an organisation that it names
  again and again. An entity that is named in passing, and the place of the news, are judged by their own sentences.
- A place or a thing does not act. Praise of it in bad news, or blame in good news, is mostly of the news and is
  weakened. A name that is not of a person, organisation or place is nearly always neutral, unless the article is about
  it: most such names are adjectives, as in "a Chilean bank".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from services.enrichment.encoder import EntityType, Probabilities
from services.enrichment.sentiment import MAIN_SHARE, blend, correct_judgement, doubt_polarity, roll_up, sum_weights

UNKNOWN: Final = Probabilities(negative=0.25, neutral=0.5, positive=0.25)
"""Sentiment that says nothing."""

YIELDING: Final = 0.25
"""Factor of a judgement of what a contrast leaves behind."""

NAMED_OFTEN: Final = 3
"""Mentions from which an article is about a person or an organisation."""

BAD_NEWS_SHARE: Final = 0.4
"""Share of the correction that is not made in an article that is certainly bad news."""

ACTORS: Final[frozenset[EntityType]] = frozenset({"PER", "ORG"})
"""Types of entities that act, so that an article can be about what they did."""

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


@dataclass(frozen=True)
class ArticleContext:
    """An article as a whole: its sentences, the judgement of each as a whole with its weight, and its news.

    `news` is the sentiment of the article: whether it is bad or good news.
    """

    sentences: Sequence[str]
    tones: Sequence[tuple[Probabilities, float]]
    news: Probabilities

    @cached_property
    def contrasts(self) -> list[bool]:
        """Whether each sentence yields to the next, which begins with "Instead", "But" or the like."""
        following = [_OPENING.match(sentence) is not None for sentence in self.sentences[1:]]
        return [*following, False] if self.sentences else []

    def judge_tone(self, strength: float) -> Probabilities:
        """Return the tone of all sentences together, each corrected with a strength of 0 to 1."""
        return roll_up(
            (correct_judgement(judged, strength), weight * (YIELDING if yields else 1.0))
            for (judged, weight), yields in zip(self.tones, self.contrasts, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Role:
    """The part of an entity in its article: its type, the number of its mentions, and whether it is the main entity."""

    type: EntityType
    mentions: int
    is_main: bool = False

    @property
    def focus(self) -> float:
        """How far the article is about the entity, as its mentions show: from 0, in passing, to 1."""
        return min(1.0, (self.mentions - 1) / (NAMED_OFTEN - 1)) if self.type in ACTORS else 0.0


def judge_entity(judgements: Sequence[Judgement], role: Role, article: ArticleContext) -> Attitude:
    """Return the attitude of an article toward an entity, from the judgements in its sentences."""
    strength = role.focus * (1 - BAD_NEWS_SHARE * article.news.negative)
    tone = article.judge_tone(strength) if role.is_main and role.focus else None
    share = MAIN_SHARE * role.focus

    def combine(parts: Sequence[tuple[Probabilities, float]]) -> Probabilities:
        toward = roll_up(parts)
        if role.type not in ACTORS:
            toward = _weaken_contradiction(toward, article.news)
            return doubt_polarity(toward) if role.type == "MISC" and not role.is_main else toward
        return toward if tone is None else blend(toward, tone, share)

    clear = [each for each in judgements if not each.is_open]
    weights = _weigh_contrasts(clear, article)
    counted = [
        (correct_judgement(each.sentiment, strength), each.share * weights[each.sentence, each.place]) for each in clear
    ]
    sentiment = combine(counted)
    possible = [(correct_judgement(each.sentiment, strength), each.share) for each in judgements if each.is_open]
    if not possible or combine([*counted, *possible]).polarity == sentiment.polarity:
        return Attitude(sentiment, is_certain=True)
    doubt = sum_weights(possible) / sum_weights([*counted, *possible])
    return Attitude(blend(sentiment, UNKNOWN, doubt), is_certain=False)


def _weaken_contradiction(toward: Probabilities, news: Probabilities) -> Probabilities:
    """Move praise in bad news, and blame in good news, to neutral by the probability of that news."""
    negative, positive = toward.negative, toward.positive
    if news.polarity == "negative":
        positive *= 1 - news.negative
    elif news.polarity == "positive":
        negative *= 1 - news.positive
    return Probabilities(negative, 1 - negative - positive, positive)


def _weigh_contrasts(judgements: Sequence[Judgement], article: ArticleContext) -> dict[tuple[int, int], float]:
    """Return the weight of each judgement, by its sentence and place."""
    places: dict[int, list[int]] = defaultdict(list)
    for judgement in judgements:
        places[judgement.sentence].append(judgement.place)
    weights = {}
    for number, own in places.items():
        following = article.contrasts[number] and number + 1 in places
        boundary = _find_boundary(article.sentences[number]) if len(own) > 1 else None
        is_split = boundary is not None and min(own) < boundary <= max(own)
        for place in own:
            yields = following or (is_split and boundary is not None and place < boundary)
            weights[number, place] = YIELDING if yields else 1.0
    return weights


def _find_boundary(sentence: str) -> int | None:
    """Return where the part of a sentence ends that yields to the rest; None without a contrast."""
    match = _CONCESSION.match(sentence) or _TURN.search(sentence)
    return match.end() if match else None
