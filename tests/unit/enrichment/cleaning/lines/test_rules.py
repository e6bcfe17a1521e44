"""The rules for lines: what each takes out, and what it must leave alone."""

from __future__ import annotations

import pytest

from services.enrichment.cleaning.fields.captions import find_caption, find_names
from services.enrichment.cleaning.lines.line import split_lines
from services.enrichment.cleaning.lines.rules import RULES, label


def rule_of(text: str) -> str | None:
    """The rule that takes a line out."""
    [line] = split_lines(text)
    label(line)
    return line.label


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Home Back", "navigation"),
        ("News | Sport | Weather", "navigation"),
        ("* Sign in / Register", "navigation"),
        ("Startseite Kontakt Impressum", "navigation"),
        ("登录", "navigation"),
        ("Share Tweet Email", "sharing"),
        ("Facebook · Twitter · WhatsApp", "sharing"),
        ("1.2k shares", "sharing"),
        ("ADVERTISEMENT", "advertising"),
        ("Story continues below advertisement", "advertising"),
        ("Comments (12)", "comments"),
        ("Be the first to comment", "comments"),
        ("upi.com 2 days ago", "relative_time"),
        ("BBC News - 3 hours ago", "relative_time"),
        ("Updated 5 minutes ago", "relative_time"),
        ("Published Nov 18, 2019 at 4:07 PM | Updated at 5:36 PM CST on Nov 18, 2019", "timestamp"),
        ("Monday, March 9, 2026 9:15 am", "timestamp"),
        ("09/03/2026 14:05", "timestamp"),
        ("4 min read", "reading_time"),
        ("Page 1 of 3", "pagination"),
        ("« 1 2 3 4 Next »", "pagination"),
        ("Read more: Ferry fares to rise", "inline_link"),
        ("READ ALSO - Ferry fares to rise", "inline_link"),
        ("Tags: harbour, bridge", "tags"),
        ("Reporting by Marit Velden; Editing by Chidi Okafor", "credits"),
        ("(Additional reporting by Marit Velden in Bergen)", "credits"),
        ("Sign up for our daily newsletter", "newsletter"),
        ("Follow us on Twitter and Facebook", "newsletter"),
        ("Get the best of the harbour delivered to your inbox every morning", "newsletter"),
        ("This website uses cookies. By continuing to browse you accept our use of cookies.", "consent"),
        ("This story has been updated.", "update_note"),
        ("This is a developing story; check back for more.", "update_note"),
        ("Our Standards: The Principles of Trust.", "disclaimer"),
        ("Copyright 2026 The Harbour Post. All rights reserved. This material may not be published.", "disclaimer"),
        ("The views expressed in this article are the author's own.", "disclaimer"),
    ],
)
def test_furniture(text: str, rule: str) -> None:
    """Each of a page's usual lines is taken out by the rule of its name."""
    assert rule_of(text) == rule


@pytest.mark.parametrize(
    "text",
    [
        "Homes built back from the shore survived the storm.",
        "He died 2 days ago",
        "Man arrested 3 years ago freed",
        "Actor Who Died 2 Years Ago Honoured",
        "Yesterday, all was quiet on the harbour front.",
        "On March 9, 2026, the council voted for the bridge.",
        '"Share what you have," she said.',
        "Cork 2 Bergen 1",
        "1. Cork",
        "10,000 people marched.",
        "Cookies made by the school sold out within an hour.",
        "The newsletter of the union named him.",
        "Read more than one report and you would think there had been two.",
        "Related companies were fined as well.",
        "Watch on Friday as the tall ships leave.",
        "Watch-makers in Geneva are on strike.",
        "Copyright law is to be changed.",
        "Subscribers to the theatre got their money back.",
        "The story of the harbour has been told before.",
        "Results",
        "What happens next",
        "Next year",
        "More than 100 people were hurt.",
        "Politics",
        "市議会は月曜日、港にかかる新しい橋の建設を承認した。",
        "وافق مجلس المدينة على بناء جسر جديد.",
        "DIE KOSTEN SIND HOCH",
        "“No comment,” said the minister.",
        "The police asked the public to follow them on the radio.",
        "Editing the report took a year.",
        "*",
        "…",
    ],
)
def test_news(text: str) -> None:
    """Sentences, results, quotations and subheadings that use the same words are left alone."""
    assert rule_of(text) is None


def test_rules_have_a_name_and_a_confidence() -> None:
    """Each rule has a name of its own, and a confidence between a half and 1."""
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(0.5 < rule.confidence <= 1.0 for rule in RULES)


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
    """A line that ends in a picture's credit is a caption; its text and its credit are told apart."""
    found = find_caption(line)

    assert found is not None
    assert (line[: found.text_end], found.credit) == (text, credit)


@pytest.mark.parametrize(
    "line",
    [
        "The photo by Velden won the prize of the year, the jury said, and it will hang in the town hall until May.",
        "Photography: a history of the harbour in forty pictures and as many words by those who took them.",
        "He sued Getty Images.",
        "",
    ],
)
def test_sentences_about_pictures(line: str) -> None:
    """A sentence about a picture is no caption."""
    assert find_caption(line) is None


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Ingrid Larsen", ["Ingrid Larsen"]),
        ("BY INGRID LARSEN AND RUI BRAGANÇA", ["INGRID LARSEN", "RUI BRAGANÇA"]),
        (
            "By Ingrid Larsen, Rui de Bragança and Jean-Luc O’Neill, Staff Writer",
            ["Ingrid Larsen", "Rui de Bragança", "Jean-Luc O’Neill"],
        ),
        ("Von Ingrid Larsen", ["Ingrid Larsen"]),
        ("By Ingrid Larsen | The Associated Press", ["Ingrid Larsen"]),
    ],
)
def test_bylines(line: str, names: list[str]) -> None:
    """The names of a byline stand apart, without titles and agencies."""
    found = find_names(line)

    assert found is not None
    assert [line[start:end] for start, end in found] == names


@pytest.mark.parametrize("line", ["By Christmas", "By the harbour", "By then it was late.", "Ingrid Larsen", ""])
def test_what_is_no_byline(line: str) -> None:
    """A line that begins with "By" and names nobody is no byline."""
    assert find_names(line) is None
