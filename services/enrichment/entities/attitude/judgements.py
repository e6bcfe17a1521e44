"""Judgements toward each entity of an article: by its mentions, and by the references that mean it or may mean it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.enrichment.encoder import EntityType, Probabilities, SentenceReading
from services.enrichment.entities.attitude.attitudes import Judgement
from services.enrichment.entities.attitude.speakers import has_speech, is_speaker
from services.enrichment.entities.pronouns.agreement import Profile
from services.enrichment.entities.pronouns.antecedents import (
    CLEAR,
    MarkedSentence,
    PlacedMention,
    Shares,
    find_antecedents,
)
from services.enrichment.entities.pronouns.references import Reference
from services.enrichment.sentiment import doubt_polarity

OPEN: Final = 0.2
"""Share of an entity in the weight of all that a reference can mean, from which the reference may mean the entity."""


@dataclass(frozen=True, slots=True)
class EntityMention:
    """A mention of an entity in sentence number `sentence`, with the sentiment toward it there.

    `probability`, 0 to 1, is the probability of the mention.
    """

    sentence: int
    placed: PlacedMention
    sentiment: Probabilities
    probability: float


def collect_judgements(
    sentences: Sequence[str],
    references: Sequence[Sequence[Reference]],
    readings: Sequence[SentenceReading],
    types: Sequence[EntityType],
    mentions: Sequence[EntityMention],
) -> list[list[Judgement]]:
    """Return the judgements toward each entity, of the types `types`, in the sentences of an article."""
    judgements: list[list[Judgement]] = [[] for _ in types]
    profiles = [Profile(kind) for kind in types]
    placed: list[list[PlacedMention]] = [[] for _ in sentences]
    speeches = [has_speech(sentence) for sentence in sentences]

    def judge(number: int, start: int, end: int, sentiment: Probabilities) -> Probabilities:
        if speeches[number] and is_speaker(sentences[number], start, end):
            return doubt_polarity(sentiment)
        return sentiment

    for each in mentions:
        own = each.placed
        placed[each.sentence].append(own)
        profiles[own.entity].add_mention(sentences[each.sentence], own.start, own.end)
        sentiment = judge(each.sentence, own.start, own.end, each.sentiment)
        judgements[own.entity].append(Judgement(each.sentence, own.start, sentiment, each.probability))
    marked = [MarkedSentence(*parts) for parts in zip(sentences, placed, references, strict=True)]
    meant = find_antecedents(marked, profiles)
    for number, (sentence, shares, reading) in enumerate(zip(marked, meant, readings, strict=True)):
        for reference, own_shares, sentiment in zip(sentence.references, shares, reading.references, strict=True):
            for entity, share, is_open in _select_entities(reference, own_shares):
                judged = judge(number, reference.start, reference.end, sentiment)
                judgements[entity].append(Judgement(number, reference.start, judged, share, is_open))
    return judgements


def _select_entities(reference: Reference, shares: Shares) -> list[tuple[int, float, bool]]:
    """Return the entities that a reference means or may mean, each with its share and whether that is open.

    "It" and "they" are left out where they are not clear, because they mostly mean something without a name then.
    """
    is_open = max(shares.values(), default=0.0) < CLEAR
    if is_open and reference.form in ("it", "they"):
        return []
    least = OPEN if is_open else CLEAR
    return [(entity, share, is_open) for entity, share in shares.items() if share >= least]
