"""Fast decoding of the verdict log: it accepts and rejects the same values as the contract."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from services.contracts.base import Contract
from services.contracts.state.verdict_log import VerdictRecord
from services.errors import PermanentError
from services.processor.match.verdict_decoder import decode_verdict

MINIMAL = (
    b'{"id":"a","event_time_ms":1,"signature":{"content_hash":"00","shingles":0},"duplicate":{"verdict":"original"}}'
)


def build_contract(contract: type[Contract]) -> st.SearchStrategy[Any]:
    """Return a strategy for any value of a contract, derived from its fields."""
    fields = {name: build_value(info.annotation, info) for name, info in contract.model_fields.items()}
    return st.builds(lambda **values: contract.model_validate(values), **fields)


def build_value(kind: Any, info: FieldInfo | None = None) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one kind, one return
    origin, arguments = get_origin(kind), get_args(kind)
    if isinstance(kind, type) and issubclass(kind, Contract):
        return build_contract(kind)
    if origin is Annotated:
        return build_value(arguments[0])
    if origin in (Union, UnionType):
        return st.one_of(*map(build_value, arguments))
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple and arguments[-1:] == (Ellipsis,):
        return st.lists(build_value(arguments[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(*map(build_value, arguments), max_size=2)
    if origin is tuple:
        return st.tuples(*map(build_value, arguments))
    simple = {
        NoneType: st.none(),
        bool: st.booleans(),
        str: st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
        int: st.integers(1, 2**53),
        float: st.floats(0, 1),
    }
    return simple[kind]


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


@settings(max_examples=100, deadline=None)
@given(build_contract(VerdictRecord))
def test_every_record_is_decoded_as_written(record: VerdictRecord) -> None:
    """Every record of the contract is decoded with equal attributes of the same types."""
    compare(decode_verdict(record.to_bytes()), record)


def test_unknown_fields_are_ignored_and_absent_ones_have_their_default() -> None:
    """Unknown fields are ignored and absent fields have their default, as in every reader of contracts."""
    record = VerdictRecord.model_validate_json(MINIMAL)
    compare(decode_verdict(MINIMAL), record)
    compare(decode_verdict(MINIMAL.replace(b'{"id"', b'{"later":[1],"id"')), record)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"id":1}',
        b"\xff",
        b'{"id":"\xff"}',
        MINIMAL.replace(b":1,", b":-1,"),
        MINIMAL.replace(b"original", b"odd"),
    ],
)
def test_an_invalid_record_is_rejected(value: bytes) -> None:
    """Broken JSON, broken UTF-8, absent fields and values out of bounds are rejected, as by the contract."""
    with pytest.raises(ValidationError):
        VerdictRecord.model_validate_json(value)
    with pytest.raises(PermanentError, match="not a record of the verdict log"):
        decode_verdict(value)
