"""Events without the text of the article, for routes whose readers may not have it (`body: false`).

The event has no body, no subheadline, no captions, no texts of mentions in the body, no spans of the cleaning, no
entries of a live blog, no reasons of the story and no metadata that quote the text. The other fields stay. They say
what the article is about and where to read it: headline, URL, authors, section, tags, dateline, names and keys of the
entities, sentiments, verdict and all figures.

A new field of the event that may quote the text must be named here; a test compares the lists with the schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.contracts.event import Article, EnrichedArticle, Entity
from services.sink.rules.conditions.words import split_words

QUOTE_WORDS = 5
"""Number of words in a row from which metadata quote the text. Names and labels have fewer words in common with it."""


def leave_text_out(event: EnrichedArticle) -> EnrichedArticle:
    """Return an event without every part that quotes the text; `text_omitted` says so."""
    article = event.article
    return event.model_copy(
        update={
            "text_omitted": True,
            "article": article.model_copy(
                update={
                    "body": "",
                    "subheadline": None,
                    "captions": (),
                    "entries": (),
                    "metadata": _drop_quotes(article.metadata, _list_texts(article)),
                }
            ),
            "cleaning": event.cleaning.model_copy(update={"kept": (), "removed": ()}),
            "story": None if event.story is None else event.story.model_copy(update={"because": ()}),
            "entities": None if event.entities is None else tuple(map(_strip_mentions, event.entities)),
        }
    )


def _list_texts(article: Article) -> tuple[str, ...]:
    captions = (text for caption in article.captions for text in (caption.text, caption.credit))
    return tuple(text for text in (article.body, article.subheadline, *captions) if text)


def _strip_mentions(entity: Entity) -> Entity:
    """Return an entity whose mentions in the body have no text."""
    mentions = tuple(
        mention.model_copy(update={"text": "", "raw_start": None, "raw_end": None})
        if mention.field == "body"
        else mention
        for mention in entity.mentions
    )
    return entity.model_copy(update={"mentions": mentions})


def _drop_quotes(metadata: Mapping[str, str], texts: Iterable[str]) -> dict[str, str]:
    """Return the metadata without the values that share `QUOTE_WORDS` words in a row with one of the texts."""
    if not metadata:
        return {}
    quoted = frozenset[tuple[str, ...]]().union(*map(_cut_runs, texts))
    return {name: value for name, value in metadata.items() if quoted.isdisjoint(_cut_runs(value))}


def _cut_runs(text: str) -> set[tuple[str, ...]]:
    """Return all runs of `QUOTE_WORDS` words of a text in folded case, without punctuation. A short text is one run."""
    words = tuple(word for word in split_words(text) if any(map(str.isalnum, word)))
    return {words[start : start + QUOTE_WORDS] for start in range(max(1, len(words) - QUOTE_WORDS + 1))} - {()}
