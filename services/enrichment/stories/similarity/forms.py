"""Forms: reports that come again and again with other numbers, such as market closes, auctions and weekly statistics.

Reports of one event have new words when a day has passed, because they say what is new. A form has the words of the day
before and other numbers. Within a day, a report in almost the same words is an update of the event.
"""

from __future__ import annotations

from typing import Final

from services.enrichment.stories.parameters import HOUR_MS
from services.enrichment.stories.similarity.article_view import ArticleView
from services.enrichment.stories.similarity.profile import ProfileView

RHYTHM_MS: Final = 18 * HOUR_MS
"""Time after the last article of a story from which an article may be the form of the next day: a day, less the hours
by which a daily report varies."""
KNOWN_WORDS: Final = 0.8
"""Share of the article's words, by squared weight, that the story knows."""


def fills_form(article: ArticleView, story: ProfileView, apart_ms: int) -> bool:
    """Return whether an article fills the form of a story with other numbers, a day or more later."""
    if apart_ms < RHYTHM_MS:
        return False
    known = story.profile.terms
    if sum([term.weight * term.weight for term in article.terms if term.hash in known]) < KNOWN_WORDS:
        return False
    numbers, shared = len(article.values["number"]), len(article.values["number"] & story.values["number"])
    slots = [value in story.slots[key] for key, value in article.slots if key in story.slots]
    return 2 * shared < numbers or 2 * sum(slots) < len(slots)
