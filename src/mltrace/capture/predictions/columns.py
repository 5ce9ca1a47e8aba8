"""Columns as users give them: lists, arrays, and columns of any library, as lists or NumPy arrays.

No library is loaded for them: each is asked by the methods that it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeGuard
from uuid import UUID

import numpy

from mltrace.errors import ArgumentError
from mltrace.values.explicit import id_texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

Items: TypeAlias = "list[Any] | NDArray[Any]"
NUMERIC: Final = "biuf"
_LISTING: Final = ("to_pylist", "to_list", "tolist")
_IDS: Final = "ids"


def is_one_id(ids: object) -> bool:
    """Tell whether it is a single id, not a column of them."""
    return isinstance(ids, str | int | UUID | numpy.generic) or getattr(ids, "ndim", None) == 0


def id_column(ids: Any) -> Items:
    """Bring ids to a column of texts, or of integers, which stand for their digits.

    Raises
    ------
    ArgumentError
        If it is no column, or an id is missing or of another type.
    """
    _refuse_iterators(_IDS, ids)
    if _is_plain(ids) and ids.ndim == 1 and ids.dtype.kind in "iuU":
        return ids
    if isinstance(ids, set | frozenset):
        raise ArgumentError("ids= is a set, which has no order; give a list or column.")
    return id_texts(ids, taker=_IDS)


def column(name: str, values: Any, num_rows: int) -> Items:
    """Bring one value for each row to a list or an array of one dimension.

    Raises
    ------
    ArgumentError
        If it is no column, or of another length.
    """
    items = as_items(name, values)
    if isinstance(items, numpy.ndarray) and items.ndim != 1:
        remedy = "; give values.ravel()" if 1 in items.shape else ""
        raise ArgumentError(
            f"{name}= has the shape {items.shape}; one value for each of {num_rows:,} ids is "
            f"expected{remedy}."
        )
    if len(items) != num_rows:
        raise ArgumentError(
            f"{name}= has {_counted(len(items))} and ids= has {_counted(num_rows)}; give one for "
            "each id. Nothing was logged."
        )
    return items


def as_items(name: str, values: Any) -> Items:
    """Bring any column, or list of rows, to a list of Python values or a NumPy array.

    Raises
    ------
    ArgumentError
        If it is neither.
    """
    if isinstance(values, numpy.ndarray):
        is_kept = _is_plain(values) and values.dtype.kind in NUMERIC + "M" and values.ndim
        return values if is_kept else _listed(values)
    if isinstance(values, list):
        return values
    _refuse_iterators(name, values)
    is_one = isinstance(values, str | bytes) or not isinstance(values, Iterable)
    if is_one or isinstance(values, Mapping | set | frozenset) or hasattr(values, "columns"):
        raise ArgumentError(
            f"{name}= is a {type(values).__name__}; give a list, an array or a column, with one "
            "value for each id."
        )
    if (array := _numeric_array(values)) is not None:
        return array
    for method in _LISTING:
        if hasattr(values, method):
            items: list[Any] = getattr(values, method)()
            return items
    return list(values)


def named_columns(name: str, table: Any) -> dict[Any, Any]:
    """List the columns of a data frame, or of a mapping, by their names.

    Raises
    ------
    ArgumentError
        If it is neither.
    """
    if isinstance(table, Mapping):
        return dict(table)
    if type(table).__name__ == "LazyFrame" or not hasattr(table, "columns"):
        remedy = "collect it first" if hasattr(table, "collect") else "give a data frame"
        raise ArgumentError(
            f"{name}= is a {type(table).__name__}; {remedy}, or a mapping of names to columns."
        )
    names = getattr(table, "column_names", None) or list(table.columns)
    return {one: table[one] for one in names}


def _numeric_array(values: Any) -> NDArray[Any] | None:
    """Take a column of numbers without a missing one as an array, where its library has one."""
    dtype = getattr(values, "dtype", None)
    if isinstance(dtype, numpy.dtype) and hasattr(values, "to_numpy"):  # pandas
        return values.to_numpy() if dtype.kind in NUMERIC + "M" else None
    if not hasattr(values, "null_count") or _num_nulls(values):  # Arrow and polars
        return None
    said = str(getattr(values, "type", dtype)).lower()
    if not said.startswith(("int", "uint", "float", "double", "bool", "timestamp", "datetime")):
        return None
    if said.startswith(("timestamp", "datetime")) and ("tz=" in said or "time_zone=" in said):
        return None
    plain = {"zero_copy_only": False} if hasattr(values, "type") else {}
    try:
        array = values.to_numpy(**plain)
    except TypeError:
        array = values.to_numpy()
    return array if array.dtype.kind in NUMERIC + "M" else None


def _is_plain(values: Any) -> TypeGuard[NDArray[Any]]:
    """Tell whether it is an array in which no value is masked out."""
    return isinstance(values, numpy.ndarray) and not isinstance(values, numpy.ma.MaskedArray)


def _num_nulls(values: Any) -> int:
    count = values.null_count
    return int(count() if callable(count) else count)


def _listed(values: NDArray[Any]) -> list[Any]:
    items = values.tolist()
    return items if isinstance(items, list) else [items]


def _refuse_iterators(name: str, values: object) -> None:
    if isinstance(values, Iterator):
        raise ArgumentError(
            f"{name}= is a {type(values).__name__}, which can be read only once; give a list, "
            f"as in list({name})."
        )


def _counted(num: int) -> str:
    return f"{num:,} {'value' if num == 1 else 'values'}"
