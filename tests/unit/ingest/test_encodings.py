"""Tests of the decoder for all sources."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.encodings import decode, decode_wide

GERMAN = "Der Stadtrat von Köln hat am Montag für eine neue Brücke über den Fluß gestimmt – „endlich“, sagte Groß."
JAPANESE = "市議会は月曜日、新しい橋の建設を承認した。髙橋市長は工事が三月に始まると述べた。①予算、②日程。"
CHINESE = "市议会星期一投票通过了修建新桥的计划。市长朱镕基说，工程将于三月开始，预计两年后完工。"
KOREAN = "시의회는 월요일 새 다리 건설을 승인했다. 시장은 공사가 3월에 시작된다고 말했다. 똠방각하 펲시."
RUSSIAN = "Городской совет в понедельник проголосовал за строительство нового моста через реку."
POLISH = "Rada miasta zagłosowała w poniedziałek za budową nowego mostu. Prace rozpoczną się w marcu."


def build_page(text: str, head: str = "", language: str = "") -> str:
    """Return a page with a text."""
    return f"<!doctype html><html{language}><head>{head}<title>x</title></head><body><p>{text}</p></body></html>"


@pytest.mark.parametrize(
    ("text", "label", "encoding"),
    [
        (CHINESE, "gb2312", "gb18030"), (JAPANESE, "Shift_JIS", "cp932"), (KOREAN, "euc-kr", "cp949"),
        (GERMAN, "iso-8859-1", "cp1252"), (RUSSIAN, "windows-1251", "cp1251"), (POLISH, "iso-8859-2", "iso8859-2"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("declaration", ['<meta charset="{}">', '<meta http-equiv=x content="text/html; charset={}">'])
def test_a_label_is_read_as_browsers_read_it(text: str, label: str, encoding: str, declaration: str) -> None:
    """A page that declares an old label and has characters of the encoding that replaced it is decoded whole."""
    page = build_page(text, declaration.format(label))

    decoded = decode(page.encode(encoding), form="page")

    assert (decoded.text, decoded.replaced, decoded.is_binary) == (page, 0, False)


def test_a_late_declaration_counts() -> None:
    """A charset that is declared behind a long script is found."""
    page = build_page(RUSSIAN, "<script>" + "x = 1;" * 20_000 + "</script><meta charset=koi8-r>")

    assert decode(page.encode("koi8-r"), form="page").text == page


@pytest.mark.parametrize(
    ("text", "encoding", "language"),
    [
        (GERMAN, "cp1252", ""), (JAPANESE, "cp932", ""), (CHINESE, "gb18030", ""), (KOREAN, "cp949", ""),
        (RUSSIAN, "cp1251", ""), (RUSSIAN, "koi8-r", " lang=ru"), (POLISH, "iso8859-2", ' lang="pl-PL"'),
    ],
)  # fmt: skip
def test_an_encoding_that_is_not_declared_is_found(text: str, encoding: str, language: str) -> None:
    """A page that declares no charset is decoded by what its bytes look like and by the language that it states."""
    page = build_page(text * 2, language=language)

    assert decode(page.encode(encoding), form="page").text == page


def test_a_broken_byte_costs_one_character() -> None:
    """Each broken byte among whole characters is one replacement character, and is counted."""
    body = GERMAN.encode().replace("Brücke".encode(), b"Br\xfccke")

    decoded = decode(body, "text/html; charset=utf-8", form="page")

    assert decoded.text == GERMAN.replace("Brücke", "Br\ufffdcke")
    assert decoded.replaced == 1


def test_a_replacement_character_of_the_document_is_not_counted() -> None:
    """A document that has the replacement character itself is decoded without a replacement."""
    assert decode("Z\ufffdrich".encode(), form="text").replaced == 0


def test_the_sent_charset_counts_first() -> None:
    """A charset of the transport wins over the declaration of the page if the bytes are not UTF-8."""
    page = build_page(RUSSIAN, "<meta charset=iso-8859-1>")

    assert decode(page.encode("cp1251"), "text/html; charset=windows-1251", form="page").text == page
    assert decode(CHINESE.encode("utf-16-le"), "text/plain; charset=utf-16", form="text").text == CHINESE


@pytest.mark.parametrize(
    "body", [b"\x89PNG\r\n\x1a\n\x00\x00\xff", b"\xff\xd8\xff\xe0\x00\x10JFIF", b"PK\x03\x04\x14\xb0"]
)
def test_bytes_that_are_no_text(body: bytes) -> None:
    """The first bytes of an image or an archive are no text."""
    assert decode(body, form="text").is_binary


def test_wide_encodings_become_utf8() -> None:
    """A document in UTF-16 becomes UTF-8, and any other document is unchanged."""
    assert decode_wide(GERMAN.encode("utf-16")) == GERMAN.encode()
    assert decode_wide(GERMAN.encode("cp1252")) == GERMAN.encode("cp1252")


@settings(deadline=None)
@given(
    st.binary(max_size=300), st.sampled_from(["", "text/html; charset=big5", "a; charset=\x00", "x; charset=utf-16"])
)
def test_any_bytes_are_decoded(body: bytes, content_type: str) -> None:
    """Any bytes become a text that UTF-8 can encode."""
    for form in ("page", "feed", "text"):
        decode(body, content_type, form=form).text.encode()


@settings(deadline=None)
@given(st.text(max_size=300))
def test_utf8_is_decoded_unchanged(text: str) -> None:
    """Valid UTF-8 is decoded as it is, whatever is declared."""
    expected = text.removeprefix("\ufeff")
    if "\0" not in text and "\x1b" not in text:
        assert decode(text.encode(), "text/plain; charset=gbk", form="text").text == expected
