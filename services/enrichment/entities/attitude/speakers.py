"""Speakers: spans that a sentence names only as the source of what it reports, as in "..., Holm said".

A speaker is nearly always neutral, whatever is said: the text's attitude is toward what the speaker speaks of. An
encoder that reads praise near a speaker's name is often wrong about who is praised (docs/tuning.md).
"""

from __future__ import annotations

import re
from typing import Final

LONGEST_CONTEXT: Final = 80
"""Characters before a span in which "said" or "according to" is searched."""

_SAID = r"(?:said|says|told|added|adds)"
_SPOKE = (
    r"(?:said|says|told|added|adds|warned|warns|insisted|insists|argued|argues|believes|called|calls"
    r"|(?:accus|criticis|criticiz|condemn|prais|hail|welcom|urg)(?:ed|es)(?!\ (?:of|for|as|to|over|after|in|on)\b))"
    r"\b(?!\ by\b)"
)
"""Verbs with which one speaks of others; a preposition behind one shows that the name before it was spoken of."""

_SPEECH = re.compile(rf"\b(?:{_SPOKE}|[Aa]ccording\ to)")
_VERB_BEHIND = re.compile(rf"(?:\ \([^)]*\))?(,(?:\ [^,.;]{{1,80}},)?)?\ (?:also\ |has\ |had\ |have\ )?{_SPOKE}")
"""A verb behind a span. A comma alone between them must close the span's own apposition: "The mayor, Holm, said"."""

_VERB_BEFORE = re.compile(rf"(?:[\"”'’,]\ {_SAID}|\b[Aa]ccording\ to)\ (?:[\w-]+\.?\ ){{0,4}}$")
_PHRASE_END = re.compile(r"[.,;:)\"”]|$|\ (?:who|in|on|at|after|of|as|about|from|during)\b")


def has_speech(sentence: str) -> bool:
    """Return whether a sentence has a word that names a speaker, without which `is_speaker` is False everywhere."""
    return _SPEECH.search(sentence) is not None


def is_speaker(sentence: str, start: int, end: int) -> bool:
    """Return whether the span at code points `start` to `end` only says what the sentence reports."""
    behind = _VERB_BEHIND.match(sentence, end)
    if behind and (behind[1] != "," or sentence.endswith(", ", 0, start)):
        return True
    before = sentence[max(0, start - LONGEST_CONTEXT) : start]
    return _PHRASE_END.match(sentence, end) is not None and _VERB_BEFORE.search(before) is not None
