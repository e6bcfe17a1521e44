"""Names of authors out of the texts in which pages and feeds put them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.text.author_names import is_person, split_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ingrid Larsen", ["Ingrid Larsen"]),
        ("By Ingrid Larsen and Rui Bragança", ["Ingrid Larsen", "Rui Bragança"]),
        ("BY INGRID LARSEN", ["INGRID LARSEN"]),
        ("Von Ingrid Larsen und Rui Bragança, dpa", ["Ingrid Larsen", "Rui Bragança"]),
        ("Par Ingrid Larsen et Rui Bragança", ["Ingrid Larsen", "Rui Bragança"]),
        ("Ingrid Larsen, Rui Bragança, and Timo Berg", ["Ingrid Larsen", "Rui Bragança", "Timo Berg"]),
        ("Rui (Duarte Lima) Bragança", ["Rui (Duarte Lima) Bragança"]),
        ("Ingrid Larsen; Rui Bragança", ["Ingrid Larsen", "Rui Bragança"]),
        ("Ingrid Larsen, Chief Correspondent", ["Ingrid Larsen"]),
        ("Ingrid Larsen ingrid@post.example", ["Ingrid Larsen"]),
        ("ingrid@post.example (Ingrid Larsen)", ["Ingrid Larsen"]),
        ("Ingrid Larsen <ingrid@post.example>", ["Ingrid Larsen"]),
        ("Larsen, Ingrid", ["Ingrid Larsen"]),
        ("Santiago Ramón y Cajal", ["Santiago Ramón y Cajal"]),
        ("Ana Ruiz Mora y Luis Vega Sol", ["Ana Ruiz Mora", "Luis Vega Sol"]),
        ("Martin King, Jr.", ["Martin King, Jr."]),
        ("Ingrid Larsen \U0001f58a", ["Ingrid Larsen"]),
        ("Se&amp;aacute;n O&#039;Dwyer", ["Seán O'Dwyer"]),
        ("Ursula von der Leyen", ["Ursula von der Leyen"]),
        ("Von der Leyen", ["Von der Leyen"]),
        ("Reuters", ["Reuters"]),
        ("ingrid-larsen", []),
        ("https://post.example/people/7", []),
        ("", []),
        ("田中太郎、鈴木花子", ["田中太郎", "鈴木花子"]),
        ("박서연 기자", ["박서연"]),
        ("최민호 특파원, 정하나 선임기자", ["최민호", "정하나"]),
        ("記者 陳大文", ["陳大文"]),
        ("編集委員　佐藤一郎", ["佐藤一郎"]),
        ("本报记者 赵敏", ["赵敏"]),
        ("Ingrid Larsen, 12 March 2024", ["Ingrid Larsen"]),
    ],
)
def test_names_are_split(text: str, names: list[str]) -> None:
    """The names are found without introductions, titles, addresses, accounts and, beside persons, agencies."""
    assert split_names(text) == names


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("Ingrid Larsen", True), ("Ursula von der Leyen", True), ("田中太郎", True), ("김민수", True),
        ("Newsroom", False), ("Post Staff", False), ("AP News", False), ("5 Minutes", False), ("the desk", False),
    ],
)  # fmt: skip
def test_persons_have_two_names(name: str, person: bool) -> None:
    """A person has two names with capitals, or a short one in a script without case; a desk is no person."""
    assert is_person(name) == person


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_split(text: str) -> None:
    """No text raises an exception, and no name is empty."""
    assert all(name.strip() for name in split_names(text))
