"""Structs with the fields of the contracts, for the records that match reads and writes by the hundreds of thousands.

msgspec reads, builds and writes JSON in a fraction of the time of pydantic. A struct is built from its contract, field
by field, so that the two cannot differ: names, types, defaults and bounds are the same, unknown fields are ignored, and
`to_bytes` returns the same bytes. A struct has the attributes of its contract and `to_bytes`, and no other method.

Values that pydantic would convert to another type are refused: only records that pydantic or a struct wrote are read.
"""

from __future__ import annotations

import types
from datetime import datetime
from functools import cache
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin

import annotated_types
import msgspec
from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from services.contracts.base import Contract

C = TypeVar("C", bound=Contract)

BOUNDS = {
    annotated_types.Ge: "ge",
    annotated_types.Gt: "gt",
    annotated_types.Le: "le",
    annotated_types.Lt: "lt",
    annotated_types.MinLen: "min_length",
    annotated_types.MaxLen: "max_length",
}
"""Bounds of pydantic, and the names that they have in msgspec."""

InvalidStructError = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""Exceptions of `read_struct`: msgspec ends at a depth of some hundred levels with a RecursionError."""

_encode = msgspec.json.Encoder().encode


class ContractStruct(msgspec.Struct, frozen=True, gc=False):
    """The base of all structs. The garbage collector ignores them, which is safe: no record refers to itself."""

    def to_bytes(self) -> bytes:
        """Return the bytes that the contract's `to_bytes` returns for the same values."""
        return _encode(self)


def build_struct(contract: type[C]) -> type[C]:
    """Return the struct of a contract; for the type checker it is the contract.

    Raises TypeError for a contract with a constraint that structs do not have.
    """
    return cast("type[C]", _define_struct(contract))


def read_struct(contract: type[C], value: bytes) -> C:
    """Return the struct of JSON. Raises one of `InvalidStructError` for bytes that are no record of the contract."""
    return cast("C", _build_decoder(contract).decode(value))


def to_struct(model: C) -> C:
    """Return the struct of a contract's model. Raises one of `InvalidStructError` for an integer above 64 bits."""
    return msgspec.convert(model, build_struct(type(model)), from_attributes=True)


def replace(struct: C, **changes: object) -> C:
    """Return a struct with some other values."""
    return cast("C", msgspec.structs.replace(cast("msgspec.Struct", struct), **changes))


@cache
def _define_struct(contract: type[Contract]) -> type[msgspec.Struct]:
    infos = contract.model_fields
    return msgspec.defstruct(
        contract.__name__,
        [_build_field(name, info) for name, info in infos.items()],
        bases=(ContractStruct,),
        frozen=True,
        gc=False,
        kw_only=True,
        omit_defaults=any(info.exclude_if is not None for info in infos.values()),
    )


@cache
def _build_decoder(contract: type[Contract]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(build_struct(contract))


def _build_field(name: str, info: FieldInfo) -> tuple[str, Any] | tuple[str, Any, Any]:
    kind = _bound(_translate(info.annotation), info.metadata)
    if info.is_required():
        return name, kind
    if info.default_factory is not None:
        return name, kind, msgspec.field(default_factory=cast("Any", info.default_factory))
    return name, kind, info.default


def _translate(kind: Any) -> Any:
    """Return the same type with structs in place of contracts, and msgspec's bounds in place of pydantic's."""
    if isinstance(kind, type) and issubclass(kind, Contract):
        return build_struct(kind)
    if kind is AwareDatetime:
        return Annotated[datetime, msgspec.Meta(tz=True)]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _bound(_translate(arguments[0]), arguments[1:])
    if origin in (Union, types.UnionType):
        return Union[tuple(map(_translate, arguments))]  # noqa: UP007 - the members are known only at run time
    if origin in (tuple, list, dict, frozenset):
        return origin[tuple(one if one is Ellipsis else _translate(one) for one in arguments)]
    return kind


def _bound(kind: Any, metadata: Any) -> Any:
    """Return a type with the bounds of pydantic's metadata."""
    bounds: dict[str, Any] = {}
    for item in metadata:
        for constraint in item.metadata if isinstance(item, FieldInfo) else (item,):
            name = BOUNDS.get(type(constraint))
            if name is None:
                raise TypeError(f"structs do not have the constraint {constraint!r}")
            bounds[name] = getattr(constraint, name)
    return Annotated[kind, msgspec.Meta(**bounds)] if bounds else kind
