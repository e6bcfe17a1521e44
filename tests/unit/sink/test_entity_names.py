"""Names of entities in routing rules."""

from __future__ import annotations

import pytest

from services.contracts.event import Entity, EntityType
from services.sink.rules.rules_file import parse_rules
from tests.support.events import build_entity, build_event


def matches(name: str, *entities: Entity, more: str = "") -> bool:
    """Return whether a rule for a name matches an article with these entities."""
    rules = f'version: 1\nroutes: [{{name: a, when: {{entity: {{name: "{name}"{more}}}}}}}]\n'
    return parse_rules(rules.encode(), "rules").match(build_event(entities=entities)) == ("a",)


@pytest.mark.parametrize(
    ("written", "name", "kind"),
    [
        ("Velmont", "Velmont Inc", "ORG"),
        ("Velmont", "Velmont, Inc.", "ORG"),
        ("Velmont GmbH", "Velmont", "ORG"),
        ("Velmont plc", "VELMONT LTD.", "ORG"),
        ("Grupo Ardea", "Grupo Ardea, S.A.B. de C.V.", "ORG"),
        ("Brandt & Sohn", "Brandt & Sohn GmbH & Co. KG", "ORG"),
        ("Fjordkraft", "Fjordkraft A/S", "ORG"),
        ("the Harbour Union", "Harbour Union", "ORG"),
        ("Deirdre O'Malley", "Deirdre O’Malley", "PER"),
        ("Deirdre O’Malley", "Deirdre O'Malley", "PER"),
        ("Joaquín Ibáñez", "Joaqui\u0301n Iba\u0301n\u0303ez", "PER"),
        ("Joaquin Ibanez", "Joaquín Ibáñez", "PER"),
        ("Sørine Bjørk", "SORINE BJORK", "PER"),
        ("Grzegorz Wółk", "Grzegorz Wolk", "PER"),
        ("Chancellor Ida Brandt", "Ida Brandt", "PER"),
        ("Weißensee", "WEISSENSEE", "LOC"),
        ("Mal\u00admö", "Malmö", "LOC"),
        ("横浜", "横浜", "LOC"),
        ("मुंबई", "मुंबई", "LOC"),
    ],
)
def test_a_name_matches_in_each_spelling(written: str, name: str, kind: EntityType) -> None:
    """Legal form, letter case, accents, apostrophes, titles and invisible characters make no difference."""
    assert matches(written, build_entity(name, kind))


@pytest.mark.parametrize(
    ("written", "name", "kind"),
    [
        ("Velmont", "Velmont Motors", "ORG"),
        ("Brandt", "Ida Brandt", "PER"),
        ("पत", "पिता", "PER"),
        ("ハリ", "バリ", "LOC"),
        ("Velmont", "Vermont", "LOC"),
    ],
)
def test_another_name_does_not_match(written: str, name: str, kind: EntityType) -> None:
    """A part of a name, a similar name and a name with other vowel signs do not match."""
    assert not matches(written, build_entity(name, kind))


@pytest.mark.parametrize("written", ["Velmont", "Velmont Motors", "VMO", "velmont motors holdings"])
def test_each_mention_is_a_name(written: str) -> None:
    """A rule finds an entity by the text of any of its mentions, not only by the name that the event shows."""
    entity = build_entity("Velmont Motors Holdings plc", "ORG", mentioned=["Velmont", "Velmont Motors", "VMO"])
    assert matches(written, entity)


def test_name_and_other_properties_hold_for_the_same_entity() -> None:
    """The name of one entity and the type of another do not make a match."""
    company = build_entity("Velmont", "ORG", salience=0.1)
    person = build_entity("Ida Brandt", "PER", salience=0.9)
    assert matches("Velmont", company, person, more=", type: ORG")
    assert not matches("Velmont", company, person, more=", type: PER")
    assert not matches("Velmont", company, person, more=", min_salience: 0.5")
    assert matches("Ida Brandt", company, person, more=", min_salience: 0.5")


def test_ten_thousand_names() -> None:
    """A rule with ten thousand names is read, and finds the last of them and no other name."""
    names = "\n".join(f"        - Harbour Works {number} Ltd" for number in range(10_000))
    text = f"version: 1\nroutes:\n- name: a\n  when:\n    entity:\n      name:\n{names}\n"
    rules = parse_rules(text.encode(), "rules")
    assert rules.match(build_event(entities=(build_entity("Harbour Works 9999", "ORG"),))) == ("a",)
    assert rules.match(build_event(entities=(build_entity("Harbour Works 10000", "ORG"),))) == ()
