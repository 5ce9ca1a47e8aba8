"""Read frames of every library into columns with digests.

Each library's memory is digested where it lies: NumPy memory of pandas directly, everything else as
Arrow, which polars and modern pandas columns are already.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy
import pyarrow

from mltrace.escaping import encodable
from mltrace.values.arrow_columns import digest_arrow
from mltrace.values.canonical import digest_no_values, digest_plain, digest_times
from mltrace.values.described import Rows, UndigestibleError
from mltrace.values.digests import digest_of_items
from mltrace.values.frames import reader_of
from mltrace.values.structure import digest_structure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ARROW_ERRORS = (
    pyarrow.ArrowException,
    AttributeError,
    NotImplementedError,
    OverflowError,
    TypeError,
    ValueError,
)
_PLAIN_ITEM_BYTES = 8
_TIME_UNITS = frozenset({"s", "ms", "us", "ns"})


@dataclass(slots=True)
class FrameColumn:
    """One column: how it is named and typed, its digest, and where its values lie.

    `label` is the name as the library has it. `values` is memory of the user's, to be copied before
    it is kept; or an Arrow column; or, where Arrow cannot hold the values, a list to be pickled.
    """

    name: str
    dtype: str
    digest: bytes
    num_bytes: int
    values: Any
    label: Any = None


@dataclass(slots=True)
class Frame:
    """A frame as its columns; `index` are the columns of a pandas index that is content.

    `position` is an index that is not content: a range, or one column of integers.
    """

    library: str
    container: str
    num_rows: int
    columns: list[FrameColumn]
    index: list[FrameColumn] = field(default_factory=list)
    position: range | FrameColumn | None = None
    column_names: list[Any] = field(default_factory=list)
    reason: str | None = None
    digest: str = ""

    @property
    def num_bytes(self) -> int:
        """The bytes of all columns in memory."""
        return sum(column.num_bytes for column in (*self.columns, *self.index))


def read_frame(value: Any) -> Frame:
    """Read a frame or column of any known library and digest it.

    Raises
    ------
    UndigestibleError
        If a column holds objects that have no content to digest.
    """
    reader = reader_of(type(value))
    if reader is None:
        raise UndigestibleError(f"{type(value).__qualname__} is not a frame of a known library")
    frame = _READERS[reader](value)
    is_one_column = frame.container in {"series", "chunked_array", "array"}
    items = [b"column" if is_one_column else b"frame", frame.num_rows.to_bytes(8, "little")]
    for column in (*frame.columns, *frame.index):
        items += [column.name.encode(), column.digest]
    frame.digest = digest_of_items("frame", items).hex()
    return frame


def rows_of(frame: Frame, snapshots: Mapping[str, Any]) -> Rows:
    """Bring the columns of a frame together, without copying where that can be.

    Parameters
    ----------
    snapshots : mapping of str to NumPy or Arrow array
        The values of columns away from where the user may change them, by the hex of their digests.

    Notes
    -----
    Objects that Arrow cannot hold become empty lists: how many there are, and how many are missing,
    is all that is told of them.
    """
    columns = [*frame.columns, *frame.index]
    arrays = [_as_arrow(snapshots.get(column.digest.hex(), column.values)) for column in columns]
    names = [column.name or "value" for column in columns]
    dtypes = {name: column.dtype for name, column in zip(names, columns, strict=True)}
    return Rows(pyarrow.Table.from_arrays(arrays, names=names), dtypes)


def _as_arrow(values: Any) -> pyarrow.Array | pyarrow.ChunkedArray:
    if isinstance(values, pyarrow.Array | pyarrow.ChunkedArray):
        return values
    if isinstance(values, list):
        held: list[list[None] | None] = [None if value is None else [] for value in values]
        return pyarrow.array(held, pyarrow.list_(pyarrow.null()))
    if type(values) is numpy.ndarray and not values.dtype.isnative:
        values = values.astype(values.dtype.newbyteorder("="))
    return pyarrow.array(values, from_pandas=True)


def _pandas_frame(value: Any) -> Frame:
    frame = Frame("pandas", "frame", len(value), [])
    for label, array in zip(value.columns, _pandas_arrays(value), strict=True):
        frame.columns.append(_pandas_column(label, array))
    frame.column_names = list(value.columns.names)
    _read_index(frame, value.index)
    return frame


def _pandas_series(value: Any) -> Frame:
    label = value.name
    frame = Frame("pandas", "series", len(value), [_pandas_column(label, value.array)])
    if label is None:
        frame.columns[0].name = ""
    _read_index(frame, value.index)
    return frame


def _pandas_arrays(value: Any) -> Iterator[Any]:
    # Public iteration builds a Series per column, ten times the cost of all else in a small frame.
    inner = getattr(value, "_iter_column_arrays", None)
    return inner() if inner is not None else (series.array for _, series in value.items())


def _read_index(frame: Frame, index: Any) -> None:
    if index.nlevels == 1 and index.name is None and index.dtype.kind in "iu":
        if type(index).__name__ == "RangeIndex":
            frame.position = range(index.start, index.stop, index.step)
        else:
            frame.position = _pandas_column("__index_level_0__", index.array)
        return
    for level in range(index.nlevels):
        values = index.get_level_values(level) if index.nlevels > 1 else index
        column = _pandas_column(values.name, values.array)
        if values.name is None:
            column.name = f"__index_level_{level}__"
        frame.index.append(column)


def _pandas_column(label: Any, array: Any) -> FrameColumn:
    name = encodable(label if isinstance(label, str) else str(label))
    if type(array).__name__ in _NUMPY_BACKED and getattr(array, "tz", None) is None:
        array = numpy.asarray(array)
    if type(array) is not numpy.ndarray:
        return _converted_column(name, array, label)
    dtype = array.dtype
    kind = dtype.kind
    if kind in "biuf" and dtype.itemsize <= _PLAIN_ITEM_BYTES:
        plain = digest_plain([array], len(array)) if len(array) else digest_no_values(0)
        return FrameColumn(name, _dtype_text(dtype), plain, array.nbytes, array, label)
    if kind in "mM":
        unit = numpy.datetime_data(dtype)[0]
        if unit in _TIME_UNITS and dtype.byteorder != ">":
            sort = "timestamp " if kind == "M" else "duration"
            digest = digest_times([array.view("i8")], len(array), unit=unit, sort=sort)
            return FrameColumn(name, _dtype_text(dtype), digest, array.nbytes, array, label)
    return _converted_column(name, array, label)


def _converted_column(name: str, array: Any, label: Any) -> FrameColumn:
    """Turn an extension array, or one of objects, into Arrow, else into a list of objects."""
    try:
        values = pyarrow.array(array, from_pandas=True)
        digest = digest_arrow(values)
    except (*ARROW_ERRORS, UndigestibleError):
        values = list(array)
        digest, num_bytes = digest_structure(values)
        return FrameColumn(name, str(array.dtype), digest, num_bytes, values, label)
    num_bytes = values.nbytes
    if _is_shared(array):
        # The Arrow column may look into the user's memory: whoever keeps it copies first.
        values = array
    return FrameColumn(name, str(array.dtype), digest, num_bytes, values, label)


def _is_shared(array: Any) -> bool:
    if type(array) is numpy.ndarray:
        return bool(array.dtype.kind != "O")
    return not type(array).__name__.startswith("Arrow")


def _polars_frame(value: Any) -> Frame:
    columns = [_polars_column(series) for series in value.iter_columns()]
    return Frame("polars", "frame", value.height, columns)


def _polars_series(value: Any) -> Frame:
    return Frame("polars", "series", len(value), [_polars_column(value)])


def _polars_column(series: Any) -> FrameColumn:
    import polars

    dtype = str(series.dtype)
    values = None
    if series.dtype != polars.Object:
        # Nameless, because polars panics at a name with a NUL in it; a panic is no Exception.
        try:
            values = series.alias("").to_arrow(compat_level=polars.CompatLevel.oldest())
        except (polars.exceptions.PolarsError, polars.exceptions.PanicException, *ARROW_ERRORS):
            values = None
    if values is not None:
        return _arrow_column_of(series.name, dtype, values)
    objects = series.to_list()
    digest, num_bytes = digest_structure(objects)
    return FrameColumn(encodable(series.name), dtype, digest, num_bytes, objects)


def _arrow_table(value: Any) -> Frame:
    container = "table" if isinstance(value, pyarrow.Table) else "record_batch"
    frame = Frame("pyarrow", container, value.num_rows, [])
    has_pandas_index = b"pandas" in (value.schema.metadata or {})
    for name, values in zip(value.schema.names, value.columns, strict=True):
        column = _arrow_column_of(name, str(values.type), values)
        if (
            has_pandas_index
            and name == "__index_level_0__"
            and pyarrow.types.is_integer(values.type)
        ):
            frame.position = column
        else:
            frame.columns.append(column)
    return frame


def _arrow_column(value: Any) -> Frame:
    container = "chunked_array" if isinstance(value, pyarrow.ChunkedArray) else "array"
    column = _arrow_column_of("", str(value.type), value)
    return Frame("pyarrow", container, len(value), [column])


def _arrow_column_of(name: str, dtype: str, values: Any) -> FrameColumn:
    try:
        digest = digest_arrow(values)
    except (*ARROW_ERRORS, UndigestibleError):
        digest, _ = digest_structure(values.to_pylist())
    return FrameColumn(encodable(name), dtype, digest, values.nbytes, values)


def _narwhals_frame(value: Any) -> Frame:
    import narwhals

    native = narwhals.to_native(value, pass_through=True)
    reader = reader_of(type(native))
    if reader is not None and reader != "narwhals_frame":
        return _READERS[reader](native)
    arrow = narwhals.from_native(native, eager_only=True, allow_series=True).to_arrow()
    return _arrow_table(arrow) if isinstance(arrow, pyarrow.Table) else _arrow_column(arrow)


@lru_cache(maxsize=256)
def _dtype_text(dtype: numpy.dtype[Any]) -> str:
    return str(dtype)


_NUMPY_BACKED = frozenset({"DatetimeArray", "TimedeltaArray", "NumpyExtensionArray", "PandasArray"})
_READERS: dict[str, Callable[[Any], Frame]] = {
    "pandas_frame": _pandas_frame,
    "pandas_series": _pandas_series,
    "polars_frame": _polars_frame,
    "polars_series": _polars_series,
    "arrow_table": _arrow_table,
    "arrow_column": _arrow_column,
    "narwhals_frame": _narwhals_frame,
}
