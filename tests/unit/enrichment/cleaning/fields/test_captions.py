"""Captions and credits of pictures."""

from __future__ import annotations

import pytest

from services.contracts.raw import RawArticle
from services.enrichment.cleaning import clean
from services.enrichment.cleaning.fields.captions import find_caption


@pytest.mark.parametrize(
    ("line", "text", "credit"),
    [
        (
            "The harbour at dawn. Photo by Marit Velden/Baltic Press",
            "The harbour at dawn.",
            "Marit Velden/Baltic Press",
        ),
        ("The harbour at dawn. (AP Photo/Marit Velden)", "The harbour at dawn.", "AP Photo/Marit Velden"),
        ("The harbour at dawn, Monday. REUTERS/Marit Velden", "The harbour at dawn, Monday.", "REUTERS/Marit Velden"),
        ("The harbour at dawn | Photo: Marit Velden", "The harbour at dawn", "Marit Velden"),
        ("The harbour at dawn. Image credit: Getty Images", "The harbour at dawn.", "Getty Images"),
        ("Photo: Marit Velden", "", "Marit Velden"),
    ],
)
def test_captions(line: str, text: str, credit: str) -> None:
    """A line that ends with a picture's credit is a caption, and its text and its credit are separated."""
    found = find_caption(line)

    assert found is not None
    assert (line[: found.text_end], found.credit) == (text, credit)


@pytest.mark.parametrize(
    "line",
    [
        "The photo by Velden won the prize of the year, the jury said, and it will hang in the town hall until May.",
        "Photography: a history of the harbour in forty pictures and as many words by those who took them.",
        "He sued Getty Images.",
        "The vote was close. Reuters journalists counted the ballots in nine towns.",
        "Getty Images bought the archive of the harbour museum on Friday.",
        "The ferry is late again. Reuters/Ipsos surveys put the blame on the board.",
        "Source: the pilots of the islands keep their own records of the tides.",
        "Video: this was the only evidence that the court was shown.",
        "Associated Press photographers were kept away from the quay.",
        "",
    ],
)
def test_a_sentence_about_a_picture_is_no_caption(line: str) -> None:
    """A sentence about pictures or about a picture agency is no caption."""
    assert find_caption(line) is None


@pytest.mark.parametrize("credit", ["Source: Nordby Harbour Council", "© Baltic Press", "(AP Photo/Marit Velden)"])
def test_the_only_paragraph_of_an_article_is_no_caption(credit: str) -> None:
    """The only paragraph of an article is its body, although it ends with words that look like a picture's credit."""
    paragraph = (
        "The harbour of Nordby closes for nine days, because divers must repair the northern quay. Ferries use the "
        "old landing place in the meantime, the council said on Friday."
    )

    cleaned = clean(RawArticle(content=f"{paragraph} {credit}"), reference=None)

    assert cleaned.body.startswith(paragraph)
    assert cleaned.captions == ()
