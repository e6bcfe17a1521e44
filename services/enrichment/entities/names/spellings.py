"""Transcriptions: spellings of one name with letters such as å and ü, and with what English copy writes for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from services.contracts.text.folding import fold
from services.contracts.text.names import Key

_TRANSCRIBED = re.compile("[äöüåøæÄÖÜÅØÆ]")
_DIGRAPH = re.compile("(a)[ae]|([ou])e")
_WORD = re.compile(r"[^\W_]+")


def find_transcriptions(names: Iterable[str]) -> Callable[[Key], Key]:
    """Return a function that spells a key's words as the names do that have such letters: Mueller as Müller is folded.

    Without a name that has such a letter, the function returns each key unchanged: Joel is no transcription of Jol.
    """
    words = {word for name in names if not name.isascii() for word in _WORD.findall(name) if _TRANSCRIBED.search(word)}
    if not words:
        return lambda key: key
    spellings = {_shorten(fold(word)): fold(word) for word in sorted(words)}
    return lambda key: tuple([spellings.get(_shorten(word), word) for word in key])


def _shorten(word: str) -> str:
    """Return a folded word without the second letter of each digraph that may transcribe one letter."""
    return _DIGRAPH.sub(r"\1\2", word)
