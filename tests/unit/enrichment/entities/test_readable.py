"""The text that the encoder reads instead of a field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrichment.entities import read_fields
from services.enrichment.entities.readable import make_readable
from tests.support.fake_encoder import FakeEncoder


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Ine\u0301s Quin\u0303o\u0301nez", "Inés Quiñónez"),
        ("Sho\u0323\u0301la\u0301 Ade\u0301", "Shọ́lá Adé".replace("\u0301", "")),
        ("Val\u00adpa\u00adrai\u00adso", "Valparaiso"),
        ("Mar\u200bta \ufeffLind\u2060qvist", "Marta Lindqvist"),
        ("\u2066Marta\u2069 spoke", "Marta spoke"),
        ("Griﬃn Oﬄey", "Griffin Offley"),
        ("Ｔarnby", "Tarnby"),
        ("𝗧𝗮𝗿𝗻𝗯𝘆", "Tarnby"),
        ("😀Marta Lindqvist🎉🎉", " Marta Lindqvist  "),
        ("Tarnby🇩🇰, Velm👩\u200d🚒!", "Tarnby  , Velm  !"),
        ("Solvara™ and Velm®", "Solvara  and Velm "),
        ("O\u02bcRourke and D‘Arcy", "O’Rourke and D’Arcy"),
    ],
)
def test_what_breaks_a_word_is_read_otherwise(written: str, text: str) -> None:
    """Accents are composed, invisible characters left out, and symbols at a letter become blanks."""
    assert make_readable(written).text == text


@pytest.mark.parametrize("text", ["", "plain", "“Zoë’s” – naïve…", "5 °C → 6 °C 😀", "Hindi: हिन्दी", "中文"])
def test_other_text_stays_as_written(text: str) -> None:
    """Letters outside ASCII and symbols between blanks are read as they are."""
    assert make_readable(text).text == text


def test_a_span_of_the_readable_text_is_found_in_the_field() -> None:
    """A name without its soft hyphens is the whole name in the field, and nothing around it."""
    field = "\u200bJose\u0301 Pe\u00adn\u0303a\u00ad said"
    readable = make_readable(field)
    start, end = readable.locate(0, len("José Peña"))
    assert field[start:end] == "Jose\u0301 Pe\u00adn\u0303a"
    assert readable.locate(readable.text.index("said"), len(readable.text)) == (field.index("said"), len(field))


@pytest.mark.parametrize("name", ["Mara Lindqvist", "Tarnby", "Harbour Authority"])
@pytest.mark.parametrize("glue", ["\u00ad", "\u200b", "\ufeff", "\u2060\u200d"])
def test_a_name_with_invisible_characters_is_the_name(name: str, glue: str) -> None:
    """A mention has the exact text of the field, and the entity has a clean name."""
    written = name[:3] + glue + name[3:]
    (entity,) = read_fields({"body": f"So said {written}."}, FakeEncoder(), 100).entities
    (mention,) = entity.mentions
    assert mention.text == written
    assert entity.name == name


_PIECES = st.sampled_from(
    ["Mara Lindqvist", "Tarnby", "e\u0301", "\u00ad", "\u200d", "😀", "ﬁ", "™", " ", ".", "\n\n", "\u0301"]
)


@given(st.lists(_PIECES).map("".join))
def test_offsets_are_exact_whatever_the_text(text: str) -> None:
    """Each part of the readable text is at its place in the field, in order, and mentions are exact."""
    readable = make_readable(text)
    places = [readable.locate(place, place + 1) for place in range(len(readable.text))]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert places == sorted(places)
    for entity in read_fields({"body": text}, FakeEncoder(), 1000).entities:
        for mention in entity.mentions:
            assert text[mention.start : mention.end] == mention.text


@given(st.text())
def test_any_text_is_made_readable(text: str) -> None:
    """No text makes it fail, and a readable text stays as it is."""
    readable = make_readable(text)
    assert readable.written == text
    assert make_readable(readable.text).text == readable.text
