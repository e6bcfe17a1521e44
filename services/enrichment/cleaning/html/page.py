"""Cleaning of an HTML page in four steps: read, choose, place, account.

1. `tree` and `metadata` read the page's markup once: hidden parts, headings, JSON-LD, times, authors.
2. `extract` chooses the text that is the body.
3. `align` finds the places of that text in the page.
4. The rules for lines and the page model label its lines, and `compose` accounts for every character.

Four systems of coordinates meet here. Each is a text with half-open spans that count characters, and a `MappedText`
leads from the second, third and fourth to the first:

| system | text | where |
|---|---|---|
| raw | the page as the sender gave it; `raw_start` and `raw_end` of the event | `RawArticle.content` |
| visible text | the lines that a browser shows, each block one line | `MarkupScanner`, `PageSource.text` |
| placed text | title, chosen body and captions, one line each | `PlacedText.mapped`; the spans of `Line` |
| field | one field of the article; `start` and `end` of the event | `CleanArticle`, `KeptSpan` |
"""

from __future__ import annotations

from services.contracts.event import Caption
from services.enrichment.cleaning.article import CleanArticle
from services.enrichment.cleaning.compose import KnownFields, compose
from services.enrichment.cleaning.fields.around_headline import label_repeated_headline
from services.enrichment.cleaning.fields.article_lines import ArticleLines, CaptionLine
from services.enrichment.cleaning.fields.bylines import label_repeated_bylines
from services.enrichment.cleaning.fields.captions import find_captions
from services.enrichment.cleaning.html.align.placing import PlacedText, limit_segments, place
from services.enrichment.cleaning.html.assessment import assess
from services.enrichment.cleaning.html.extract.choice import choose_body
from services.enrichment.cleaning.html.extract.selection import label_furniture
from services.enrichment.cleaning.html.metadata.page_metadata import read_metadata
from services.enrichment.cleaning.html.tree.source import PageSource
from services.enrichment.cleaning.lines.blocks import label_related
from services.enrichment.cleaning.lines.labelling import label_by_rules
from services.enrichment.cleaning.lines.line import split_lines
from services.enrichment.cleaning.lines.line_model import BoostedTrees
from services.enrichment.cleaning.spans import MARKUP
from services.enrichment.cleaning.text import clean_mapped_text


def clean_html(raw: str, known: KnownFields, url: str | None = None, trees: BoostedTrees | None = None) -> CleanArticle:
    """Return the article in an HTML page, whose address the sender may have given.

    A fragment of a page is the article as a whole. If trafilatura finds no body, or would take too long, the text of
    the page's article element, or of the whole page, is cleaned as plain text. `trees` replaces the page model in the
    package, so that another model can be scored.
    """
    page = PageSource(raw)
    metadata = read_metadata(page, url=url, reference=known.reference)
    known = known.fill(metadata)
    choice = choose_body(page, metadata.article, metadata.descriptions)
    if choice.way == "element":
        article = clean_mapped_text(raw, limit_segments(choice.mapped), known, MARKUP, is_wrapped=False)
    else:
        article = _compose(raw, place(page, choice, known.title), known, trees)
    return assess(raw, article, metadata, known.reference)


def _compose(raw: str, placed: PlacedText, known: KnownFields, trees: BoostedTrees | None) -> CleanArticle:
    """Return the article of a placed text."""
    lines = split_lines(placed.mapped.text)
    headline = lines.pop(0) if known.title else None
    label_by_rules(lines)
    label_related(lines)
    if placed.outline is not None:
        label_furniture(lines[: len(lines) - placed.captions], placed.mapped, placed.outline, raw, known.title, trees)
    article = ArticleLines([headline, *lines] if headline else lines, headline=headline)
    find_captions(article)
    credited = {id(caption.line) for caption in article.captions}
    for line in lines[len(lines) - placed.captions :]:
        if line.label is None and id(line) not in credited:
            article.captions.append(CaptionLine(line, line.end, Caption(text=line.text)))
    label_repeated_headline(article, known.title)
    label_repeated_bylines(article, known.byline)
    return compose(raw, placed.mapped, article, known, MARKUP, is_wrapped=False)
