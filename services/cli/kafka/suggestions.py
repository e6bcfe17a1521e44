"""Suggestions for the name of a topic that does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from services.contracts.topics import DEAD_LETTER_SUFFIX, ROUTED_PREFIX

LEAST_SIMILARITY = 0.8
"""Least similarity, 0 to 1, of two names without the parts that all topics share: a letter or two may differ."""
MAX_LISTED = 20
"""Maximum number of topics that an error lists."""
SHARED_PREFIX = "news."
SHARED_SUFFIX = ".v1"


def suggest_topic(written: str, existing: Iterable[str]) -> str:
    """Return the end of an error message: the topic that is meant, else the routed topics, else the way to create them.

    Only what distinguishes topics is compared, because every two routed topics are alike as a whole. A route's name,
    such as `sport`, means its topic.
    """
    topics = sorted(existing)
    names = {name: topic for topic in reversed(topics) for name in _list_names(topic)}
    for name in _list_names(written.casefold()):
        close = [name] if name in names else get_close_matches(name, names, n=1, cutoff=LEAST_SIMILARITY)
        if close:
            return f"; did you mean {names[close[0]]}?"
    routed = [topic for topic in topics if topic.startswith(ROUTED_PREFIX) and not topic.endswith(DEAD_LETTER_SUFFIX)]
    if not routed:
        return "; copydesk topics creates the topics of Copydesk"
    more = f" and {len(routed) - MAX_LISTED} more" if len(routed) > MAX_LISTED else ""
    return f"; the routed topics are {', '.join(routed[:MAX_LISTED])}{more}; copydesk topics creates missing ones"


def _list_names(topic: str) -> list[str]:
    """Return a topic's name without the shared parts, and then its last word alone: `articles.raw` and `raw`."""
    is_dead_letter = topic.endswith(DEAD_LETTER_SUFFIX)
    core = topic.removesuffix(DEAD_LETTER_SUFFIX).removesuffix(SHARED_SUFFIX)
    ending = DEAD_LETTER_SUFFIX if is_dead_letter else ""
    if core.startswith(ROUTED_PREFIX):
        return [core.removeprefix(ROUTED_PREFIX) + ending]
    core = core.removeprefix(SHARED_PREFIX)
    return list(dict.fromkeys((core + ending, core.rpartition(".")[2] + ending)))
