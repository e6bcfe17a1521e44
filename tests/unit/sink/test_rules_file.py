"""Files of routing rules: what is read from them, and how an invalid file is rejected."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.errors import ConfigurationError
from services.sink.rules import EXAMPLE_RULES, read_rules
from services.sink.rules.rules_file import parse_rules
from tests.support.events import build_entity, build_event


def test_an_event_goes_to_every_matching_route() -> None:
    """All matching routes are returned in the order of the file; the default route is not among them."""
    rules = parse_rules(
        b"{version: 1, default: rest, routes: [{name: b, when: always}, {name: a, when: {language: en}}]}", "rules"
    )
    assert rules.match(build_event()) == ("b", "a")
    assert rules.match(build_event(language="de")) == ("b",)
    assert rules.names == ("b", "a", "rest")


def test_a_file_in_another_encoding_names_the_line_and_the_byte() -> None:
    """A rules file that is not UTF-8 is an error with the line of the first wrong byte."""
    with pytest.raises(ConfigurationError, match="rules:2: byte 0xe9 is not UTF-8; save the file as UTF-8"):
        parse_rules(b"version: 1\n# caf\xe9\n", "rules")


ROUTE = "version: 1\nroutes:\n  - name: a\n    when: "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "rules:1: the file is empty; begin with version: 1 and routes"),
        ("[]", "rules:1: document: expected a mapping"),
        ("version: 1\nroutes: []", "rules:2: routes: expected a list with at least one item"),
        ("version: 2\nroutes: [{name: a, when: always}]", "rules:1: version: '2' is not one of: 1"),
        ("routes: [{name: a, when: always}]", "document: the field version is missing"),
        ("version: 1\nroutes:\n  - name: a", "rules:3: routes[0]: the field when is missing"),
        ("version: 1\nroutes:\n  - when: always", "rules:3: routes[0]: the field name is missing"),
        ("version: 1\nroutes:\n  - {name: A, when: always}", "rules:3: routes[0].name: 'A' is not a valid route name"),
        ("version: 1\nroutes:\n  - {name: a--b, when: always}", "is not a valid route name"),
        (f"version: 1\nroutes:\n  - {{name: {'a' * 61}, when: always}}", "is not a valid route name"),
        (
            "version: 1\nroutes:\n  - {name: a, when: always}\n  - {name: a, when: always}",
            "rules:4: routes[1].name: the route a is already defined in line 3",
        ),
        ("version: 1\nversion: 1\nroutes: []", "rules:2: version: the field occurs twice"),
        (
            "version: 1\nroutes: [{name: a, when: always}]\ndefault: B",
            "rules:3: default: 'B' is not a valid route name",
        ),
        (
            "version: 1\nroutes:\n  - {name: a, when: always}\ndefault: {name: a, body: false}",
            "rules:4: default: the route a has its options in line 3; write only its name here",
        ),
        ("version: 1\nroutes: [{name: a, when: always}]\ndefault: {body: false}", "default: the field name is missing"),
        ("version: 1\nroutes: [{name: a, when: always, body: no}]", "routes[0].body: 'no' is not one of: true, false"),
        ("version: 1\nroutes: [{name: a, when: always, from: x}]", "routes[0].from: unknown field; the known fields"),
        ("version: 1\nroute: []", "rules:2: route: unknown field; the known fields are: version, routes,"),
        ("version: 1\nroute: []", "did you mean routes?"),
        (ROUTE + "sometimes", "rules:4: routes[0].when: 'sometimes' is not one of: always"),
        (ROUTE + "{}", "rules:4: routes[0].when: a condition needs at least one field"),
        (
            ROUTE + "\n      langauge: en",
            "rules:5: routes[0].when.langauge: unknown field; the known fields are: language,",
        ),
        (ROUTE + "\n      langauge: en", "did you mean language?"),
        (ROUTE + "{language: }", "routes[0].when.language: expected a text"),
        (ROUTE + "{language: []}", "routes[0].when.language: expected a list with at least one item"),
        (
            ROUTE + "{entity: {type: PERSON}}",
            "routes[0].when.entity.type: 'PERSON' is not one of: PER, ORG, LOC, MISC; did you mean PER?",
        ),
        (
            ROUTE + "{entity: {id: Apple}}",
            "routes[0].when.entity.id: 'Apple' is not an id; write a Wikidata id",
        ),
        (ROUTE + "{country: UK}", "rules:4: routes[0].when.country: 'UK' is not a country code"),
        (ROUTE + "{country: Kenya}", "is not a country code of two letters"),
        (ROUTE + "{entity: {}}", "routes[0].when.entity: an entity needs at least one of"),
        (ROUTE + "{entity: {min_salience: 2}}", "routes[0].when.entity.min_salience: 2 is not between 0 and 1"),
        (ROUTE + "{entity: {min_salience: nan}}", "nan is not between 0 and 1"),
        (ROUTE + "{entity: {min_salience: much}}", "'much' is not a number"),
        (ROUTE + "{sentiment: bad}", "routes[0].when.sentiment: 'bad' is not one of: negative, neutral, positive"),
        (ROUTE + "{sentiment: {min_probability: 0.5}}", "routes[0].when.sentiment: the field polarity is missing"),
        (ROUTE + "{any: {language: en}}", "routes[0].when.any: expected a list"),
        (ROUTE + "{all: []}", "rules:4: routes[0].when.all: expected a list with at least one item"),
        (ROUTE + "{any: []}", "rules:4: routes[0].when.any: expected a list with at least one item"),
        (ROUTE + "{not: []}", "rules:4: routes[0].when.not: expected a mapping"),
        (ROUTE + "{language: english}", "rules:4: routes[0].when.language: 'english' is not a language code"),
        (ROUTE + "{language: english}", "did you mean en?"),
        (ROUTE + "{language: [en,\n      xx]}", "rules:5: routes[0].when.language[1]: 'xx' is not a language code"),
        (ROUTE + "{language: en_GB}", "did you mean en-GB?"),
        (ROUTE + '{source: "https://"}', "rules:4: routes[0].when.source: 'https://' has no host and no name"),
        (
            ROUTE + '{source: "*.bbc.co.uk"}',
            "has a wildcard; a host matches all hosts below it; did you mean bbc.co.uk?",
        ),
        (ROUTE + '{source: "a.example, b.example"}', "did you mean [a.example, b.example]?"),
        (ROUTE + """{headline: "'"}""", 'rules:4: routes[0].when.headline: "\'" has no letter and no digit'),
        (ROUTE + '{headline: [port, "..."]}', "routes[0].when.headline[1]: '...' has no letter and no digit"),
        (ROUTE + '{body: "\\u200b"}', "routes[0].when.body: '\\u200b' has no letter and no digit"),
        (
            ROUTE + "{body: elect*}",
            "'elect*' has a wildcard, which rules do not know; list all words; did you mean elect?",
        ),
        (ROUTE + "{headline: null}", "routes[0].when.headline: expected a text, but it is empty"),
        (ROUTE + '{entity: {name: ""}}', "rules:4: routes[0].when.entity.name: expected a text, but it is empty"),
        (ROUTE + "{entity: {name: ~}}", "rules:4: routes[0].when.entity.name: expected a text, but it is empty"),
        (ROUTE + '{entity: {name: "- -"}}', "routes[0].when.entity.name: '- -' has no letter and no digit"),
        (ROUTE + "{missing: sentimant}", "'sentimant' is not one of: language, source,"),
        (ROUTE + "{missing: sentimant}", "did you mean sentiment?"),
        (ROUTE + "{missing: verdict}", "routes[0].when.missing: 'verdict' is not one of"),
        (
            ROUTE + "{verdict: retracted}",
            "routes[0].when.verdict: 'retracted' is not one of: original, exact, near, update, excerpt",
        ),
        (ROUTE + "{not: " * 9 + "always" + "}" * 9, "conditions are nested deeper than 8 levels"),
        (ROUTE + "[" * 100, "rules:4: the document is nested deeper than 40 levels"),
        ("version: &v 1\nroutes: *v", "rules:1: anchors and aliases are not allowed"),
        ("version: 1\nroutes: [", "rules:2: this is not YAML, from this line or the one before it: "),
        ("version: 1\n\troutes: x", "rules:2: a tab begins this line; YAML allows only spaces there"),
        ("version: \x00", "rules"),
    ],
)
def test_an_invalid_file_is_rejected_with_line_and_field(text: str, message: str) -> None:
    """The error names the file, the line, the field and the expected value."""
    with pytest.raises(ConfigurationError) as caught:
        parse_rules(text.encode(), "rules")
    assert message in str(caught.value)


def test_every_problem_is_reported_in_the_order_of_the_lines() -> None:
    """One reading of the file reports each problem with its line, and no problem hides another one."""
    content = """version: 3
routes:
  - name: Mixed Case
    form: xml
    when:
      langage: en
      verdict: original
      any:
        - sentiment: sad
        - not: {source: []}
  - {name: b, when: always, topic: b, body: maybe}
  - {name: b, when: {}}
default: C
tests:
  - {name: unknown route, article: text, routes: [c]}
  - {article: text, routes: [b]}
rest: 1
"""
    with pytest.raises(ConfigurationError) as caught:
        parse_rules(content.encode(), "rules")
    places = [line.split(": ")[:2] for line in str(caught.value).splitlines()]
    assert places == [
        ["rules:1", "version"],
        ["rules:3", "routes[0].name"],
        ["rules:4", "routes[0].form"],
        ["rules:6", "routes[0].when.langage"],
        ["rules:9", "routes[0].when.any[0].sentiment"],
        ["rules:10", "routes[0].when.any[1].not.source"],
        ["rules:11", "routes[1].topic"],
        ["rules:11", "routes[1].body"],
        ["rules:12", "routes[2].name"],
        ["rules:12", "routes[2].when"],
        ["rules:13", "default"],
        ["rules:15", "tests[0].routes[0]"],
        ["rules:16", "tests[1]"],
        ["rules:17", "rest"],
    ]


TESTS = "version: 1\nroutes: [{name: a, when: always}, {name: b, when: always}]\ndefault: rest\ntests:\n"


def test_expectations_are_read() -> None:
    """A test has an article, by its fields or its text alone, a verdict, and its routes: several, one or none."""
    first, second, third = parse_rules(
        TESTS.encode()
        + b"  - {name: one, article: {title: T, content: C}, verdict: near, routes: [b, a, b]}\n"
        + b"  - {name: two, article: Some text, routes: rest}\n  - {name: three, article: Text, routes: []}\n",
        "rules",
    ).expectations
    assert (first.name, first.article, first.verdict) == ("one", {"title": "T", "content": "C"}, "near")
    assert (first.routes, first.line) == (("b", "a"), 5)
    assert (second.article, second.verdict, second.routes) == ({"content": "Some text"}, "original", ("rest",))
    assert third.routes == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("  - {name: x, article: y}", "rules:5: tests[0]: the field routes is missing"),
        ("  - {name: x, article: y, routes: [a, reste]}", "tests[0].routes[1]: 'reste' is not one of: a, b, rest; did"),
        ("  - {name: x, article: {}, routes: a}", "tests[0].article: expected a text, or a mapping"),
        ("  - {name: x, article: [y], routes: a}", "tests[0].article: expected a text, or a mapping"),
        ("  - {name: x, article: y, routes: a, verdict: exakt}", "did you mean exact?"),
        ("  - {name: x, artcle: y, routes: a}", "tests[0].artcle: unknown field"),
        ("  - {name: x, article: y, routes: {a: b}}", "tests[0].routes: expected a text"),
    ],
)
def test_an_invalid_expectation_is_rejected(text: str, message: str) -> None:
    """A wrong test is an error of the file, with its line."""
    with pytest.raises(ConfigurationError) as caught:
        parse_rules(f"{TESTS}{text}".encode(), "rules")
    assert message in str(caught.value)


def test_a_default_route_has_options() -> None:
    """A default route that no rule describes can have a form and leave the text out."""
    rules = parse_rules(
        b"version: 1\nroutes: [{name: a, when: always, form: ninjs}]\ndefault: {name: rest, body: false}", "rules"
    )
    assert rules.names == ("a", "rest")
    assert (rules.get_options("a").form, rules.get_options("a").has_text) == ("ninjs", True)
    assert (rules.get_options("rest").form, rules.get_options("rest").has_text) == ("event", False)


def test_sizes_are_bounded() -> None:
    """A file with too many bytes and a file with too many routes are rejected."""
    with pytest.raises(ConfigurationError, match="at most 1048576 are allowed"):
        parse_rules(b" " * 1_048_577, "rules")
    routes = "".join(f"  - {{name: r{number}, when: always}}\n" for number in range(201))
    with pytest.raises(ConfigurationError, match="201 routes; at most 200"):
        parse_rules(f"version: 1\nroutes:\n{routes}".encode(), "rules")


def test_an_unreadable_file_is_rejected(tmp_path: Path) -> None:
    """A file that is not UTF-8 and a file that does not exist are rejected."""
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        parse_rules(b"\xff", "rules")
    with pytest.raises(ConfigurationError, match="No such file"):
        read_rules(tmp_path / "none.yaml")


def test_the_example_rules_are_valid() -> None:
    """The example has the routes that it describes, and a default route for all other events."""
    rules = read_rules(EXAMPLE_RULES)
    assert rules.names == (
        "english-originals",
        "people",
        "carmakers",
        "negative-companies",
        "world-news",
        "duplicates",
        "everything-else",
    )
    company = build_entity("Acme", "ORG", salience=0.7, polarity="negative")
    assert rules.match(build_event(entities=(company,))) == ("english-originals", "negative-companies")
    assert rules.match(build_event(language="de", verdict="exact")) == ("duplicates",)
    carmaker = build_entity("Tesla Inc", "ORG")
    assert rules.match(build_event(language="de", verdict="near", entities=(carmaker,))) == ("carmakers", "duplicates")


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.floats(), st.text(max_size=20)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(
                st.sampled_from(["version", "routes", "name", "when", "language", "entity", "not", "any", "x"]),
                inner,
                max_size=4,
            ),
        ),
        max_leaves=20,
    )
)
def test_every_document_is_read_or_rejected(document: object) -> None:
    """Reading any YAML document succeeds or raises ConfigurationError, and nothing else."""
    try:
        parse_rules(yaml.safe_dump(document, allow_unicode=True).encode(), "rules")
    except ConfigurationError:
        return
