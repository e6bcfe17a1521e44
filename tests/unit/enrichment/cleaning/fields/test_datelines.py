"""Datelines, and texts that only look like datelines."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.enrichment.cleaning.fields.datelines import find_dateline

REFERENCE = datetime(2026, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("head", "place", "date", "agency"),
    [
        ("July 4 (UPI) -- ", None, "2025-07-04", "UPI"),
        ("ASTANA, Kazakhstan, July 4 (Reuters) -- ", "ASTANA, Kazakhstan", "2025-07-04", "Reuters"),
        ("LONDON (AP) — ", "LONDON", None, "AP"),
        ("SALVADOR, Feb 26 - ", "SALVADOR", "2026-02-26", None),
        ("NEW YORK, N.Y. (Reuters) - ", "NEW YORK, N.Y.", None, "Reuters"),
        ("ST. LOUIS, Dec. 30, 2019 (AP) – ", "ST. LOUIS", "2019-12-30", "AP"),
        ("Bergen, 9 March (dpa) - ", "Bergen", "2026-03-09", "dpa"),
        ("(Reuters) - ", None, None, "Reuters"),
        ("PARIS — ", "PARIS", None, None),
        ("March 9 (Northwire) -- ", None, "2026-03-09", "Northwire"),
        ("VALLETTA (Baltic Press) — ", "VALLETTA", None, "Baltic Press"),
        ("VALLETTA - 9 March 2026: ", "VALLETTA", "2026-03-09", None),
        ("VALLETTA– 9 March: ", "VALLETTA", "2026-03-09", None),
        ("NEW DELHI: ", "NEW DELHI", None, None),
        ("TOLM, March 9, 2026 /PRNewswire/ -- ", "TOLM", "2026-03-09", "PRNewswire"),
        ("TOLM--(BUSINESS WIRE)--", "TOLM", None, "BUSINESS WIRE"),
        ("LÜNEBURG, 9. März (dpa) - ", "LÜNEBURG", "2026-03-09", "dpa"),
        ("Lüneburg (dpa/lni) - ", "Lüneburg", None, "dpa/lni"),
        ("Freising/Wien, Montag, 9. März 2026 (kna) – ", "Freising/Wien", "2026-03-09", "kna"),
        ("LÜNEBURG - ", "LÜNEBURG", None, None),
        ("ANNECY, 9 mars (AFP) - ", "ANNECY", "2026-03-09", "AFP"),
        ("Boulogne-sur-Mer, 9 mars 2026 (AFP) – ", "Boulogne-sur-Mer", "2026-03-09", "AFP"),
        ("Annecy, le 9 mars 2026 (AFP) - ", "Annecy", "2026-03-09", "AFP"),
        ("Lüneburg, den 9. März - ", "Lüneburg", "2026-03-09", None),
        ("Sevilla, 9 mar (EFE).- ", "Sevilla", "2026-03-09", "EFE"),
        ("SEVILLA, 9 (NOTICIAS DEL SUR) - ", "SEVILLA", None, "NOTICIAS DEL SUR"),
        ("Ribeirão Preto, 9 de março de 2026 (Agência Sul) - ", "Ribeirão Preto", "2026-03-09", "Agência Sul"),
        ("RIBEIRÃO PRETO, 9 mar (Agência Sul) -", "RIBEIRÃO PRETO", "2026-03-09", "Agência Sul"),
        ("(ANSA) - BARI, 09 MAR - ", "BARI", "2026-03-09", "ANSA"),
        ("EINDHOVEN (ANP) - ", "EINDHOVEN", None, "ANP"),
        ("Łódź (PAP) – ", "Łódź", None, "PAP"),
        ("ŁÓDŹ, 9 marca - ", "ŁÓDŹ", "2026-03-09", None),
        ("İZMİR, 9 Mart (AA) - ", "İZMİR", "2026-03-09", "AA"),
        ("КАЗАНЬ, 9 марта. /ТАСС/. ", "КАЗАНЬ", "2026-03-09", "ТАСС"),
        ("КИЇВ, 9 березня — ", "КИЇВ", "2026-03-09", None),
        ("新华社杭州3月9日电（记者 李明）", "杭州", "2026-03-09", "新华社"),
        ("(부산=연합뉴스) 김철수 기자 = ", "부산", None, "연합뉴스"),
        ("【札幌共同】", "札幌", None, "共同"),
    ],
)
def test_datelines(head: str, place: str | None, date: str | None, agency: str | None) -> None:
    """Place, date and agency of a dateline are found, whichever of them it has."""
    found = find_dateline(f"{head}The council voted on Monday.", REFERENCE)

    assert found is not None
    assert (found.dateline.place, found.dateline.date, found.dateline.agency) == (place, date, agency)
    assert found.length == len(head)


@pytest.mark.parametrize(
    "text",
    [
        "Ingrid Larsen - the mayor - said so.",
        "The Bergen (AP) office closed.",
        "I went - home.",
        "LONDON: the city and its bridges",
        "BREAKING NEWS: The council voted on Monday.",
        "UPDATE — The council voted on Monday.",
        "Result: The council voted on Monday.",
        "VALLETTA - 9 boats left.",
        "- an item",
        "July was hot.",
        "March 9 was a Monday.",
        "Larsen (UPI) wrote it down.",
        "(Northwire) -- the agency - said so.",
        "LÜNEBURG - the town of salt - grew.",
        "EXKLUSIV - Die Stadt wuchs.",
        "Ingrid Larsen (SPD) - Die Abgeordnete sprach.",
        "Am 9. März - einem Montag - wurde gewählt.",
        "Die 9 Boote - alle neu - fuhren.",
        "Zwei Orte, Ulm und Bonn - beide am Fluss - stimmten zu.",
        "Ingrid Larsen (Labour) — who voted for it — was pleased.",
        "",
    ],
)
def test_a_text_without_a_dateline(text: str) -> None:
    """Names, dashes and dates in a sentence are no dateline."""
    assert find_dateline(text, REFERENCE) is None


def test_without_a_reference_a_date_needs_its_year() -> None:
    """Without a reference, "July 4" has no year, and the dateline has no date."""
    found = find_dateline("July 4 (UPI) -- The council voted.", None)

    assert found is not None
    assert found.dateline.date is None
