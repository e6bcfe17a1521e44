"""Structs of contracts: they read and write the same JSON as the contracts."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from annotated_types import Le, MinLen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime, Field
from pydantic.fields import FieldInfo

from services.contracts.base import Contract
from services.contracts.event import AnnotatedArticle, EnrichedArticle, Origin
from services.contracts.mention import MentionRow
from services.contracts.state.verdict_log import VerdictRecord
from services.contracts.stories.record import StoryRecord
from services.enrichment.structs import build_struct, read_struct, replace, to_struct
from services.outcomes import Reason


def build_contract(contract: type[Contract]) -> st.SearchStrategy[Any]:
    """Return a strategy for any value of a contract, derived from its fields."""
    fields = {name: build_value(info.annotation, info) for name, info in contract.model_fields.items()}
    return st.builds(lambda **values: contract.model_validate(values), **fields)


def build_value(kind: Any, info: FieldInfo | None = None) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one kind, one return
    origin, arguments = get_origin(kind), get_args(kind)
    if isinstance(kind, type) and issubclass(kind, Contract):
        return build_contract(kind)
    if origin is Annotated:
        return build_value(arguments[0], info)
    if origin in (Union, UnionType):
        return st.one_of(*map(build_value, arguments))
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple and arguments[-1:] == (Ellipsis,):
        shortest = find_bound(info, MinLen, "min_length", 0)
        return st.lists(build_value(arguments[0]), min_size=shortest, max_size=shortest + 1).map(tuple)
    if origin is dict:
        return st.dictionaries(*map(build_value, arguments), max_size=2)
    if origin is tuple:
        return st.tuples(*map(build_value, arguments))
    simple = {
        NoneType: st.none(),
        bool: st.booleans(),
        str: st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
        int: build_integer(info),
        AwareDatetime: st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])),
        Reason: st.sampled_from(Reason),
        float: st.floats(0, 1),
    }
    return simple[kind]


def build_integer(info: FieldInfo | None) -> st.SearchStrategy[int]:
    return st.integers(1, find_bound(info, Le, "le", 2**53))


def find_bound(info: FieldInfo | None, kind: type, name: str, default: int) -> int:
    metadata = info.metadata if info is not None else []
    return next((getattr(one, name) for one in metadata if isinstance(one, kind)), default)


def compare(found: Any, expected: Any) -> None:
    """Check that two values are equal, attribute by attribute, and have the same types."""
    if isinstance(expected, Contract):
        for name in type(expected).model_fields:
            compare(getattr(found, name), getattr(expected, name))
    elif isinstance(expected, tuple):
        assert isinstance(found, tuple) and len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            compare(one, other)
    elif isinstance(expected, dict):
        assert isinstance(found, dict)
        compare(tuple(found.values()), tuple(expected.values()))
        assert list(found) == list(expected)
    else:
        assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize("contract", [VerdictRecord, AnnotatedArticle, EnrichedArticle, MentionRow, StoryRecord])
def test_a_struct_reads_and_writes_as_its_contract(contract: type[Contract]) -> None:
    """Every value of a contract gives a struct with equal attributes of the same types, and equal bytes."""

    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(build_contract(contract))
    def check(model: Contract) -> None:
        value = model.to_bytes()
        struct = read_struct(contract, value)
        compare(struct, model)
        assert struct.to_bytes() == value
        assert to_struct(model) == struct

    check()


def test_a_copy_has_other_values() -> None:
    """A copy of a struct has the other values, and the struct stays as it was."""
    old = build_struct(Origin)(topic="a", partition=1, offset=2)
    assert replace(old, offset=3) == build_struct(Origin)(topic="a", partition=1, offset=3)
    assert old.offset == 2


def test_a_constraint_that_structs_lack_is_an_error() -> None:
    """A contract with a constraint that a struct would not check has no struct."""

    class Coded(Contract):
        code: Annotated[str, Field(pattern="[a-z]+")]

    with pytest.raises(TypeError, match="constraint"):
        build_struct(Coded)
