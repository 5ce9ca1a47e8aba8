"""Frames and series of pandas.

NaN and NaT are null, for pandas does not tell them apart in most of its types. An unnamed index of
integers is a position, not content; any other index counts as further columns. Columns are named by
the text of their labels, several of one name `name`, `name.1`, ….
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow

from mltrace.profiles.sources.objects import array_of
from mltrace.profiles.sources.source import InMemory, choose, unique_names

if TYPE_CHECKING:
    from collections.abc import Sequence

_SINGLE = "value"


def read_pandas(value: Any, columns: Sequence[str] | None) -> InMemory:
    """Read a frame, a series or an index."""
    labels, arrays = _columns(value)
    names = unique_names(labels)
    places = choose(names, columns)
    names, arrays = [names[place] for place in places], [arrays[place] for place in places]

    def read(begin: int, end: int) -> pyarrow.Table:
        whole = begin == 0 and end == len(value)
        parts = arrays if whole else [array[begin:end] for array in arrays]
        return pyarrow.Table.from_arrays([_array(part) for part in parts], names)

    def take(positions: Any) -> pyarrow.Table:
        parts = [array.take(positions) for array in arrays]
        return pyarrow.Table.from_arrays([_array(part) for part in parts], names)

    dtypes = {name: str(array.dtype) for name, array in zip(names, arrays, strict=True)}
    return InMemory(len(value), dtypes, read, take)


def _columns(value: Any) -> tuple[list[Any], list[Any]]:
    if not hasattr(value, "columns"):
        if not hasattr(value, "index"):  # an index
            return [_SINGLE if value.name is None else value.name], [value.array]
        labels, arrays = [_SINGLE if value.name is None else value.name], [value.array]
    else:
        labels = list(value.columns)
        # Public iteration builds a series per column, ten times the cost.
        inner = getattr(value, "_iter_column_arrays", None)
        arrays = list(inner() if inner is not None else (one.array for _, one in value.items()))
    for level in _content_levels(value.index):
        values = value.index.get_level_values(level)
        labels.append(f"__index_level_{level}__" if values.name is None else values.name)
        arrays.append(values.array)
    return labels, arrays


def _content_levels(index: Any) -> range:
    is_position = index.nlevels == 1 and index.name is None and index.dtype.kind in "iu"
    return range(0 if is_position else index.nlevels)


def _array(values: Any) -> pyarrow.Array:
    kind = type(values).__name__
    if kind == "PeriodArray":
        values = values.to_timestamp()
    elif kind == "SparseArray":
        values = values.to_dense()
    return array_of(values)
