"""Selection of the extracted lines of a page that are the article."""

from __future__ import annotations

from services.enrichment.cleaning.html.extract.line_features import PAGE_NAMES, measure_page_features
from services.enrichment.cleaning.html.extract.selection import MAX_REMOVED, label_furniture, load_page_trees
from services.enrichment.cleaning.html.tree.source import PageSource
from services.enrichment.cleaning.lines.line import split_lines
from tests.support.span_accounting import check_spans, clean_html

STORY = [
    f"On day {number} of the strike the dockers of Marrow met before the gate, and the board sent them a new offer."
    for number in range(12)
]
TEASERS = [f"Harbour news number {number}" for number in range(5)]
LIST = (
    f"<div><ul>{''.join(f'<li><a href=/n/{number}>{text}</a></li>' for number, text in enumerate(TEASERS))}</ul></div>"
)
PAGE = f"<div><p>{'</p><p>'.join(STORY[:6])}</p></div>{LIST}<div><p>{'</p><p>'.join(STORY[6:])}</p></div>"


def test_a_list_of_other_articles_within_the_text() -> None:
    """Links to other articles that an extraction left in a text are removed, and the story is not."""
    page = PageSource(PAGE)
    lines = split_lines(page.text.text)
    label_furniture(lines, page.text, page.outline, page.html, None)
    kept = [line.text for line in lines if line.label is None]
    assert set(STORY) <= set(kept)
    assert len(kept) <= len(STORY) + 1
    assert all(0.5 < line.confidence <= 1 for line in lines if line.label == "page_furniture")


def test_a_text_of_short_lines_stays() -> None:
    """Where the model would remove a large part of a text, nothing is removed."""
    page = PageSource(LIST)
    lines = split_lines(page.text.text)
    label_furniture(lines, page.text, page.outline, page.html, None)
    assert MAX_REMOVED < 1
    assert all(line.label is None for line in lines)


def test_features_have_a_value_for_each_name() -> None:
    """Each line has one finite number for each feature, also a line that the page does not have."""
    page = PageSource(PAGE)
    lines = [*split_lines(page.text.text), *split_lines("A line that the page does not have")]
    rows = measure_page_features(lines, page.text, page.outline, "A title")
    assert rows.shape == (len(lines), len(PAGE_NAMES))
    assert abs(rows).max() < 1e6
    assert load_page_trees().names == PAGE_NAMES


def test_a_box_that_the_markup_names() -> None:
    """The lines of a fact box are removed although they read like text; an article in an element of that name stays."""
    facts = "<h3>The port in figures</h3><ul><li>Eleven docks and four cranes</li><li>A railway station</li></ul>"
    story = PAGE.replace(LIST, f'<div class="article-factBox"><div>{facts}</div></div>')
    plain = story.replace("factBox", "text")
    named = f'<div class="article-factBox">{plain}</div>'
    for html, is_removed in ((story, True), (plain, False), (named, False)):
        page = PageSource(html)
        lines = split_lines(page.text.text)
        label_furniture(lines, page.text, page.outline, page.html, None)
        kept = [line.text for line in lines if line.label is None]
        assert set(STORY) <= set(kept)
        assert any("figures" in line.text for line in lines if line.label is not None) is is_removed


def test_what_is_removed_is_accounted_for() -> None:
    """The removed lines of a page are in its record under their own rule."""
    raw = f"<html><body><article><h1>Strike goes on</h1>{PAGE}</article></body></html>"
    article = clean_html(raw)
    check_spans(raw, article)
    assert all(text in article.body for text in STORY)
