"""Python objects as Arrow arrays, mixed ones by their kinds."""

from __future__ import annotations

import datetime
import decimal
from typing import TYPE_CHECKING, Any, Final

import numpy
import pyarrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ARROW_ERRORS: Final = (
    pyarrow.ArrowException,
    AttributeError,
    NotImplementedError,
    OverflowError,
    TypeError,
    ValueError,
)
_SORTS: Final[tuple[tuple[tuple[type, ...], str], ...]] = (
    ((bool, numpy.bool_), "boolean"),
    ((int, float, decimal.Decimal, numpy.integer, numpy.floating), "number"),
    ((complex, numpy.complexfloating), "complex"),
    ((str,), "text"),
    ((datetime.datetime, numpy.datetime64), "moment"),
    ((datetime.date,), "date"),
    ((bytes, bytearray), "bytes"),
)
_WITH_NAN: Final = ("number", "complex", "moment")


def array_of(values: Any) -> pyarrow.Array:
    """Make an Arrow array of a column in memory; missing values are null, NaN of objects too.

    What Arrow has no type for comes as a union of arrays, one for each kind of values.
    """
    try:
        made = pyarrow.array(values, from_pandas=True)
    except ARROW_ERRORS:
        return mixed_array(list(values))
    if pyarrow.types.is_binary(made.type) and any(isinstance(value, str) for value in values):
        return mixed_array(list(values))
    return made.combine_chunks() if isinstance(made, pyarrow.ChunkedArray) else made


def mixed_array(values: Sequence[Any]) -> pyarrow.Array:
    """Make an Arrow array of values of several kinds: a dense union.

    Objects that Arrow cannot hold stand for themselves by the name of their type.

    Examples
    --------
    >>> array = mixed_array([1, "late", None, object()])
    >>> array.to_pylist()
    [1.0, 'late', None, b'object']
    """
    sorts: dict[str, list[Any]] = {}
    codes, offsets = [], []
    places: dict[str, int] = {}
    for value in values:
        sort = _sort(value)
        members = sorts.setdefault(sort, [])
        codes.append(places.setdefault(sort, len(places)))
        offsets.append(len(members))
        members.append(value)
    children = [_child(sort, members) for sort, members in sorts.items()]
    return pyarrow.UnionArray.from_dense(
        pyarrow.array(codes, pyarrow.int8()),
        pyarrow.array(offsets, pyarrow.int32()),
        children,
        list(sorts),
    )


def is_mixed(array: pyarrow.Array) -> bool:
    """Tell whether an array is one of values of several kinds."""
    return isinstance(array, pyarrow.UnionArray)


def _sort(value: Any) -> str:
    if value is None:
        return "missing"
    for types, sort in _SORTS:
        if isinstance(value, types):
            return "missing" if sort in _WITH_NAN and value != value else sort  # noqa: PLR0124
    return "missing" if type(value).__name__ in {"NAType", "NaTType"} else "object"


def _child(sort: str, members: Iterable[Any]) -> pyarrow.Array:
    if sort == "missing":
        return pyarrow.nulls(sum(1 for _ in members))
    if sort == "number":
        return pyarrow.array([_as_float(value) for value in members], pyarrow.float64())
    if sort == "complex":
        return pyarrow.array(
            [{"real": float(one.real), "imag": float(one.imag)} for one in members]
        )
    try:
        return pyarrow.array(list(members), from_pandas=True)
    except ARROW_ERRORS:
        # Not their texts: those of most objects name an address, which differs in each process.
        return pyarrow.array([type(value).__qualname__.encode() for value in members])


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
    except (TypeError, ValueError):
        return float("nan")
