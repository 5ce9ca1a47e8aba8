"""Rows of the lake as Arrow tables: what types columns have, and how those of segments are joined.

Ids are strings; values are numbers, or texts in a dictionary, as are models, runs and features that
are texts; times are microseconds in UTC. Where segments differ in the type of a column, it is of
numbers if both are, else of texts, those that classes have, so that 1, 1.0 and True stay one; a
column that a segment lacks has no values there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy
import pyarrow
import pyarrow.compute
from pyarrow import types

from mltrace.classes import class_text
from mltrace.store.lake import layout
from mltrace.store.lake.columns import DTYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mltrace.store.lake.batch import Batch
    from mltrace.store.lake.columns import Column

TIME: Final = pyarrow.timestamp("us", "UTC")
TEXT: Final = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
"""Of texts of which many are the same."""
NUMBER: Final = pyarrow.float64()
_MOST_BYTES: Final = 2**31 - 1
"""Of texts in one array, whose offsets have 32 bits."""
FIXED: Final[Mapping[str, pyarrow.DataType]] = {
    layout.ID: pyarrow.string(),
    layout.SCORE: NUMBER,
    layout.SCORES: pyarrow.list_(NUMBER),
    layout.AT: TIME,
    layout.KNOWN_AT: TIME,
    layout.LOGGED_AT: TIME,
    layout.MODEL: TEXT,
    layout.RUN: TEXT,
}
"""The types of the columns that have the same one in every segment."""


def batch_table(batch: Batch, columns: Iterable[str] | None = None) -> pyarrow.Table:
    """Give the rows of a batch as a table.

    Parameters
    ----------
    columns : iterable of str, optional
        Which columns to give, as far as the batch has them; default: all.

    Examples
    --------
    >>> from mltrace.store.lake.batch import Same, decode_batch, encode_batch
    >>> batch = encode_batch("late", "feedback", 2, {"id": [7, 8], "value": Same("1")})
    >>> batch_table(decode_batch(batch)).to_pylist()
    [{'id': '7', 'value': '1'}, {'id': '8', 'value': '1'}]
    """
    names = batch.columns if columns is None else [one for one in columns if one in batch.columns]
    made = {name: _array(name, batch.columns[name], batch.num_rows) for name in names}
    return pyarrow.table(made) if made else _without_columns(batch.num_rows)


def _without_columns(num_rows: int) -> pyarrow.Table:
    return pyarrow.table({"": pyarrow.nulls(num_rows)}).select([])


def _array(name: str, column: Column, num_rows: int) -> pyarrow.Array:
    if column.form == "json" and types.is_list(FIXED.get(name, TEXT)):
        return pyarrow.array(msgspec.json.decode(column.data), FIXED[name])
    values = _DECODERS.get(column.form, _numbers)(column, num_rows)
    return convert(values, FIXED[name] if name in FIXED else _natural(name, values.type))


def _natural(name: str, kind: pyarrow.DataType) -> pyarrow.DataType:
    """Tell what type a column has whose type is not fixed."""
    if types.is_string(kind) or types.is_dictionary(kind):
        return TEXT
    return NUMBER if name == layout.VALUE and not types.is_null(kind) else kind


def _same(column: Column, num_rows: int) -> pyarrow.Array:
    if isinstance(column.same, str):
        codes = pyarrow.array(numpy.zeros(num_rows, numpy.int32))
        return pyarrow.DictionaryArray.from_arrays(codes, [column.same])
    return pyarrow.repeat(pyarrow.scalar(column.same), num_rows)


def _coded(column: Column, _: int) -> pyarrow.Array:
    codes = pyarrow.array(numpy.frombuffer(column.data, "<i4"), mask=_mask(column))
    return pyarrow.DictionaryArray.from_arrays(codes, pyarrow.array(column.same, pyarrow.string()))


def _texts(column: Column, num_rows: int) -> pyarrow.Array:
    offsets = numpy.zeros(num_rows + 1, numpy.int64)
    numpy.cumsum(numpy.frombuffer(column.lengths, "<u4"), out=offsets[1:])
    mask = _mask(column)
    parts: list[pyarrow.Array] = []
    start = 0
    while start < num_rows or not parts:
        end = int(numpy.searchsorted(offsets, offsets[start] + _MOST_BYTES, "right")) - 1
        end = min(max(end, start + 1), num_rows)
        valid = None if mask is None else pyarrow.array(~mask[start:end]).buffers()[1]
        places = (offsets[start : end + 1] - offsets[start]).astype(numpy.int32)
        held = memoryview(column.data)[offsets[start] : offsets[end]]
        buffers = [valid, pyarrow.py_buffer(places), pyarrow.py_buffer(held)]
        parts.append(pyarrow.Array.from_buffers(pyarrow.string(), end - start, buffers))
        start = end
    return parts[0] if len(parts) == 1 else pyarrow.chunked_array(parts)


def _json(column: Column, _: int) -> pyarrow.Array:
    items = msgspec.json.decode(column.data)
    texts = [_text(item) for item in items]
    return pyarrow.array(texts, pyarrow.string())


def _text(item: Any) -> str | None:
    if item is None or isinstance(item, str):
        return item
    if isinstance(item, list | dict):
        return msgspec.json.encode(item).decode()
    return class_text(item)


def _numbers(column: Column, num_rows: int) -> pyarrow.Array:
    values = numpy.frombuffer(column.data, DTYPES[column.form])
    if column.width:
        offsets = numpy.arange(num_rows + 1, dtype=numpy.int32) * column.width
        mask = pyarrow.array(_mask(column)) if column.valid else None
        return pyarrow.ListArray.from_arrays(offsets, values, mask=mask)
    array = pyarrow.array(values, mask=_mask(column))
    return array.cast(TIME) if column.form == "time" else array


_DECODERS: Final[Mapping[str, Callable[[Column, int], pyarrow.Array]]] = {
    "same": _same,
    "coded": _coded,
    "text": _texts,
    "json": _json,
}


def _mask(column: Column) -> numpy.ndarray[Any, numpy.dtype[numpy.bool_]] | None:
    return ~numpy.frombuffer(column.valid, numpy.bool_) if column.valid else None


def convert(values: Any, kind: pyarrow.DataType) -> Any:
    """Bring a column, an array or a chunked one, to another type of those that columns have."""
    if values.type == kind:
        return values
    if types.is_dictionary(kind):
        return pyarrow.compute.dictionary_encode(_spelled(_plain(values)))
    return _plain(values).cast(kind, safe=False)


def _spelled(values: Any) -> Any:
    """Give values as texts, each of which is made once."""
    if types.is_string(values.type) or types.is_large_string(values.type):
        return values.cast(pyarrow.string())
    distinct = pyarrow.compute.unique(values)
    texts = pyarrow.array(spell(distinct), pyarrow.string())
    return texts.take(pyarrow.compute.index_in(values, distinct))


def spell(values: pyarrow.Array) -> list[str | None]:
    """Spell values as those of classes are, whatever the type of their column.

    Examples
    --------
    >>> spell(pyarrow.array([1.0, 0.5])), spell(pyarrow.array([True]))
    (['1', '0.5'], ['1'])
    """
    try:
        return [_text(item) for item in values.to_pylist()]
    except (OverflowError, ValueError):  # times after the year 9999
        texts: list[str | None] = values.cast(pyarrow.string()).to_pylist()
        return texts


def _plain(values: Any) -> Any:
    return values.cast(values.type.value_type) if types.is_dictionary(values.type) else values


def common_schema(schemas: Sequence[pyarrow.Schema]) -> pyarrow.Schema:
    """Tell the schema that all rows can have: all columns, in the order of the layout.

    Examples
    --------
    >>> one = pyarrow.schema({"feature_x": pyarrow.int64(), "id": pyarrow.string()})
    >>> common_schema([one, pyarrow.schema({"feature_x": pyarrow.float64()})])
    id: string
    feature_x: double
    """
    kinds: dict[str, pyarrow.DataType] = {}
    for schema in schemas:
        for field in schema:
            known = kinds.get(field.name)
            kinds[field.name] = field.type if known is None else _common(known, field.type)
    order = {name: place for place, name in enumerate(layout.PREDICTIONS)}
    names = sorted(kinds, key=lambda name: (order.get(name, len(order)), name))
    return pyarrow.schema([(name, kinds[name]) for name in names])


def _common(one: pyarrow.DataType, other: pyarrow.DataType) -> pyarrow.DataType:
    if one == other or types.is_null(other):
        return one
    if types.is_null(one):
        return other
    are_numbers = all(types.is_integer(kind) or types.is_floating(kind) for kind in (one, other))
    return NUMBER if are_numbers else TEXT


def conform(table: pyarrow.Table, schema: pyarrow.Schema) -> pyarrow.Table:
    """Give the rows of a table the columns of a schema, in its order."""
    if table.schema.equals(schema):
        return table
    if not len(schema):
        return _without_columns(table.num_rows)
    columns = []
    for field in schema:
        place = table.schema.get_field_index(field.name)
        if place < 0:
            columns.append(_missing(field.type, table.num_rows))
        else:
            columns.append(convert(table.column(place), field.type))
    return pyarrow.Table.from_arrays(columns, schema=schema)


def _missing(kind: pyarrow.DataType, num_rows: int) -> pyarrow.Array:
    if types.is_dictionary(kind):
        codes = pyarrow.nulls(num_rows, pyarrow.int32())
        return pyarrow.DictionaryArray.from_arrays(codes, pyarrow.array([], pyarrow.string()))
    return pyarrow.nulls(num_rows, kind)


def join_tables(tables: Sequence[pyarrow.Table]) -> pyarrow.Table:
    """Put the rows of tables after one another, in the schema that all can have."""
    schema = common_schema([table.schema for table in tables])
    joined = pyarrow.concat_tables([conform(table, schema) for table in tables])
    return joined.unify_dictionaries()


def no_rows(columns: Iterable[str]) -> pyarrow.Table:
    """Give a table without rows that has columns of the layout; of what type values are is open."""
    kinds = {name: FIXED.get(name, pyarrow.null()) for name in columns}
    return pyarrow.schema(kinds).empty_table()
