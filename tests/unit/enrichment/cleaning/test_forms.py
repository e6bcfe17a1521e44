"""Bodies of press releases, live blogs, interviews and briefs, as plain text and as a page."""

from __future__ import annotations

import pytest

from tests.support.span_accounting import check_spans, clean_html, clean_text

NOISE = "!"
"""Mark of a line that is not the body."""

FORMS = {
    "release of PR Newswire": """
        !FOR IMMEDIATE RELEASE
        Velmar Pumps, a maker of pumps for ships, opened its third plant on Monday and will employ 240 people there.
        "The plant doubles what we can deliver," said Ida Ross, chief executive of Velmar. "Customers asked for it."
        The plant cost 61 million euros and makes pumps for ferries and tankers of all sizes.
        !About Velmar Pumps
        !Velmar Pumps was founded in 1931 and makes pumps for ships in three countries. It employs 1,900 people.
        !Forward-Looking Statements
        !This press release contains forward-looking statements that involve risks. Actual results may differ.
        !Media Contact:
        !Jon Lund
        !press@velmar.example
        !SOURCE Velmar Pumps""",
    "release of Business Wire": """
        DENBY--(BUSINESS WIRE)--Harrow Bank said today that it will close nine of its forty branches by the end of June.
        Customers were told by letter last week, and the bank sends a bus to each of the villages on two days a week.
        Staff of the nine branches have been offered work in the town, and forty of sixty have accepted it.
        !About Harrow Bank
        !Harrow Bank is a savings bank with 300,000 customers in the north of the country.
        !Contacts
        !Mara Ellison, +47 555 0100""",
    "German release": """
        !Pressemitteilung
        Die Werft Nordhaven hat am Montag den Bau von zwei Fähren begonnen, die ohne Diesel fahren sollen.
        "Das ist ein großer Schritt für uns", sagte der Leiter der Werft, Jens Holm, bei der Feier am Hafen.
        Die Schiffe sollen im Sommer des nächsten Jahres zwischen den Inseln fahren und 300 Menschen tragen.
        !Über Nordhaven
        !Nordhaven baut seit 1911 Schiffe und hat 600 Mitarbeiter an zwei Orten an der Küste.
        !Pressekontakt
        !Anna Berg, presse@nordhaven.example""",
    "interview": """
        Harbour pilot Ida Ross has brought ships into Marrow for thirty years. She talked to us about her last winter.
        Which night do you remember best?
        The one when the lamp of Cape Ness was dark. We came in by the sound of the bell, as my father had done.
        Were you afraid?
        Yes. Anyone who says otherwise has not been out there, or has not understood what a rock does to a hull.
        What will you do in summer?
        Sleep. And then I will build a boat with my daughter, who thinks that she knows everything better.""",
    "interview with names": """
        The minister of ports answered the questions of four readers on Monday, a week before the vote on the quay.
        Reader: Why does the quay have to close in the middle of the herring season, of all times?
        Minister: Because the cracks grow with each storm, and the storms come when the herring comes.
        Reader: Will the boats be paid for the days that they lose?
        Minister: Half of it, yes. The other half is between the boats and their insurers.""",
    "live blog": """
        The harbour of Marrow is closed after a ferry ran aground. We report here what happens through the day.
        10:15 The first of the two tugs has reached the ferry, and a rope has been made fast at the stern.
        11:40 The coast guard says that all 212 passengers are safe and will be brought ashore by noon.
        13:05 The first boat with passengers has arrived at the western pier, where nurses and buses wait for them.
        14:30 The ferry is afloat again. The company says that the hull is whole and that she will sail on Friday.""",
    "brief": """
        Police in Marrow arrested two men on Sunday over the theft of a fishing boat, the prosecutor said.""",
    "brief of two paragraphs": """
        A storm closed the port of Tolm on Monday night, and four ferries stayed in harbour until the morning.
        Nobody was hurt, the harbour office said, but the roof of the fish market is gone.""",
    "brief in Spanish": """
        La policía de Marrow detuvo el domingo a dos hombres por el robo de un barco de pesca, dijo el fiscal.
        El barco apareció el lunes en una playa del norte, sin motor y sin redes.""",
    "results": """
        Marrow beat Tolm by three goals to one on Saturday and leads the league again after nine games.
        Marrow 3, Tolm 1
        Denby 0, Harrow 0
        Ness 2, Nordhaven 2
        The leaders play in Denby on Wednesday, without their captain, who saw his fifth yellow card.""",
}


def read_form(name: str) -> tuple[list[str], list[str]]:
    """Return all lines of a form, and the lines of its body."""
    lines = [line.strip() for line in FORMS[name].strip().split("\n")]
    return [line.removeprefix(NOISE) for line in lines], [line for line in lines if not line.startswith(NOISE)]


def cut_dateline(line: str) -> str:
    """Return a line without the dateline of a wire."""
    return line.rsplit("(BUSINESS WIRE)--", maxsplit=1)[-1]


@pytest.mark.parametrize("name", FORMS)
def test_form_as_text(name: str) -> None:
    """The body of a form in plain text is its news and nothing else, and each character is accounted for."""
    lines, body = read_form(name)
    raw = "\n\n".join(["Ferry, port and harbour", *lines])
    article = clean_text(raw, "Ferry, port and harbour")
    assert article.body.split("\n\n") == [cut_dateline(line) for line in body]
    check_spans(raw, article)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("paragraph", ["<p>{}</p>", "{}<br><br>"])
def test_form_as_page(name: str, paragraph: str) -> None:
    """In a page, with paragraphs or line breaks, no line of the news is lost, and the other lines are removed."""
    lines, body = read_form(name)
    text = "".join(paragraph.format(line) for line in lines)
    raw = f"<html><head><title>Port</title></head><body><article><h1>Port</h1><div>{text}</div></article></body></html>"
    article = clean_html(raw)
    assert [line for line in body if cut_dateline(line) not in article.body] == []
    assert [line for line in lines if line not in body and line in article.body] == []
    check_spans(raw, article)


def test_datelines_of_wires_for_releases() -> None:
    """Place, day and wire of a press release are read from its dateline."""
    first = "TOLM, Norland, March 9, 2026 /PRNewswire/ -- Velmar Pumps opened its third plant on Monday, it said today."
    found = clean_text(first).dateline
    assert found is not None
    assert (found.place, str(found.date), found.agency) == ("TOLM, Norland", "2026-03-09", "PRNewswire")
    second = clean_text("DENBY--(BUSINESS WIRE)--Harrow Bank will close nine of its forty branches by June.").dateline
    assert second is not None
    assert (second.place, second.agency) == ("DENBY", "BUSINESS WIRE")


def test_parts_of_a_release_have_their_rules() -> None:
    """The record says which part of a press release each removed stretch is."""
    lines, _ = read_form("release of PR Newswire")
    rules = {span.rule for span in clean_text("\n\n".join(lines)).removed}
    assert {"release_notice", "about_company", "forward_looking", "contact"} <= rules


def test_a_story_may_have_such_headings() -> None:
    """In a text that is no press release, a heading about a company stays."""
    lines, body = read_form("brief of two paragraphs")
    text = "\n\n".join(
        [*lines, "About the harbour", "The harbour was built in 1911 by prisoners, and has never been paid for."]
    )
    assert "About the harbour" in clean_text(text).body
    assert all(line in clean_text(text).body for line in body)
