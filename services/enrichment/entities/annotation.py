"""Entities and sentiment of an article, from its fields and the encoder's readings of their sentences."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

from services.enrichment.encoder import Encoder, EntityType, Probabilities, ScanInput, ScanResult, SentenceReading
from services.enrichment.entities.attitude.attitudes import ArticleContext, Judgement, Role, judge_entity
from services.enrichment.entities.attitude.judgements import EntityMention, collect_judgements
from services.enrichment.entities.credits import count_credits
from services.enrichment.entities.names.grouping import Group, group_mentions
from services.enrichment.entities.names.linked_groups import link_groups
from services.enrichment.entities.names.surfaces import is_cut_bracket, trim_surface
from services.enrichment.entities.names.tickers import find_tickers
from services.enrichment.entities.names.typed_mentions import TypedMention
from services.enrichment.entities.pronouns.antecedents import PlacedMention
from services.enrichment.entities.pronouns.references import Reference, find_references
from services.enrichment.entities.readable import ReadableText, make_readable
from services.enrichment.entities.salience import compute_salience
from services.enrichment.entities.sentences import Sentence, split_fields
from services.enrichment.entities.sources import weigh_mention
from services.enrichment.entities.tags.consistency import HEADLINE_TRUST, build_consistency_revision
from services.enrichment.links import ArticleLinker, EntityLink, Place
from services.enrichment.sentiment import combine_passages, round_probabilities

HEADLINE: Final = "headline"

HEADLINE_SENTIMENT_WEIGHT: Final = 2.0
"""Weight of a headline's sentence, relative to one of the body, in the tone of the article: it sums the article up."""

PASSAGE_WORDS: Final = 64
"""Words of a field whose sentiment as a whole is read: a little more than the encoder reads of one passage."""

PIECES_PER_WORD: Final = 1.5
"""Maximum average number of word pieces per word of an article; an article with more is cut. English news has 1.1 and
its densest tables have 1.8; a dump of letters or digits has up to twelve and would hold up the encoder."""

DECIMALS: Final = 4
"""Decimals of a published probability."""

_DEFINITION_GAP = re.compile(r"(?:['’][sS])?\s?\(")


@dataclass(frozen=True, slots=True)
class MentionReading:
    """A mention: `text` is at code points `start` to `end` of `field`, half open; `probability` is 0 to 1."""

    field: str
    start: int
    end: int
    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class EntityReading:
    """An entity with its mentions; ids are e1, e2, … in order of the first mention. `salience` is 0 to 1.

    `is_certain` is False if the article leaves open whether more of what it says is about the entity. `link` is None if
    no linker read the article.
    """

    id: str
    name: str
    type: EntityType
    salience: float
    sentiment: Probabilities
    mentions: tuple[MentionReading, ...]
    is_certain: bool
    link: EntityLink | None = None


@dataclass(frozen=True, slots=True)
class SentimentReading:
    """Sentiment of the whole article, of its headline and of its body; None for a part without a sentence."""

    overall: Probabilities
    headline: Probabilities | None
    body: Probabilities | None


@dataclass(frozen=True, slots=True)
class ArticleReading:
    """Entities and sentiment of one article.

    `sentiment` is None when there was no sentence to read. `truncated` is True when the end of the article was not
    read.
    """

    entities: tuple[EntityReading, ...]
    sentiment: SentimentReading | None
    truncated: bool


@dataclass(frozen=True, slots=True)
class SplitArticle:
    """The readable fields of an article, split into sentences.

    `passages` have the beginning of each field that has a word. `truncated` is True when some sentences were left out.
    `size` is the number of word pieces: the cost of reading them. `references` has the pronouns and descriptions of
    each sentence.
    """

    fields: Mapping[str, ReadableText]
    passages: Mapping[str, str]
    sentences: Sequence[Sentence]
    truncated: bool
    size: int
    references: Sequence[Sequence[Reference]]

    @property
    def scan_input(self) -> ScanInput:
        """The sentences in the form that the encoder reads."""
        trust = [HEADLINE_TRUST if sentence.field == HEADLINE else 1.0 for sentence in self.sentences]
        last = self.sentences[-1].field if self.sentences else HEADLINE
        if last != HEADLINE and not self.truncated:
            body = [sentence for sentence in self.sentences if sentence.field == last]
            silent = count_credits(self.fields[last].text, body)
            trust[len(trust) - silent :] = [0.0] * silent
        references = [[(each.start, each.end) for each in own] for own in self.references]
        texts = [sentence.text for sentence in self.sentences]
        return ScanInput(texts, build_consistency_revision(trust), references, [*self.passages.values()])


@dataclass(frozen=True, slots=True)
class _JudgedMention:
    """A mention with its type, the index of its sentence, and the sentiment toward it there.

    `surface` is the mention in the readable text, at code points `start` to `end`, half open.
    """

    mention: MentionReading
    surface: str
    start: int
    end: int
    type: EntityType
    sentence: int
    sentiment: Probabilities


def read_fields(
    fields: Mapping[str, str], encoder: Encoder, max_words: int, linker: ArticleLinker | None = None
) -> ArticleReading:
    """Find the entities and the sentiment of one article; arguments as for `split_article`."""
    split = split_article(fields, encoder, max_words)
    (result,) = encoder.scan([split.scan_input])
    return combine_readings(split, result, linker)


def split_article(fields: Mapping[str, str], encoder: Encoder, max_words: int) -> SplitArticle:
    """Split an article into the sentences that the encoder will read.

    `fields` are read in their order (headline, then body). The encoder reads at most `max_words` words of all fields;
    punctuation marks count as words. It also reads at most PIECES_PER_WORD times as many word pieces, in whole
    sentences; the first sentence is always read.
    """
    readable = {name: make_readable(text) for name, text in fields.items()}
    sentences, truncated = split_fields({name: field.text for name, field in readable.items()}, max_words)
    size, most = encoder.measure(" ".join(sentence.text for sentence in sentences)), PIECES_PER_WORD * max_words
    if size > most:
        ends = [*accumulate(encoder.measure(sentence.text) for sentence in sentences)]
        kept = max(1, bisect_right(ends, most))
        truncated = truncated or kept < len(sentences)
        sentences, size = sentences[:kept], ends[kept - 1]
    references = [find_references(sentence.text) for sentence in sentences]
    return SplitArticle(readable, _cut_passages(readable), sentences, truncated, size, references)


def _cut_passages(fields: Mapping[str, ReadableText]) -> dict[str, str]:
    passages = {name: " ".join(field.text.split(None, PASSAGE_WORDS)[:PASSAGE_WORDS]) for name, field in fields.items()}
    return {name: passage for name, passage in passages.items() if passage}


def combine_readings(split: SplitArticle, result: ScanResult, linker: ArticleLinker | None = None) -> ArticleReading:
    """Find the entities and the sentiment of an article from what the encoder read of it, with links by the linker."""
    fields, sentences, readings = split.fields, split.sentences, result.readings
    if not sentences:
        return ArticleReading((), None, split.truncated)
    mentions = _place_mentions(fields, sentences, readings)
    groups = group_mentions(_list_typed_mentions(fields, mentions))
    links: Sequence[EntityLink | None] = [None] * len(groups)
    if linker is not None:
        places = [Place(item.mention.field, item.start, item.end) for item in mentions]
        texts_by_field = {name: field.text for name, field in fields.items()}
        groups, links = link_groups(groups, places, texts_by_field, linker)
    texts = [sentence.text for sentence in sentences]
    judgements = _collect_judgements(split, texts, readings, groups, mentions)
    sentiment = _judge_article(dict(zip(split.passages, result.passages, strict=True)))
    tones = [(reading.sentiment, _weigh_sentence(each)) for reading, each in zip(readings, sentences, strict=True)]
    context = ArticleContext(texts, tones, sentiment.overall)
    saliences = _rank_groups(fields, sentences, groups, mentions)
    entities = _build_entities(groups, mentions, saliences, judgements, context)
    entities = tuple([replace(entity, link=link) for entity, link in zip(entities, links, strict=True)])
    return ArticleReading(entities, sentiment, split.truncated)


def _place_mentions(
    fields: Mapping[str, ReadableText], sentences: Sequence[Sentence], readings: Sequence[SentenceReading]
) -> list[_JudgedMention]:
    mentions = []
    tickers = {name: [*find_tickers(field.text)] for name, field in fields.items()}
    for index, (sentence, reading) in enumerate(zip(sentences, readings, strict=True)):
        field = fields[sentence.field]
        for span in reading.spans:
            begin, end = trim_surface(sentence.text[span.start : span.end])
            start, stop = sentence.start + span.start + begin, sentence.start + span.start + end
            stop += is_cut_bracket(field.text[start:stop], field.text[stop : stop + 1])
            if any(ticker.start <= start and stop <= ticker.end for ticker in tickers[sentence.field]):
                continue
            first, last = field.locate(start, stop)
            probability = round(span.probability, DECIMALS)
            mention = MentionReading(sentence.field, first, last, field.written[first:last], probability)
            surface = field.text[start:stop]
            mentions.append(_JudgedMention(mention, surface, start, stop, span.type, index, span.sentiment))
    return mentions


def _list_typed_mentions(fields: Mapping[str, ReadableText], mentions: Sequence[_JudgedMention]) -> list[TypedMention]:
    typed = []
    for index, item in enumerate(mentions):
        previous = mentions[index - 1] if index else None
        defines = index - 1 if previous and _is_in_parentheses(fields, previous, item) else None
        typed.append(TypedMention(index, item.surface, item.type, item.mention.probability, defines))
    return typed


def _is_in_parentheses(fields: Mapping[str, ReadableText], previous: _JudgedMention, item: _JudgedMention) -> bool:
    name = item.mention.field
    text = fields[name].text
    gap = text[previous.end : item.start]
    closed = text[item.end : item.end + 1] == ")"
    return closed and previous.mention.field == name and _DEFINITION_GAP.fullmatch(gap) is not None


def _collect_judgements(
    split: SplitArticle,
    texts: Sequence[str],
    readings: Sequence[SentenceReading],
    groups: Sequence[Group],
    mentions: Sequence[_JudgedMention],
) -> list[list[Judgement]]:
    """Return the judgements toward each group of mentions."""
    entity_of = {member.index: number for number, group in enumerate(groups) for member in group.members}
    placed = []
    for index, item in enumerate(mentions):
        if index not in entity_of:
            continue  # a name that the user's own list ignores
        first = split.sentences[item.sentence].start
        place = PlacedMention(item.start - first, item.end - first, entity_of[index])
        placed.append(EntityMention(item.sentence, place, item.sentiment, item.mention.probability))
    return collect_judgements(texts, split.references, readings, [group.type for group in groups], placed)


def _build_entities(
    groups: Sequence[Group],
    mentions: Sequence[_JudgedMention],
    saliences: Sequence[float],
    judgements: Sequence[Sequence[Judgement]],
    context: ArticleContext,
) -> tuple[EntityReading, ...]:
    main = max(range(len(groups)), key=saliences.__getitem__, default=-1)
    entities = []
    for number, (group, salience) in enumerate(zip(groups, saliences, strict=True)):
        role = Role(group.type, len(group.members), is_main=number == main)
        attitude = judge_entity(judgements[number], role, context)
        readings = tuple(mentions[each.index].mention for each in group.members)
        sentiment = round_probabilities(attitude.sentiment)
        id_ = f"e{number + 1}"
        entities.append(EntityReading(id_, group.name, group.type, salience, sentiment, readings, attitude.is_certain))
    return tuple(entities)


def _rank_groups(
    fields: Mapping[str, ReadableText],
    sentences: Sequence[Sentence],
    groups: Sequence[Group],
    mentions: Sequence[_JudgedMention],
) -> list[float]:
    """Return the salience of each group."""
    members = [[mentions[each.index] for each in group.members] for group in groups]
    weights = []
    for group, own in zip(groups, members, strict=True):
        texts = [fields[item.mention.field].text for item in own]
        parts = [weigh_mention(text, it.start, it.end, group.type) for text, it in zip(texts, own, strict=True)]
        weights.append(sum(parts))
    most = max(weights, default=0)
    headlines = sum(sentence.field == HEADLINE for sentence in sentences)
    return [
        _find_salience(group.type, own, weight, most, headlines, len(sentences))
        for group, own, weight in zip(groups, members, weights, strict=True)
    ]


def _find_salience(
    kind: EntityType, members: Sequence[_JudgedMention], weight: float, most: float, headlines: int, sentences: int
) -> float:
    """Return the salience of an entity in an article of `sentences` sentences, of which the first are headlines.

    `weight` is the number of its mentions, as far as they count, and `most` the highest of all entities.
    """
    in_body = [member.sentence - headlines for member in members if member.mention.field != HEADLINE]
    return compute_salience(
        kind,
        mentions=weight,
        most_mentions=most,
        first_sentence=members[0].sentence,
        before=min(in_body, default=None),
        sentences=sentences,
    )


def _judge_article(passages: Mapping[str, Probabilities]) -> SentimentReading:
    headline = passages.get(HEADLINE)
    body = next((judged for name, judged in passages.items() if name != HEADLINE), None)
    rounded = (round_probabilities(part) if part else None for part in (headline, body))
    return SentimentReading(round_probabilities(combine_passages(headline, body)), *rounded)


def _weigh_sentence(sentence: Sentence) -> float:
    return HEADLINE_SENTIMENT_WEIGHT if sentence.field == HEADLINE else 1.0
