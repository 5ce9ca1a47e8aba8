"""Arrays of NumPy, and columns or rows in lists and dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy
import pyarrow

from mltrace.errors import ArgumentError
from mltrace.profiles.sources.objects import array_of, is_mixed, mixed_array
from mltrace.profiles.sources.source import InMemory, choose, unique_names

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_array(value: Any, columns: Sequence[str] | None) -> InMemory:
    """Read an array of one dimension, a column `value`; or of two, columns `0`, `1`, ….

    A structured array has its fields as columns. NaN is NaN, not null.
    """
    if value.dtype.names:
        flat = value.reshape(-1)
        return _in_memory({name: flat[name] for name in value.dtype.names}, columns)
    if value.ndim == 1:
        return _in_memory({"value": value}, columns)
    if value.ndim == 2:
        return _in_memory({str(at): value[:, at] for at in range(value.shape[1])}, columns)
    raise ArgumentError(
        f"An array of {value.ndim} dimensions is no table; give one of 1 or 2, such as "
        "array.reshape(len(array), -1)."
    )


def read_columns(value: Mapping[Any, Any], columns: Sequence[str] | None) -> InMemory:
    """Read a dictionary of columns."""
    named = dict(zip(unique_names(list(value)), value.values(), strict=True))
    if any(isinstance(one, str | bytes) or not hasattr(one, "__len__") for one in named.values()):
        raise ArgumentError(
            "A dictionary is profiled by its columns, so its values are lists or arrays; got "
            f"{sorted({type(one).__name__ for one in named.values()})}."
        )
    lengths = {name: len(column) for name, column in named.items()}
    if len(set(lengths.values())) > 1:
        few = ", ".join(f"{name} {length:,}" for name, length in list(lengths.items())[:8])
        raise ArgumentError(f"The columns differ in length, so they are no table: {few}.")
    return _in_memory(named, columns)


def read_records(value: Sequence[Any], columns: Sequence[str] | None) -> InMemory:
    """Read a list of rows that are dictionaries; a key that a row lacks is null there."""
    if not all(isinstance(row, Mapping) for row in value):
        wrong = next(type(row).__name__ for row in value if not isinstance(row, Mapping))
        raise ArgumentError(
            f"A list is profiled if its items are dictionaries, one for each row; got a {wrong}."
        )
    keys = list(dict.fromkeys(key for row in value for key in row))
    named = {
        name: [row.get(key) for row in value]
        for name, key in zip(unique_names(keys), keys, strict=True)
    }
    return _in_memory(named, columns, num_rows=len(value))


def _in_memory(
    named: dict[str, Any], columns: Sequence[str] | None, num_rows: int | None = None
) -> InMemory:
    names = list(named)
    arrays = {names[place]: _array(named[names[place]]) for place in choose(names, columns)}
    table = pyarrow.Table.from_arrays(list(arrays.values()), list(arrays))
    dtypes = {
        name: str(getattr(named[name], "dtype", "mixed" if is_mixed(array) else array.type))
        for name, array in arrays.items()
    }
    return InMemory(
        table.num_rows if num_rows is None else num_rows,
        dtypes,
        lambda begin, end: table.slice(begin, end - begin),
        lambda positions: table.take(pyarrow.array(positions)),
    )


def _array(values: Any) -> pyarrow.Array:
    if not isinstance(values, numpy.ndarray) or values.dtype.kind == "O":
        return array_of(values)
    if values.ndim > 1:
        return array_of(list(values))
    kind = values.dtype
    if kind.kind in "mM" and numpy.datetime_data(kind)[0] not in {"D", "s", "ms", "us", "ns"}:
        values = values.astype(f"{kind.kind}8[s]")
    elif kind.kind == "f" and kind.itemsize > 8:
        values = values.astype(numpy.float64)
    elif not kind.isnative:
        values = values.astype(kind.newbyteorder("="))
    try:
        return pyarrow.array(values)
    except (pyarrow.ArrowException, NotImplementedError):
        return mixed_array(values.tolist())
