"""Reading verdicts back from the log at the speed that a restart wants: 2 us a record where pydantic takes 15.

A million records are read back at a start. msgspec decodes them into structs that are built here from the contract
itself, field by field, so that the two cannot part: same names, types, defaults and bounds, and unknown fields are
passed over. What pydantic would convert is refused, which costs nothing: the log has what `VerdictRecord` wrote.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Annotated, Any, Union, cast, get_args, get_origin

import annotated_types
import msgspec
from pydantic.fields import FieldInfo

from services.contracts.base import Contract
from services.contracts.verdict_log import VerdictRecord
from services.errors import PermanentError


def decode_verdict(value: bytes) -> VerdictRecord:
    """What can be read as a VerdictRecord can be, attribute by attribute, and nothing more.

    Raises PermanentError for bytes that are none.
    """
    try:
        return _decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise PermanentError(f"not a record of the verdict log: {error}") from error


def _build_struct(contract: type[Contract]) -> type[msgspec.Struct]:
    """A struct with the contract's fields. `gc=False`: no record refers to itself."""
    fields = [_build_field(name, info) for name, info in contract.model_fields.items()]
    return msgspec.defstruct(contract.__name__, fields, frozen=True, gc=False, kw_only=True)


def _build_field(name: str, info: FieldInfo) -> tuple[str, Any] | tuple[str, Any, Any]:
    kind = _translate(info.annotation)
    if bounds := _find_bounds(info.metadata):
        kind = Annotated[kind, msgspec.Meta(**bounds)]
    if info.is_required():
        return name, kind
    factory = info.default_factory if info.default_factory is not None else lambda: info.default
    return name, kind, msgspec.field(default_factory=cast(Callable[[], Any], factory))


def _translate(kind: Any) -> Any:
    """The same type with contracts replaced by structs, and pydantic's bounds by msgspec's."""
    if isinstance(kind, type) and issubclass(kind, Contract):
        return _build_struct(kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        bounds = _find_bounds(arguments[1:])
        translated = _translate(arguments[0])
        return Annotated[translated, msgspec.Meta(**bounds)] if bounds else translated
    if origin in (Union, types.UnionType):
        return Union[tuple(map(_translate, arguments))]  # noqa: UP007 - of a tuple that is known when it runs
    if origin in (tuple, list, dict, frozenset):
        return origin[tuple(one if one is Ellipsis else _translate(one) for one in arguments)]
    return kind


def _find_bounds(metadata: Any) -> dict[str, Any]:
    bounds: dict[str, Any] = {}
    for one in metadata:
        for each in one.metadata if isinstance(one, FieldInfo) else (one,):
            for kind in (annotated_types.Ge, annotated_types.Gt, annotated_types.Le, annotated_types.Lt):
                if isinstance(each, kind):
                    bound = kind.__name__.lower()
                    bounds[bound] = getattr(each, bound)
    return bounds


_decode = cast(Callable[[bytes], VerdictRecord], msgspec.json.Decoder(_build_struct(VerdictRecord)).decode)
