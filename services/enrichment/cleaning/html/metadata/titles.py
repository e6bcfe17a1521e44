"""The headline among the titles and headings of a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from itertools import islice

from services.enrichment.cleaning.html.metadata.linked_data import fold_title

ELEMENT = re.compile(r"<(title|h1|h2)\b[^<>]{0,1024}>", re.IGNORECASE)
TAGS = re.compile(r"<[^<>]{0,1024}>")
SHY = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""Characters that are invisible within a word: soft hyphens and zero-width blanks."""

MAX_ELEMENTS = 200
"""Maximum number of titles and headings that are read."""

MAX_ELEMENT_CHARACTERS = 1_500
"""Maximum number of characters of markup in a title or a heading."""

SEPARATOR = re.compile(
    r"[ \u00a0]*(?:[|｜ㅣ·»]|[ \u00a0][-–—:][ \u00a0]|(?<=[^\s\x00-\x7f])-(?=[^\s\x00-\x7f]))[ \u00a0]*"
)
"""Marks between a title, a section and the name of the site."""

MIN_OWN_WORDS = 3
"""Minimum number of words of a headline before a mark; with fewer, the mark is a part of the headline."""

MAX_SITE_WORDS = 5
"""Maximum number of words of a site's name."""

MIN_HOST_LETTERS = 4
"""Minimum number of letters of a site's name that is recognised within other words."""


def read_elements(html: str, name: str) -> list[str]:
    """Return the texts of the elements of a name ("title", "h1" or "h2") that have one."""
    texts: list[str] = []
    for match in islice(ELEMENT.finditer(html), MAX_ELEMENTS):
        if match[1].lower() != name:
            continue
        limit = match.end() + MAX_ELEMENT_CHARACTERS
        end = html.find("</", match.end(), limit)
        while end >= 0 and html[end + 2 : end + 2 + len(name)].lower() != name:
            end = html.find("</", end + 2, limit)
        text = clean_title(TAGS.sub(" ", html[match.end() : end])) if end >= 0 else ""
        if text:
            texts.append(text)
    return texts


def clean_title(text: str) -> str:
    """Return a title without markup and invisible characters, with references decoded, even if encoded twice."""
    decoded = unescape(unescape(text))
    bare = TAGS.sub(" ", decoded) if "<" in decoded else decoded
    return " ".join(SHY.sub("", bare).split())


def find_title(html: str, titles: Sequence[str], sites: Sequence[str]) -> str | None:
    """Return the headline of a page; `titles` are those of its metadata, `sites` the names that its site has.

    It is the heading of the page if a title agrees with it, else the first title without the site's name. A heading
    that is the site's name is none.
    """
    page_titles = read_elements(html, "title")
    known = [*titles, *page_titles]
    folded_sites = {fold_title(site) for site in sites} - {""}
    headings = [text for text in read_elements(html, "h1") if fold_title(text) not in folded_sites]
    agreed = [text for text in headings if any(_has_heading(title.casefold(), text.casefold()) for title in known)]
    if agreed:
        return agreed[0]
    if not known:
        return headings[0] if headings else None
    lower = [*headings, *read_elements(html, "h2")]
    return cut_site(known[0], folded_sites, lower)


def cut_site(title: str, folded_sites: set[str], headings: Sequence[str]) -> str:
    """Return a title without the names of section and site at its end.

    What follows a mark is cut if it is a name of the site, or if what precedes is a heading of the page.
    """
    shown = {fold_title(heading) for heading in headings}
    cuts = [(match.start(), match.end()) for match in SEPARATOR.finditer(title)]
    for start, _ in cuts:
        if fold_title(title[:start]) in shown:
            return title[:start].rstrip()
    for position, (start, end) in enumerate(reversed(cuts)):
        if _is_site(title[end:], folded_sites) and len(title[:start].split()) >= MIN_OWN_WORDS - 1:
            before = [cut for cut in cuts[: len(cuts) - 1 - position] if _is_short(title[cut[1] : start])]
            return title[: before[-1][0] if before else start].rstrip()
    return title


def _is_site(text: str, folded_sites: set[str]) -> bool:
    """Return whether a text is a name of the site, or a few words with the name of its host in them."""
    folded = fold_title(text)
    if not folded or len(text.split()) > MAX_SITE_WORDS:
        return False
    return folded in folded_sites or any(len(site) >= MIN_HOST_LETTERS and site in folded for site in folded_sites)


def _is_short(text: str) -> bool:
    """Return whether a text between two marks is a section: one word or two."""
    return len(text.split()) < MIN_OWN_WORDS


def _has_heading(title: str, heading: str) -> bool:
    """Return whether a title is the heading, or has a site's name after it or a section's shorter name before it."""
    if title.startswith(heading):
        return True
    if len(heading) < len(title) / 2:
        return False
    return title.endswith(heading) and title[: -len(heading)].rstrip().endswith(("|", ":", "»", "-", "–", "—"))
