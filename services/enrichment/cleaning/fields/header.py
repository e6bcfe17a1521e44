"""What stands around the headline: section, subheadline, bylines, captions."""

from __future__ import annotations

from services.contracts.event import Caption
from services.enrichment.cleaning.fields.article_lines import CaptionLine, Draft, Names
from services.enrichment.cleaning.fields.captions import find_caption, find_names
from services.enrichment.cleaning.fields.headlines import DATE, LONGEST_HEADLINE_WORDS
from services.enrichment.cleaning.lines.phrases import SECTIONS

SHORTEST_SUBHEADLINE = 5


def find_captions(draft: Draft) -> None:
    """Lines that end in a picture's credit, and a line that stands twice in a row above the body.

    The second of two equal captions is labelled.
    """
    texts: set[str] = set()
    for line in draft.lines:
        if line.label is not None:
            continue
        found = find_caption(line.text)
        if found is None:
            continue
        if found.text_end == 0:
            line.label, line.confidence = "credit", 0.9
            continue
        text = line.text[: found.text_end]
        if text in texts:
            line.label, line.confidence = "repeated_caption", 0.99
            continue
        texts.add(text)
        caption = Caption(text=text, credit=found.credit)
        draft.captions.append(CaptionLine(line, line.start + found.text_end, caption))
    _label_plain_copies(draft, texts)


def _label_plain_copies(draft: Draft, texts: set[str]) -> None:
    """A caption is often repeated without its credit."""
    captions = {id(found.line) for found in draft.captions}
    for line in draft.lines:
        if line.label is None and line.text in texts and id(line) not in captions:
            line.label, line.confidence = "repeated_caption", 0.99


def find_bylines(draft: Draft, last: int) -> None:
    """Bylines among the first `last` lines."""
    reach = {id(line) for line in draft.lines[:last]}
    for line in draft.body():
        if id(line) not in reach:
            continue
        names = find_names(line.text)
        if names is not None:
            draft.bylines.append(Names(line, [(line.start + start, line.start + end) for start, end in names]))


def find_section(draft: Draft) -> None:
    """A section's name right above the headline."""
    if draft.headline is None:
        return
    above = [line for line in draft.body() if line.start < draft.headline.start]
    if above and above[-1].bare in SECTIONS and above[-1].bare == above[-1].key:
        draft.section = above[-1]


def find_subheadline(draft: Draft) -> None:
    """A line right under the headline that is no paragraph."""
    if draft.headline is None:
        return
    body = draft.body()
    below = [line for line in body if line.start > draft.headline.start]
    if len(below) < 2 or below[0].is_prose or below[0].words < SHORTEST_SUBHEADLINE or below[0].bullet:
        return
    if DATE.search(below[0].text):
        return
    if below[1].is_prose and below[0].words <= LONGEST_HEADLINE_WORDS:
        draft.subheadline = below[0]


def label_repeated_headline(draft: Draft, title: str | None) -> None:
    """The headline a second time; never the only line that the body has."""
    key = draft.headline.key if draft.headline else (" ".join(title.split()).casefold() if title else None)
    body = draft.body()
    repeated = [line for line in body if line.key == key]
    for line in repeated if len(repeated) < len(body) else ():
        line.label, line.confidence = "repeated_headline", 0.99
