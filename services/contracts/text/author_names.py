"""Names of authors out of the texts in which pages and feeds put them: "By Ann Lee and Bo Ek, dpa"."""

from __future__ import annotations

import re
import unicodedata

from services.contracts.text.references import decode_references

MAX_NAME_CHARACTERS = 60
MAX_NAME_WORDS = 6
MAX_NAMES = 12
PARTS_OF_NAME = 2
"""Number of parts of a name that has the surname first: "Lee, Ann"."""
MAX_TEXT = 400

INTRODUCTION = re.compile(
    r"^(?:(?:(?:written|reported|posted|published|story|words|text|report|analysis|opinion|interview)[ \u00a0]+)?by"
    r"|door|af|av|przez|автор|text|texte|texto|testo|foto|autor(?:in)?|author|auteur|autore|reporter|redaktion)"
    r"[ \u00a0:]+(?=\S)|^(?:von|par|por|de|di)[ \u00a0:]+(?!la\b|las\b|los\b|le\b|der\b|den\b|dem\b)(?=\S+[ \u00a0]\S)",
    re.IGNORECASE,
)
"""Words before the names. "Von" and "de" can begin a name; they introduce one only if two words follow."""

REPORTER = re.compile(
    r"^(?:본지|本報|本报|本社)?(?:記者|记者|기자|編集委員|论说委员|論説委員|撰文|作者|文|编辑|編輯|编译|編譯|通讯员)"
    r"[ \u00a0:：/／]+(?=\S)|(?<=\S)[ \u00a0]?(?:기자|특파원|논설위원|선임기자|記者|记者|編集委員|特派員)$"
)
"""Words for a reporter before or after a name in Korean, Japanese and Chinese."""

MARKS = " \u00a0,;:|·•*-–—/\"'“”„："
"""Marks at the ends of a name that are no part of it."""

MAIL = re.compile(r"[<(\[]?\b(?:mailto:)?[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,5}\b[>)\]]?")
ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)

BETWEEN = re.compile(
    r"[ \u00a0]*(?:;|[|·•]|、|,(?![ \u00a0]*(?:Jr|Sr|II|III)\b)|[ \u00a0](?:and|und|&|и|та|og|och|oraz)[ \u00a0])"
    r"(?:[ \u00a0]*(?:and|und|&|y|et|og|och|e)[ \u00a0])?[ \u00a0]*",
    re.IGNORECASE,
)
"""Marks and words that are between two names and never within one."""

BETWEEN_WHOLE = re.compile(r"[ \u00a0](?:y|e|et|en|ja|i|ve|/)[ \u00a0]|(?<=\w)/(?=\w)")
"""Words that are between two names, but also within one ("Ramón y Cajal"): each side must have two words then."""

ROLE = re.compile(
    r"\b(?:press|writers?|reporters?|correspondents?|editors?|economist|director|professor|staff|news|agency|images"
    r"|service|association|reuters|analyst|columnist|contributors?|bureau|desk|minister|president|chief|redaktion"
    r"|redaktion(?:sleiter(?:in)?)?|redakteur(?:in)?|korrespondent(?:in)?|journalist[ea]?|rédact\w+|redacci[oó]n"
    r"|redazione|redactie|redakcja|редакция|agencia|agence|agentur|photographer|producer)\b",
    re.IGNORECASE,
)
"""Words of a job title, a desk or an agency, which no person's name contains."""

AGENCIES = frozenset(
    "dpa ap afp reuters upi efe ansa apa sda ats tass pti ani ians aap pa epa kna epd rtr xinhua bloomberg".split()
)
"""Short names of agencies. Among other names they say where a text comes from, not who wrote it."""

DIGIT = re.compile(r"\d")
"""A figure: beside other names, a text with one is a time or a number."""

SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
"""A name as an address or an account has it: "ann-lee", "alee2"."""

UNSEEN = frozenset({"So", "Sk", "Cs", "Co", "Cn", "Cf", "Cc"})
"""Unicode categories of characters that no name has: symbols such as emoji, and invisible characters."""

SELECTORS = frozenset("\ufe0e\ufe0f\u20e3")
"""Marks that follow an emoji."""


def split_names(text: str) -> list[str]:
    """Return the names in a text that says who wrote an article; an empty list if it has none.

    Introductions, mail addresses, job titles, accounts and, beside persons, agencies are left out.
    """
    decoded = decode_references(decode_references(text[:MAX_TEXT]))
    shown = "".join(" " if unicodedata.category(mark) in UNSEEN or mark in SELECTORS else mark for mark in decoded)
    bare = " ".join(ADDRESS.sub(" ", MAIL.sub(" ", shown)).split())
    bare = INTRODUCTION.sub("", bare.strip("()[]") if bare.startswith(("(", "[")) else bare, count=1)
    parts = [name for part in BETWEEN.split(bare) for name in _split_whole(part)]
    names = [cleaned for part in _join_reversed(parts, bare) if _is_name(cleaned := _strip(part))]
    persons = [name for name in names if not (name.casefold() in AGENCIES or ROLE.search(name) or DIGIT.search(name))]
    return list(dict.fromkeys(persons if len(names) > 1 and persons else names))[:MAX_NAMES]


def is_person(name: str) -> bool:
    """Return whether a name looks like a person's: two to five words with capitals, or a short one without case."""
    words = name.split()
    if any(map(str.isdigit, name)) or ROLE.search(name) is not None:
        return False
    if any(unicodedata.category(letter) == "Lo" for letter in name):
        return 1 < len(name) <= MAX_NAME_CHARACTERS // 2
    return 1 < len(words) <= MAX_NAME_WORDS - 1 and words[0][:1].isupper() and words[-1][:1].isupper()


def _split_whole(text: str) -> list[str]:
    """Return the parts between words that may also be within a name, if each part has two words."""
    parts = BETWEEN_WHOLE.split(text)
    return parts if all(len(part.split()) > 1 for part in parts) else [text]


def _join_reversed(parts: list[str], text: str) -> list[str]:
    """Return one name for "Lee, Ann": two single words with a comma between them are a surname and a first name."""
    if (
        len(parts) == PARTS_OF_NAME
        and "," in text
        and all(len(part.split()) == 1 and part[:1].isupper() for part in parts)
    ):
        return [] if parts[1].casefold() in AGENCIES else [f"{parts[1].strip()} {parts[0].strip()}"]
    return parts


def _strip(name: str) -> str:
    cut = re.split(
        r"[ \u00a0](?:[-–—]|in|aus|à)[ \u00a0]|[(\[](?![^)\]]*[)\]][ \u00a0]*\w)", name.strip(" ()[]"), maxsplit=1
    )[0]
    bare = REPORTER.sub("", INTRODUCTION.sub("", cut, count=1).strip(MARKS))
    return bare.strip(MARKS)


def _is_name(name: str) -> bool:
    return (
        0 < len(name) <= MAX_NAME_CHARACTERS
        and len(name.split()) <= MAX_NAME_WORDS
        and any(map(str.isalpha, name))
        and (SLUG.fullmatch(name) is None or name in AGENCIES)
    )
