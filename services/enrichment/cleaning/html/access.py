"""Access to the article of a page: the page shows all of it, only its beginning, or a wall in its place.

The evidence is the page's JSON-LD (https://schema.org/isAccessibleForFree), the elements around the text, and the
length of the text. No site is known by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from services.contracts.event import Access, KeptSpan
from services.enrichment.cleaning.html.metadata.linked_data import Node, list_values
from services.enrichment.cleaning.html.tree.markup import MarkupScanner
from services.enrichment.cleaning.html.tree.regions import Span, find_end, measure_paragraphs

ELEMENT = re.compile(
    r"<(div|section|aside|p|form|dialog|main|article|span|a|button|ul|footer|header)\b([^<>]{1,1024})>", re.IGNORECASE
)

CONSENT_MARK = re.compile(
    r"onetrust|didomi|sp_message|sourcepoint|qc-cmp|cmpbox|usercentrics|truste|fc-consent|cybot|cookiebot|borlabs"
    r"|consent|cookie-?(?:wall|banner|notice|layer|dialog)|gdpr|privacy-?(?:gate|wall|layer|dialog)|\bcmp[-_]",
    re.IGNORECASE,
)
"""Marks of consent frameworks, and the words that others use, in the class or id of an element."""

CONSENT_WORD = re.compile(
    r"cookie|consent|privac|partner|personal data|data protection|advertising|track|datenschutz|einwillig|zustimm"
    r"|personenbezogen|werbung|données|donnees|confidentialit|accepte|consenso|consentimient|dati personali"
    r"|datos personales|gdpr|dsgvo|согласи|クッキー|同意",
    re.IGNORECASE,
)
MIN_MARKED_WORDS: Final = 2
MIN_UNMARKED_WORDS: Final = 4
"""Minimum numbers of different words about consent in a wall: within an element that is marked, and elsewhere."""

MIN_CONSENT_LINES: Final = 2 / 3
"""Minimum share of a wall's lines with such a word, outside of an element that is marked."""

MAX_WALL_CHARACTERS: Final = 3_000
"""Maximum number of characters of a wall's text."""

PASSWORD = re.compile(r"<input\b[^<>]{0,512}\btype\s{0,2}=\s{0,2}[\"']?password", re.IGNORECASE)
MAX_LOGIN_CHARACTERS: Final = 600

PAYWALL_MARK = re.compile(r"pay-?wall|piano|reg-?wall|premium|metered|meter-|locked|barrier", re.IGNORECASE)
"""Words in the class or id of a paywall's element."""

REQUEST_MARK = re.compile(
    rf"{PAYWALL_MARK.pattern}|subscri|suscri|register|abo(?:nn|nnement)?[-_]|[-_]abo\b|plus[-_]|offer", re.IGNORECASE
)
"""Words in the class or id of an element that asks for a subscription to the news or to a newsletter."""

SUBSCRIBE_WORD = re.compile(
    r"subscri|sign (?:in|up)|log ?in|register|registrier|continue reading|read (?:more|the (?:full|whole))|unlock"
    r"|abonn|abo\b|anmelden|weiterlesen|freischalten|testen|s['’]identifier|lire la suite|réservé|suscr"
    r"|iniciar sesi|seguir leyendo|accedi|abbona|inloggen|logg inn|logga in|prenumer|подпис|会員|登録|ログイン",
    re.IGNORECASE,
)
"""Words of a request to subscribe or to log in."""

REACH: Final = 6_000
"""Characters of markup behind the body that are searched for a request to subscribe."""

MAX_STUB_CHARACTERS: Final = 1_600
"""Maximum number of characters of a stub before a paywall, if a request to subscribe is the only evidence."""

ENDS: Final = (".", "!", "?", "。", "！", "？", "।", "؟")
QUOTES: Final = "\"'”“’»«)]」 \n"
"""Marks at the end of a text's last sentence, and those that may follow them; a stub ends without one."""

MIN_MISSING_SHARE: Final = 0.4
"""Minimum share of the stated words that a stub lacks."""

MIN_LOCKED_SHARE: Final = 0.2
"""Share of the body in elements that are locked according to the JSON-LD; from this share on, the page shows them."""

MAX_ELEMENTS: Final = 3_000
MAX_FOUND: Final = 20
MAX_SELECTORS: Final = 10
"""Maximum number of CSS selectors of locked parts; each is compared with all elements."""

SIMPLE_SELECTOR = re.compile(r"(?:^|[\s>+~])([a-z]\w*)?((?:[.#][\w-]+|\[[\w-]+[^\]]*\])+)\s*$", re.IGNORECASE)
SELECTOR_PART = re.compile(r"([.#\[])([\w-]+)")


def find_access(html: str, body: str, kept: Sequence[KeptSpan], article: Node, page: Node) -> Access:
    """Return what a page shows of its article.

    `kept` are the spans of the body in the page, `article` and `page` the JSON-LD of the article and of the page.
    """
    spans = [(span.raw_start, span.raw_end) for span in kept]
    if _is_wall(html, body, spans, article):
        return "wall"
    return "partial" if _is_partial(html, body, spans, article, page) else "full"


def _is_wall(html: str, body: str, spans: Sequence[Span], article: Node) -> bool:
    """Return whether the body is a request for consent, or the text of a login page."""
    if len(body) > MAX_WALL_CHARACTERS:
        return False
    words = {match.group().casefold() for match in CONSENT_WORD.finditer(body)}
    if len(words) >= MIN_MARKED_WORDS and _measure_share(spans, _find_marked(html, CONSENT_MARK)) > 1 / 2:
        return True
    if article:
        return False
    lines = [line for line in body.split("\n") if line]
    is_about_consent = sum(CONSENT_WORD.search(line) is not None for line in lines) > MIN_CONSENT_LINES * len(lines)
    if is_about_consent and len(words) >= MIN_UNMARKED_WORDS and CONSENT_MARK.search(html):
        return True
    is_short = len(body) <= MAX_LOGIN_CHARACTERS and measure_paragraphs(html) <= MAX_LOGIN_CHARACTERS
    return is_short and PASSWORD.search(html) is not None and SUBSCRIBE_WORD.search(html) is not None


def _is_partial(html: str, body: str, spans: Sequence[Span], article: Node, page: Node) -> bool:
    """Return whether the body is the beginning of an article that has to be paid for."""
    is_free = _read_free(article, page)
    if is_free:
        return False
    if is_free is False:
        selectors = list(islice((text for node in (article, page) for text in _find_selectors(node)), MAX_SELECTORS))
        locked = [span for text in selectors for span in _find_selected(html, text)]
        if locked and _measure_share(spans, locked) >= MIN_LOCKED_SHARE:
            return False
        if _lacks_words(article, body):
            return True
        if selectors and len(body) <= MAX_STUB_CHARACTERS:
            return True
    is_cut = is_free is False or not body.rstrip(QUOTES).endswith(ENDS)
    return 0 < len(body) <= MAX_STUB_CHARACTERS and _has_request(html, spans, REQUEST_MARK if is_cut else PAYWALL_MARK)


def _read_free(article: Node, page: Node) -> bool | None:
    """Return whether the page says that the article is free; None if it says neither."""
    for node in (article, page):
        value = str(node.get("isAccessibleForFree", "")).strip().rsplit("/", 1)[-1].casefold()
        if value in ("true", "false"):
            return value == "true"
    return None


def _find_selectors(node: Node) -> Iterator[str]:
    """Yield the CSS selectors of the parts that have to be paid for."""
    for part in list_values(node.get("hasPart")):
        if isinstance(part, dict) and _read_free(part, {}) is False:
            for text in list_values(part.get("cssSelector")):
                if isinstance(text, str):
                    yield from text.split(",")


def _find_selected(html: str, selector: str) -> list[Span]:
    """Return the places of the elements that a CSS selector selects by its last part: a class, an id, an attribute."""
    simple = SIMPLE_SELECTOR.search(selector)
    if simple is None:
        return []
    tests = [
        re.compile(
            {
                ".": rf"\bclass\s*=\s*[\"']?(?:[^\"'<>]*\s)?{re.escape(name)}(?=[\s\"'>]|$)",
                "#": rf"\bid\s*=\s*[\"']?{re.escape(name)}(?=[\s\"'>]|$)",
                "[": rf"\s{re.escape(name)}(?=[\s=/]|$)",
            }[kind]
        )
        for kind, name in SELECTOR_PART.findall(simple[2])
    ]
    found: list[Span] = []
    for match in islice(ELEMENT.finditer(html), MAX_ELEMENTS):
        if all(test.search(f" {match[2]}") for test in tests):
            found.append((match.start(), find_end(html, match[1], match.end())))
        if len(found) >= MAX_FOUND:
            break
    return found


def _find_marked(html: str, mark: re.Pattern[str]) -> list[Span]:
    """Return the places of the elements whose attributes have a mark."""
    matches = (match for match in islice(ELEMENT.finditer(html), MAX_ELEMENTS) if mark.search(match[2]))
    return [(match.start(), find_end(html, match[1], match.end())) for match in islice(matches, MAX_FOUND)]


def _measure_share(spans: Sequence[Span], regions: Sequence[Span]) -> float:
    """Return the share of the spans' characters in the regions."""
    total = sum(end - start for start, end in spans)
    inside = sum(end - start for start, end in spans if any(first <= start < last for first, last in regions))
    return inside / total if total else 0.0


def _lacks_words(article: Node, body: str) -> bool:
    """Return whether the body has far fewer words than the page says that the article has."""
    stated = str(article.get("wordCount", "")).strip()
    return stated.isdecimal() and len(body.split()) < (1 - MIN_MISSING_SHARE) * int(stated[:9])


def _has_request(html: str, spans: Sequence[Span], mark: re.Pattern[str]) -> bool:
    """Return whether an element right behind the body asks for a subscription."""
    if not spans:
        return False
    end = max(last for _, last in spans)
    limit = min(len(html), end + REACH)
    requests = (match for match in ELEMENT.finditer(html, end, limit) if mark.search(match[2]))
    for match in islice(requests, MAX_FOUND):
        text = MarkupScanner(html, ()).scan(match.end(), min(find_end(html, match[1], match.end()), limit)).text
        if SUBSCRIBE_WORD.search(text):
            return True
    return False
