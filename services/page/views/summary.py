"""The few facts of an event that the stream shows, and the filter that selects events by them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from services.contracts.event import EnrichedArticle, EntityType, Polarity, Verdict
from services.contracts.text.folding import fold
from services.contracts.text.opening import cut_opening

SHOWN_NAMES = 5
"""Names that one line of the stream has room for."""
OPENING_CHARACTERS = 220
"""Characters of the body that one line of the stream has room for."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in the article, with its type and the attitude of the article toward it."""

    name: str
    type: EntityType
    polarity: Polarity


@dataclass(frozen=True, slots=True)
class Summary:
    """Facts of one event for the stream."""

    headline: str | None
    source: str | None
    language: str
    word_count: int
    polarity: Polarity | None
    """Sentiment of the article; None if it is unknown."""
    probability: float
    """Probability of the polarity; 0 if it is unknown."""
    verdict: Verdict
    story: str
    """Id of the story in the event; empty if it has none."""
    story_size: int
    """Number of articles of the story with this one; 0 if it has none."""
    opens_story: bool
    topics: tuple[str, ...]
    """Names of the topics of the top level, the main one first."""
    names: tuple[Name, ...]
    """The most central names, at most SHOWN_NAMES."""
    other_names: int
    """Number of names beyond those."""
    opening: str
    """First words of the body."""
    folded_names: str
    """All names in one form, one on each line, for the search."""


def summarise(event: EnrichedArticle) -> Summary:
    """Return the facts of an event for the stream."""
    entities = sorted(event.entities or (), key=lambda entity: -entity.salience)
    sentiment, story = event.sentiment, event.story
    return Summary(
        headline=event.article.headline,
        source=event.article.source,
        language=event.article.language.code,
        word_count=event.article.word_count,
        polarity=sentiment.polarity if sentiment else None,
        probability=sentiment.probability if sentiment else 0.0,
        verdict=event.duplicate.verdict,
        story=story.id if story is not None else "",
        story_size=story.size if story is not None else 0,
        opens_story=story is not None and story.is_first,
        topics=tuple(topic.name for topic in event.topics or () if topic.level == 1),
        names=tuple(Name(each.name, each.type, each.sentiment.polarity) for each in entities[:SHOWN_NAMES]),
        other_names=max(0, len(entities) - SHOWN_NAMES),
        opening=cut_opening(event.article.body, OPENING_CHARACTERS),
        folded_names="\n".join(fold(each.name) for each in entities),
    )


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Conditions that an event must meet to be shown; an empty text is no condition."""

    language: str = ""
    topic: str = ""
    sentiment: str = ""
    verdict: str = ""
    route: str = ""
    name: str = ""
    """Part of a name, in any letter case and with or without accents."""
    story: str = ""
    """Id of a story."""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> EventFilter:
        """Return the filter of a URL's query; other parameters are ignored."""
        return cls(**{name: query.get(name, "").strip() for name in cls.__dataclass_fields__})

    @property
    def given(self) -> dict[str, str]:
        """The conditions that are not empty."""
        values = {name: str(getattr(self, name)) for name in self.__dataclass_fields__}
        return {name: value for name, value in values.items() if value}

    def accepts(self, summary: Summary, routes: Collection[str], story: str) -> bool:
        """Return whether an event with these facts and routes, and with this story now, meets all conditions."""
        return (
            self.language in ("", summary.language)
            and (not self.topic or self.topic in summary.topics)
            and self.sentiment in ("", summary.polarity or "unknown")
            and self.verdict in ("", summary.verdict)
            and (not self.route or self.route in routes)
            and self.story in ("", story)
            and (not self.name or fold(self.name) in summary.folded_names)
        )
