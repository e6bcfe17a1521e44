"""Publishers in routing rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sink.rules.conditions.sources import fold_source, list_parents


@pytest.mark.parametrize(
    "written",
    [
        "tarnby-post.example",
        "www.tarnby-post.example",
        "WWW.Tarnby-Post.Example",
        "https://tarnby-post.example",
        "https://www.tarnby-post.example/",
        "http://tarnby-post.example:8080/sport?page=2#top",
        "//www.tarnby-post.example/a",
        "tarnby-post.example/sport",
        " tarnby-post.example. ",
        "www2.tarnby-post.example",
        "https://editor:secret@tarnby-post.example/a",
    ],
)
def test_a_host_has_one_form(written: str) -> None:
    """Scheme, www, port, path and letter case make no difference."""
    assert fold_source(written) == "tarnby-post.example"


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("The Tarnby  Post", "the tarnby post"),
        ("AFP/Reuters", "afp/reuters"),
        ("24/7 Tarnby", "24/7 tarnby"),
        ("St. Olav Tidende", "st. olav tidende"),
        ("www.no", "www.no"),
        ("xn--ygarden-p1a.example", "øygarden.example"),
        ("Øygarden.example", "øygarden.example"),
        ("https://", ""),
        ("http://[", "http://["),
    ],
)
def test_other_publishers(written: str, folded: str) -> None:
    """A name is no host, and an internationalised host is in Unicode."""
    assert fold_source(written) == folded


def test_parents_of_a_host() -> None:
    """A host has the hosts above it, and a name has none."""
    assert list(list_parents("sport.tarnby.example")) == ["sport.tarnby.example", "tarnby.example", "example"]
    assert list(list_parents("st. olav tidende")) == ["st. olav tidende"]


@given(st.text())
def test_every_text_is_folded(text: str) -> None:
    """Any source has a form, and at least one host or name to compare."""
    assert next(list_parents(fold_source(text))) == fold_source(text)
