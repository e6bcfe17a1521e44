"""The headline among the titles and headings of a page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.contracts.text.references import decode_references
from services.enrichment.cleaning.html.metadata.linked_data import fold_title
from services.enrichment.cleaning.html.tree.source import PageSource

TAGS = re.compile(r"<[^<>]{0,1024}>")
SELF_LINK = re.compile(
    r"<a\b[^<>]{0,512}\shref\s{0,2}=\s{0,2}[\"']?#[^<>]{0,512}>(?:[^\w<>&]|&[#\w]{1,8};){1,8}</a>", re.IGNORECASE
)
"""A link to a place of its own page whose text is a mark without letters, such as the pilcrow behind a heading."""

SHY = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""Characters that are invisible within a word: soft hyphens and zero-width blanks."""

LOWER = ("h2", "h3", "h4")
"""Headings below the main one, in which some pages have the headline."""

END_TAGS = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("title", "h1", *LOWER)}
"""Beginnings of the end tags of titles and headings."""

MAX_ELEMENTS = 100
"""Maximum number of titles, and of headings of one rank, that are read."""

MAX_TITLES = 20
"""Maximum number of titles, and of main headings; each title is compared with each heading."""

MAX_ELEMENT_CHARACTERS = 1_500
"""Maximum number of characters of markup in a title or a heading."""

SEPARATOR = re.compile(
    r"[ \u00a0]*(?:[|｜ㅣ·»]|[ \u00a0][-–—:][ \u00a0]|(?<=[^\s\x00-\x7f])-(?=[^\s\x00-\x7f]))[ \u00a0]*"
)
"""Marks between a title, a section and the name of the site."""

MIN_OWN_WORDS = 3
"""Minimum number of words of a headline before a mark; with fewer, the mark is a part of the headline."""

MIN_HEADLINE_WORDS = 4
"""Minimum number of words of a headline that differs from the other titles; a shorter text is a label."""

MAX_SITE_WORDS = 5
"""Maximum number of words of a site's name."""

MIN_HOST_LETTERS = 4
"""Minimum number of letters of a site's name that is recognised within other words."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A title or a heading of a page."""

    place: int
    text: str


Headings = Mapping[str, Sequence[Heading]]
"""The titles and headings of a page by the name of their element: "title", "h1" to "h4"."""


def read_headings(page: PageSource) -> Headings:
    """Return the titles and headings of a page that have a text."""
    return {name: list(_read_elements(page, name)) for name in ("title", "h1", *LOWER)}


def _read_elements(page: PageSource, name: str) -> Iterator[Heading]:
    """Yield the titles or the headings in the elements of one name."""
    for tag in page.tags.by_name[name][:MAX_ELEMENTS]:
        content = page.html[tag.end : tag.end + MAX_ELEMENT_CHARACTERS]
        end = END_TAGS[name].search(content)
        text = clean_title(TAGS.sub(" ", SELF_LINK.sub("", content[: end.start()]))) if end else ""
        if text:
            yield Heading(tag.start, text)


def find_heading(headings: Headings, title: str) -> int | None:
    """Return the place of the first heading that contains a title, below the main heading's rank; None if none does."""
    folded = fold_title(title)
    if not folded:
        return None
    lower = (heading for name in LOWER for heading in headings[name])
    return next((heading.place for heading in lower if folded in fold_title(heading.text)), None)


def clean_title(text: str) -> str:
    """Return a title without markup and invisible characters, with references decoded, even if encoded twice."""
    decoded = decode_references(decode_references(text[:MAX_ELEMENT_CHARACTERS]))
    bare = TAGS.sub(" ", decoded) if "<" in decoded else decoded
    return " ".join(SHY.sub("", bare).split())


def find_title(headings: Headings, titles: Sequence[str], sites: Sequence[str]) -> str | None:
    """Return the headline of a page; `titles` are those of its metadata, `sites` the names that its site has.

    The headline is the main heading if a title agrees with it or is its beginning, else the first title without the
    site's name. A heading that is the site's name does not count. There are two exceptions. If another title of the
    metadata is in a lower heading, the main heading is for search engines, and that title is the headline. If no
    heading has the title, the headline is a main heading that is unlike all titles.
    """
    known = [*titles, *(heading.text for heading in headings["title"])][:MAX_TITLES]
    folded_sites = {fold_title(site) for site in sites} - {""}
    main = [heading.text for heading in headings["h1"] if fold_title(heading.text) not in folded_sites][:MAX_TITLES]
    lower = [heading.text for heading in headings["h2"]]
    agreed = [text for text in main if any(_has_heading(title.casefold(), text.casefold()) for title in known)]
    if agreed:
        return _find_shown(titles, agreed[0], lower) or agreed[0]
    if not known:
        return main[0] if main else None
    title = cut_site(known[0], folded_sites, [*main, *lower])
    if len(title.split()) >= MIN_HEADLINE_WORDS:
        begun = title.rstrip(" .…").casefold()
        title = next((text for text in main if text.casefold().startswith(begun)), title)
    alone = [text for text in main if len(text.split()) >= MIN_HEADLINE_WORDS and not _is_like(text, known)]
    is_shown = any(fold_title(title) in fold_title(text) for text in (*main, *lower))
    return alone[0] if alone and not is_shown else title


def _find_shown(titles: Sequence[str], heading: str, lower: Sequence[str]) -> str | None:
    """Return the first title that is unlike the main heading and is a lower heading, or the end of one."""
    folded = fold_title(heading)
    shown = [fold_title(text) for text in lower]
    for title in titles:
        key = fold_title(title)
        is_other = len(title.split()) >= MIN_HEADLINE_WORDS and key not in folded and folded not in key
        if is_other and any(text.endswith(key) for text in shown):
            return title
    return None


def _is_like(heading: str, titles: Sequence[str]) -> bool:
    """Return whether a heading has half of its letters, in groups of three, in one of the titles."""
    groups = _group_letters(heading)
    return any(
        2 * sum(group in known for group in groups) >= len(groups)
        for known in (set(_group_letters(title)) for title in titles)
    )


def _group_letters(title: str) -> list[str]:
    """Return each group of three neighbouring letters of a title."""
    key = fold_title(title)
    return [key[start : start + 3] for start in range(len(key) - 2)]


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
