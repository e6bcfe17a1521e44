"""Sentences of news that resemble the lines that the rules remove; they were written before the rules were read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.span_accounting import check_spans, clean_html, clean_text

FILE = Path(__file__).with_name("news_sentences.txt")
SENTENCES = [line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
GROUP = 20
"""Number of sentences in one article, so that the test does not take a minute."""

BEFORE = "The harbour council of Marrow voted on Monday to close the eastern quay for repairs that will take two years."
AFTER = "Engineers found cracks in nine of the forty piers in January, and the insurer refused to cover their repair."


def test_there_are_many_sentences() -> None:
    """There are more than five hundred sentences, in four languages."""
    assert len(SENTENCES) > 500


@pytest.mark.parametrize("first", range(0, len(SENTENCES), GROUP))
def test_a_sentence_of_the_story_stays(first: int) -> None:
    """A sentence between two paragraphs stays, with any beginning, in a text and in a page."""
    sentences = SENTENCES[first : first + GROUP]
    parts = [BEFORE, *(part for number, text in enumerate(sentences) for part in (text, f"{AFTER} ({number}.)"))]
    body = clean_text("\n\n".join(parts)).body
    assert [text for text in sentences if text not in body] == []
    page = f"<html><body><article><h1>Quay to close</h1><p>{'</p><p>'.join(parts)}</p></article></body></html>"
    article = clean_html(page)
    assert [text for text in sentences if text not in article.body] == []
    check_spans(page, article)


@pytest.mark.parametrize(
    "line",
    [
        "Sign up for our newsletter to get the best stories of the week in your inbox.",
        "© 2026 The Marrow Post Company.",
    ],
)
def test_what_a_page_adds_is_removed(line: str) -> None:
    """At the end of a text, or beside another line of the page, a line is removed by its words."""
    assert line not in clean_text(f"{BEFORE}\n\n{AFTER}\n\n{line}").body
    assert line not in clean_text(f"{BEFORE}\n\n{line}\n\nAdvertisement\n\n{AFTER}").body
