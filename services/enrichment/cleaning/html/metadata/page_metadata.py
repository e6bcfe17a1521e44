"""The metadata of a page: Schema.org's JSON-LD, Open Graph, the usual meta tags, and what the page shows.

They are not read by trafilatura, because its search for a date reads the clock and takes half as long as the extraction
of the body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from urllib.parse import urljoin, urlsplit

from services.contracts.event import ResolvedTime
from services.contracts.text.author_names import is_person, split_names
from services.contracts.text.folding import replace_surrogates
from services.contracts.text.references import decode_references
from services.contracts.text.tags import split_tags
from services.contracts.urls import canonicalise_url, find_host, is_same_site
from services.enrichment.cleaning.html.metadata.linked_data import (
    Node,
    choose_article,
    find_live_blog,
    find_page,
    fold_title,
    list_values,
    read_nodes,
    read_text,
    resolve,
)
from services.enrichment.cleaning.html.metadata.marked_times import find_marked_times
from services.enrichment.cleaning.html.metadata.page_times import PageTime, choose_time, find_address_day, read_time
from services.enrichment.cleaning.html.metadata.titles import clean_title, find_title, read_headings
from services.enrichment.cleaning.html.metadata.visible_fields import VisibleFields
from services.enrichment.cleaning.html.tree.attributes import read_attributes
from services.enrichment.cleaning.html.tree.source import PageSource
from services.enrichment.cleaning.stated_fields import StatedFields

MAX_LINKS = 200
MAX_URL_CHARACTERS = 2_048

LANGUAGE = re.compile(r"\blang\s*=\s*[\"']?([a-zA-Z]{2,3}(?:-[a-zA-Z]{2,4})?)", re.IGNORECASE)

PUBLISHED = (
    "article:published_time", "article:published:time", "og:published_time", "og:article:published_time",
    "datepublished", "publishdate", "publish-date", "publish_date", "publication_date", "publication-date", "pubdate",
    "pub_date", "date_published", "published_time", "parsely-pub-date", "sailthru.date", "article.published",
    "cxenseparse:recs:publishtime", "dc.date.issued", "dcterms.issued", "dc.date.created", "dcterms.created",
    "citation_publication_date", "citation_online_date", "citation_date", "rnews:datepublished",
    "originalpublicationdate", "datecreated", "dc.date", "dcterms.date", "date",
)  # fmt: skip
MODIFIED = (
    "article:modified_time", "og:updated_time", "datemodified", "lastmod", "last-modified", "dcterms.modified",
    "article.updated", "dc.date.modified",
)  # fmt: skip
TITLES = ("og:title", "twitter:title", "parsely-title", "dc.title", "headline")
DESCRIPTIONS = ("og:description", "description", "twitter:description")
AUTHORS = ("author", "article:author", "parsely-author", "byl", "dc.creator", "dcterms.creator", "sailthru.author",
           "article.author", "citation_author", "rbauthors", "vr:author")  # fmt: skip
SECTIONS = ("article:section", "parsely-section", "section")
TAGS = ("article:tag", "news_keywords", "parsely-tags", "keywords", "sailthru.tags")
SITES = ("og:site_name", "application-name", "apple-mobile-web-app-title", "twitter:site", "dc.publisher")

AUTHOR_LABEL = re.compile(r"written by|author|by|von|par|autor|verfasst|écrit|escrito|scritto", re.IGNORECASE)
"""Values of twitter:label1 that show that twitter:data1 is the author."""

OWNER_TYPES = ("WebSite", "NewsMediaOrganization")
"""Types of the nodes in the JSON-LD that have the site's name."""

MAX_AUTHORS = 12
MAX_STATED = 100
"""Maximum number of values of one field of the metadata that are read, such as its authors or its tags."""

MAX_SOURCE_CHARACTERS = 256


@dataclass(frozen=True, slots=True)
class Metadata(StatedFields):
    """The fields that a page states about its article, and the JSON-LD."""

    article: Node = field(default_factory=dict)
    """The JSON-LD of the article; empty if the page has none."""
    page: Node = field(default_factory=dict)
    """The JSON-LD of the page; empty if it has none."""
    live: Node = field(default_factory=dict)
    """The JSON-LD of the live blog; empty if the page has none."""
    descriptions: tuple[str, ...] = ()
    """The summaries of the article, or of the page, in its metadata."""


def read_metadata(page: PageSource, *, url: str | None = None, reference: datetime | None = None) -> Metadata:
    """Return the metadata of a page; metadata that is not well-formed is left out.

    `url` is the page's address as the sender gives it. A time in the future of `reference` is left out.
    """
    tags = _read_tags(page)
    nodes = read_nodes(page)
    headings = read_headings(page)
    shown = [*(heading.text for name in ("h1", "title") for heading in headings[name]), *_values(tags, ("og:title",))]
    article, article_page = choose_article(nodes, shown), find_page(nodes)
    publishers = _find_publishers(article, nodes)
    sites = _find_sites(tags, nodes, publishers, url)
    titles = [clean_title(text) for text in (read_text(article.get("headline")), *_values(tags, TITLES))]
    title = find_title(headings, [text for text in titles if text], sites)
    visible = VisibleFields(page, headings, title)
    published, modified = _find_times(page, article, article_page, tags, visible, reference, url)
    canonical = _find_canonical(page, tags, url)
    return Metadata(
        title=title,
        byline=tuple(_find_authors(article, nodes, tags, sites, visible))[:MAX_AUTHORS],
        section=next(
            (text for text in (*_texts(article.get("articleSection")), *_values(tags, SECTIONS)) if text), None
        ),
        tags=_find_tags(article, tags),
        published_at=published,
        modified_at=modified,
        canonical_url=canonical,
        source=_find_source(tags, publishers, canonical),
        article=article,
        page=article_page,
        live=find_live_blog(nodes),
        descriptions=(*_texts(article.get("description")), *_values(tags, DESCRIPTIONS)),
    )


def _read_tags(page: PageSource) -> dict[str, list[str]]:
    """Return the contents of the meta tags by their names in small letters."""
    tags: dict[str, list[str]] = {}
    for tag in page.tags.by_name["meta"]:
        attributes = read_attributes(tag.attributes)
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
        content = _clean(attributes.get("content", ""))
        known = tags.setdefault(name.lower(), []) if name and content else None
        if known is not None and len(known) < MAX_STATED:
            known.append(content)
    return tags


def _values(tags: Mapping[str, list[str]], names: Iterable[str]) -> Iterator[str]:
    """Yield the first content of the tag of each name."""
    return (tags[name][0] for name in names if name in tags)


def _find_publishers(article: Node, nodes: Sequence[Node]) -> list[str]:
    return [read_text(item.get("name")) for item in resolve(article.get("publisher"), nodes) if isinstance(item, dict)]


def _find_sites(
    tags: Mapping[str, list[str]], nodes: Sequence[Node], publishers: Sequence[str], url: str | None
) -> list[str]:
    """Return the names that the page's site has: in its metadata, and its host with and without its ending."""
    host = find_host(url) if url else ""
    owners = [read_text(node.get("name")) for node in nodes if node.get("@type") in OWNER_TYPES]
    return [
        clean_title(name) for name in (*_values(tags, SITES), *publishers, *owners, host, *host.split(".")[:-1]) if name
    ]


def _find_source(tags: Mapping[str, list[str]], publishers: Sequence[str], canonical: str | None) -> str | None:
    """Return the name of the site or of the publisher, else the host of the canonical URL."""
    host = find_host(canonical) if canonical else ""
    named = (*_values(tags, ("og:site_name",)), *publishers, host)
    return next((name for text in named if (name := clean_title(text)[:MAX_SOURCE_CHARACTERS])), None)


def _find_tags(article: Node, tags: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Return the tags of the first source that has some: the JSON-LD, then the meta tags."""
    stated = [_name_texts(list_values(article.get("keywords"))), *(tags.get(name, []) for name in TAGS)]
    return next((found for texts in stated if (found := split_tags(clean_title(text) for text in texts))), ())


def _find_authors(
    article: Node, nodes: Sequence[Node], tags: Mapping[str, list[str]], sites: Sequence[str], visible: VisibleFields
) -> list[str]:
    """Return the names of the first source that names a person who is not the site, else of the first with names."""
    folded = {fold_title(site) for site in sites} - {""}
    stated = [_name_texts(resolve(article.get(name), nodes)) for name in ("author", "creator")]
    stated += [tags[name] for name in AUTHORS if name in tags]
    labels = zip(tags.get("twitter:label1", []), tags.get("twitter:data1", []), strict=False)
    stated.append([data for label, data in labels if AUTHOR_LABEL.fullmatch(label.strip(" :"))])
    sources = [_split_all(texts) for texts in stated]
    for names in sources:
        persons = [name for name in names if fold_title(name) not in folded]
        if any(is_person(name) for name in persons):
            return persons
    shown = [name for name in visible.find_authors() if fold_title(name) not in folded]
    return shown or next((names for names in sources if names), [])


def _find_canonical(page: PageSource, tags: Mapping[str, list[str]], url: str | None) -> str | None:
    """Return the canonical form of the address in `<link rel=canonical>` or og:url, if it is on the sender's site.

    The home page is no address of an article, unless the sender's own address is one.
    """
    found = (tag.attributes for tag in page.tags.by_name["link"][:MAX_LINKS])
    links = (read_attributes(text) for text in found if "canonical" in text.lower())
    canonical = [link.get("href", "") for link in links if "canonical" in link.get("rel", "").lower().split()]
    for stated in (*canonical[:1], *_values(tags, ("og:url",))):
        try:
            address = canonicalise_url(urljoin(url or "", decode_references(stated).strip()))
            parts = urlsplit(address)
            is_own = url is None or (
                is_same_site(address, url) and (parts.path != "/" or urlsplit(url).path in ("", "/"))
            )
        except ValueError:
            continue
        if parts.scheme in ("http", "https") and parts.hostname and is_own and len(address) <= MAX_URL_CHARACTERS:
            return address
    return None


def _split_all(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for text in texts for name in split_names(text)))


def _name_texts(items: Iterable[object]) -> list[str]:
    """Return the texts of values that are texts, lists with texts, or objects with a name, such as authors and tags."""
    values = (item.get("name") if isinstance(item, dict) else item for item in items)
    return list(islice((text for value in values for text in _texts(value)), MAX_STATED))


def _find_times(  # noqa: PLR0917 - each is another place where a page has times
    page: PageSource,
    article: Node,
    page_node: Node,
    tags: Mapping[str, list[str]],
    visible: VisibleFields,
    reference: datetime | None,
    url: str | None,
) -> tuple[ResolvedTime | None, ResolvedTime | None]:
    """Return the times of publication and of the last change: stated, marked, shown, or in the address."""
    language = next((match[1] for tag in page.tags.by_name["html"] if (match := LANGUAGE.search(tag.attributes))), None)
    stated = [read_text(node.get(name)) for node in (article, page_node) for name in ("datePublished", "dateCreated")]
    published = _read_all([*stated, *_values(tags, PUBLISHED)], language)
    changed = _read_all([read_text(article.get("dateModified")), *_values(tags, MODIFIED)], language)
    marked_published, marked_changed = find_marked_times(page, language)
    first = choose_time([*published, *filter(None, [marked_published])], reference)
    last = choose_time([*changed, *filter(None, [marked_changed])], reference)
    if first is None:
        shown_published, shown_changed = visible.find_times(language, reference)
        address = find_address_day(url)
        shown = [PageTime(time, "text") for time in (*shown_published, *([address] if address else []))]
        first = choose_time(shown, reference)
        last = last or choose_time([PageTime(time, "text") for time in shown_changed], reference)
    return first.resolve() if first else None, last.resolve() if last else None


def _read_all(texts: Iterable[str], language: str | None) -> list[PageTime]:
    times = [read_time(text, language) for text in texts if text]
    return [PageTime(time, "metadata") for time in times if time is not None]


def _texts(value: object) -> list[str]:
    """Return the texts of a value that is a text or a list with texts."""
    return [_clean(item) for item in list_values(value) if isinstance(item, str)]


def _clean(text: str) -> str:
    """Return the text with its character references decoded and each run of blanks as one space."""
    return " ".join(decode_references(replace_surrogates(text)).split())
