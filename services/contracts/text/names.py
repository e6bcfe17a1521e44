"""Keys of names: equal for the spellings of one name. Grouping of mentions and the routing rules use the same keys."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from services.contracts.text.folding import fold
from services.contracts.text.scripts import MARKS

Key = tuple[str, ...]
"""Folded words of a name."""

TITLES: Final = frozenset(
    """mr mrs ms miss mx dr prof professor sir dame lord lady rev reverend president prime minister premier
    chancellor king queen prince princess pope gen general lt lieutenant col colonel maj major capt captain sgt
    sergeant adm admiral sen senator rep representative gov governor judge justice mayor ayatollah sheikh sheik imam
    foreign defense defence secretary vice deputy ex former ambassador hon honourable honorable rt eng engr emperor
    archbishop bishop cardinal alhaji h.e""".split()
)
"""Titles before a person's name, which are not part of the name, in lower case and without a full stop."""

EXCELLENCY: Final = ("h", "e")
"""The title H E, two words of one letter before a whole name."""

LONGEST_INITIALLED: Final = 3
"""Words of the longest name in which the letters h and e are initials: H E Marsden."""

COMPANY_FORMS: Final = frozenset(
    """inc incorporated corp corporation co company ltd limited plc llc llp lp ag sa sas sarl srl nv bv spa se kg kgaa
    gmbh ab as oy oyj asa hf bhd sdn pte pty pvt tbk kk jsc pjsc ooo pao doo sro kft nyrt ltda group holdings""".split()
)
"""Words at the end of a company's name that are often left out, in lower case, without a full stop."""

LONG_COMPANY_FORMS: Final = {
    "s": (("a", "s"),),
    "a": (("s", "a"),),
    "rl": (("sa", "rl"),),
    "oo": (("sp", "z", "oo"),),
    "cv": (("sa", "de", "cv"), ("sab", "de", "cv")),
}
"""Forms of several words by their last word: A/S, S. A., S.à r.l., Sp. z o.o., S.A. de C.V., S.A.B. de C.V."""

NIL_PREFIX: Final = "nil:"
OWN_PREFIX: Final = "own:"
"""Beginnings of keys of entities that are no Wikidata id."""

NIL_BYTES: Final = 8
"""Length of an entity's key: with 64 bits, a collision among ten million names has a probability of 1 in 370,000."""

MEMO_NAMES: Final = 4_096
"""Maximum number of names whose keys are cached: an article needs each key several times, and many names recur in the
next article."""

_TOKEN = re.compile(rf"[^\W_][\w{MARKS}]*(?:[.'&][^\W_][\w{MARKS}]*)*|&")
_LEADING_THE = re.compile(r"^the\s+", re.IGNORECASE)


@lru_cache(MEMO_NAMES)
def make_key(text: str, kind: str) -> Key:
    """Return the key that spellings of one name share: folded words without article, title and company form."""
    words = _split(text)
    if kind == "PER":
        words = words[count_titles(words) :]
    if kind == "ORG":
        words = words[: _count_own_words(words)]
    return words or (fold(text),)


@lru_cache(MEMO_NAMES)
def _split(text: str) -> Key:
    """Return the folded words of a name without article."""
    folded = fold(_LEADING_THE.sub("", text)).replace("_", " ")
    return tuple([word.replace(".", "") for word in _TOKEN.findall(folded)])


def derive_entity_key(name: str, kind: str) -> str:
    """Return the key of an entity without a record in a knowledge base: nil: and 16 hexadecimal digits.

    The digits are BLAKE2b (RFC 7693) over the type and the key of the name, so that an entity of that name has the same
    key in every article.
    """
    words = "\n".join([kind, *make_key(name, kind)])
    digest = hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=NIL_BYTES, person=b"copydesk-nil-1")
    return f"{NIL_PREFIX}{digest.hexdigest()}"


def count_titles(words: Sequence[str]) -> int:
    """Count the titles at the beginning of a person's folded name; the last word is always a name."""
    count = len(EXCELLENCY) if tuple(words[:2]) == EXCELLENCY and len(words) > LONGEST_INITIALLED else 0
    while count < len(words) - 1 and words[count] in TITLES:
        count += 1
    return count


def _count_own_words(words: Sequence[str]) -> int:
    """Count the words of a company's name before its form; the first word is always its own."""
    end = len(words)
    while end > 1 and (length := _measure_form(words[1:end])):
        end -= length
    return end


def _measure_form(words: Sequence[str]) -> int:
    """Count the words of the company form at the end; 0 without one."""
    last = words[-1]
    if last in COMPANY_FORMS or last in ("&", "and"):
        return 1
    endings = LONG_COMPANY_FORMS.get(last, ())
    return next((len(form) for form in endings if tuple(words[-len(form) :]) == form), 0)
