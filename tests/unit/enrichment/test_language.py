"""Detection of an article's language."""

from __future__ import annotations

import socket
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.enrichment.language import DefaultLanguages, detect_language

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


def test_a_results_table_under_an_english_headline_is_english() -> None:
    """A table of figures says little; headline and abbreviations together look like no language but English."""
    for headline, table in (
        (
            "HALDEN PAPER INC 3RD QTR NET",
            "Shr 28 cts vs 22 cts\n\nNet 20.6 mln vs 16.1 mln\n\nSales 238.0 mln vs 188.8 mln",
        ),
        ("Norvia Pharma second-quarter results", "Oper shr 1.12 dlrs vs 98 cts\n\nRevs 640.2 mln vs 601.0 mln"),
        ("Bond prices at the close", "2-yr 98.12 up 0.08\n\n5-yr 97.40 up 0.11\n\n10-yr 95.02 down 0.20"),
        ("Culver Town v Lowick Rovers line-ups", "Barr; Hill, Frees, Adeyo; Moran, Perrin; Rolf, Tell 4-4-2 Ref: Vik"),
    ):
        assert detect_language(f"{headline}\n{table}", None).code == "en"


@pytest.mark.parametrize(
    "text",
    [
        "Statsråden sa mandag at hun går av. Hun vil ikke si hvorfor, men partiet ventet det.\n\nOpposisjonen krever "
        "valg før sommeren, og avisene skriver at ingen vil overta. Kommunene får vente på pengene til nye skoler.",
        "Fergen gikk på grunn utenfor Tarnvik lørdag kveld, melder kystvakten. Ingen ble skadet, og alle var i land "
        "før midnatt. Skipet er bygd i 1987 og skulle til Brisal. Kapteinen kastet begge ankrene, men det drev mot "
        "stranda.",
        "Politiet i Osterby ber om tips etter at en båt ble stjålet natt til søndag. Eieren så den sist ved brygga. "
        "Båten er hvit og har en påhengsmotor. Vitner som har sett noe på elva, bes ringe vakta på kvelden.",
    ],
)
def test_windows_that_agree_decide_between_close_languages(text: str) -> None:
    """Norwegian is told from Danish by several windows, of which none is certain, and a claim changes nothing."""
    found = detect_language(text, None)

    assert (found.code, found.basis) == ("no", "text")
    assert detect_language(text, "nb") == found


FLASHES = ["Fed cuts rates", "Quake hits Tavira", "Oil up 3 pct", "Mayor resigns", "Rates on hold"]


@pytest.mark.parametrize("text", FLASHES)
def test_a_flash_has_the_default_language(text: str) -> None:
    """A text of a few words has the language of the setting, which its basis says, and without a setting none."""
    found = detect_language(text, None, "en")

    assert (found.code, found.basis) == ("en", "default")
    assert found.confidence >= 0.1
    assert detect_language(text, None).code == "und"
    assert detect_language(text, "en-GB", "de").code == "en-GB"


@pytest.mark.parametrize("text", ["Київ", "Zürich brennt", "地震", "Incendie à Lyon", "2-1 (0-1)", "", SENTENCES["de"]])
def test_a_default_that_cannot_be_is_not_believed(text: str) -> None:
    """A text that looks like another language or like none does not get the default language."""
    assert detect_language(text, None, "en") == detect_language(text, None)


def test_a_source_may_have_a_default_of_its_own() -> None:
    """The setting for a source comes before the one for the installation; letter case and "www." do not matter."""
    defaults = DefaultLanguages("en", {"www.tarnposten.example": "no", "Die Post": "de"})

    assert defaults.find("tarnposten.example") == "no"
    assert defaults.find("DIE POST") == "de"
    assert defaults.find("other.example") == defaults.find(None) == "en"
    assert DefaultLanguages().find("other.example") is None


CHANGES = {
    "capitals": str.upper,
    "punctuation": lambda text: text.replace(" ", " - ").replace(".", "!"),
    "soft hyphens": "\u00ad".join,
    "decomposed accents": lambda text: unicodedata.normalize("NFD", text),
    "line breaks": lambda text: text.replace(" ", "\n"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_equal_words_have_one_language(code: str, change: Callable[[str], str]) -> None:
    """Texts with the same words have the same language and confidence, however they are written."""
    assert detect_language(change(SENTENCES[code]), None) == detect_language(SENTENCES[code], None)
