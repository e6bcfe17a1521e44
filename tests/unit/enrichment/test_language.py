"""Detection of an article's language."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.enrichment.language import detect_language

SENTENCES = {
    "en": "The council said on Tuesday that the new bridge across the harbour would open in the spring.",
    "de": "Der Stadtrat teilte am Dienstag mit, dass die neue Brücke über den Hafen im Frühjahr eröffnet wird.",
    "es": "El ayuntamiento dijo el martes que el nuevo puente sobre el puerto se abrirá en primavera.",
    "fr": "Le conseil municipal a déclaré mardi que le nouveau pont sur le port ouvrirait au printemps.",
    "pt": "A câmara municipal disse na terça-feira que a nova ponte sobre o porto abrirá na primavera.",
    "it": "Il comune ha detto martedì che il nuovo ponte sul porto aprirà in primavera con una festa.",
    "ru": "Городской совет сообщил во вторник, что новый мост через гавань откроется весной.",
    "ar": "قال المجلس يوم الثلاثاء إن الجسر الجديد فوق الميناء سيفتتح في الربيع المقبل.",
    "zh": "市议会周二表示，横跨港口的新桥将于春季开放，届时将举行庆祝活动。",
    "ja": "市議会は火曜日、港にかかる新しい橋が春に開通すると発表した。",
    "ko": "시의회는 화요일 항구를 가로지르는 새 다리가 봄에 개통될 것이라고 밝혔다.",
    "th": "สภาเทศบาลกล่าวเมื่อวันอังคารว่าสะพานใหม่ข้ามท่าเรือจะเปิดในฤดูใบไม้ผลิ",
}


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_one_sentence_is_enough(code: str) -> None:
    """One sentence of news is enough to detect each of twelve languages, with a confidence from 0.6 to 1."""
    found = detect_language(SENTENCES[code], None)

    assert found.code == code
    assert 0.6 <= found.confidence <= 1.0


@pytest.mark.parametrize("text", ["", "   \n", "Yes.", "2-1 (0-1)", "12345 67890 100.0 200 300 400 500", "😀 😀 😀"])
def test_too_little_text_is_unknown(text: str) -> None:
    """A text without words, with one word or with digits only has no language and no confidence."""
    found = detect_language(text, None)

    assert (found.code, found.confidence) == ("und", 0.0)


@pytest.mark.parametrize("other", ["de", "es", "ja", "ar"])
def test_a_text_in_two_languages_is_unknown(other: str) -> None:
    """A text that changes its language halfway is unknown."""
    one, two = SENTENCES["en"] * 5, SENTENCES[other] * 20

    assert detect_language(f"{one}\n\n{two[: len(one)]}", None).code == "und"


def test_a_quotation_changes_nothing() -> None:
    """A paragraph in another language does not change the language of a long article."""
    text = "\n\n".join([SENTENCES["en"] * 4, SENTENCES["es"], SENTENCES["en"] * 4])

    assert detect_language(text, None).code == "en"


def test_the_sources_claim_is_used_only_in_doubt() -> None:
    """A confident detection overrules the source's claim; without a detection the claim is used."""
    assert detect_language(SENTENCES["de"], "en").code == "de"
    assert detect_language("Yes.", "EN-gb").code == "en-GB"
    assert detect_language("Yes.", "zh-hant").code == "zh-Hant"
    assert detect_language("Yes.", "en").confidence == 0.0


def test_capitals_do_not_matter() -> None:
    """A text in capitals has the same language as in small letters."""
    assert detect_language(SENTENCES["en"].upper(), None).code == "en"


def test_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Detection opens no socket, because its model is in the package."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)

    assert detect_language(SENTENCES["fr"], None).code == "fr"


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=600))
def test_detection_is_deterministic_for_any_text(text: str) -> None:
    """Detection answers for any text, always with the same language and with a confidence between 0 and 1."""
    first = detect_language(text, None)

    assert first == detect_language(text, None)
    assert first.code
    assert 0.0 <= first.confidence <= 1.0


MORE = {
    "he": "מועצת העיר הודיעה ביום שלישי כי הגשר החדש מעל הנמל ייפתח באביב הקרוב לתנועה.",
    "hi": "नगर परिषद ने मंगलवार को कहा कि बंदरगाह पर बना नया पुल वसंत में खुल जाएगा।",
}


@pytest.mark.parametrize("code", sorted(MORE))
def test_other_scripts(code: str) -> None:
    """One sentence is enough to detect Hebrew and Hindi."""
    assert detect_language(MORE[code], None).code == code


@pytest.mark.parametrize("code", sorted(SENTENCES | MORE))
def test_a_cut_sentence_is_right_or_unknown(code: str) -> None:
    """The beginning of a sentence, however short, is never detected as another language."""
    sentence = (SENTENCES | MORE)[code]

    found = {detect_language(sentence[:length], None).code for length in range(4, len(sentence), 4)}

    assert found <= {code, "und"}
