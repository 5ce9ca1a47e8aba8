"""Tables, batches, arrays, readers and datasets of Arrow, and whatever has an Arrow stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow

from mltrace.profiles.sources.source import InMemory, Stream, choose, unique_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PANDAS_POSITION = "__index_level_0__"
_BATCH_ROWS = 1 << 16
_PLAIN = {
    pyarrow.string_view(): pyarrow.large_string(),
    pyarrow.binary_view(): pyarrow.large_binary(),
}
"""Types that few functions of Arrow know, and those that hold the same."""


def read_arrow(value: Any, columns: Sequence[str] | None) -> InMemory:
    """Read a table, a batch, an array or a chunked array."""
    if not hasattr(value, "schema"):
        value = pyarrow.table({"value": value})
    table = pyarrow.Table.from_batches([value]) if isinstance(value, pyarrow.RecordBatch) else value
    table = chosen(table, columns)
    dtypes = {field.name: str(field.type) for field in table.schema}
    return InMemory(
        table.num_rows,
        dtypes,
        lambda begin, end: table.slice(begin, end - begin),
        lambda positions: _take(table, positions),
    )


def read_batches(value: Any, columns: Sequence[str] | None) -> Stream:
    """Read a stream of batches, once: a reader, or any object with an Arrow stream."""
    if not isinstance(value, pyarrow.RecordBatchReader):
        value = pyarrow.RecordBatchReader.from_stream(value)
    choose(unique_names(value.schema.names), columns)
    return Stream(lambda: _tables(value.schema, value, columns))


def read_dataset(value: Any, columns: Sequence[str] | None) -> Stream:
    """Read a dataset batch by batch."""
    names = value.schema.names
    wanted = [names[place] for place in choose(names, columns)]

    def tables() -> Iterator[pyarrow.Table]:
        scanner = value.scanner(columns=wanted, batch_size=_BATCH_ROWS)
        return _tables(scanner.projected_schema, scanner.to_batches(), None)

    return Stream(tables)  # to count the rows of some formats is to read them


def chosen(table: pyarrow.Table, columns: Sequence[str] | None) -> pyarrow.Table:
    """Leave the columns that are wanted, each under a name of its own.

    An unnamed index of integers that pandas stored with its frame is a position, not content.
    """
    names = unique_names(table.column_names)
    places = choose(names, columns)
    if columns is None and b"pandas" in (table.schema.metadata or {}):
        places = [place for place in places if not _is_position(table.schema.field(place))]
    if len(places) != table.num_columns or names != table.column_names:
        table = table.select(places).rename_columns([names[place] for place in places])
    for place, field in enumerate(table.schema):
        plain = _PLAIN.get(field.type)
        if plain is not None:
            table = table.set_column(place, field.name, table.column(place).cast(plain))
    return table


def _is_position(field: pyarrow.Field) -> bool:
    return field.name == _PANDAS_POSITION and bool(pyarrow.types.is_integer(field.type))


def _tables(
    schema: pyarrow.Schema, batches: Any, columns: Sequence[str] | None
) -> Iterator[pyarrow.Table]:
    """Name the columns before the rows, of which there may be none."""
    yield chosen(schema.empty_table(), columns)
    for batch in batches:
        yield chosen(pyarrow.Table.from_batches([batch]), columns)


def _take(table: pyarrow.Table, positions: Any) -> pyarrow.Table:
    return table.take(pyarrow.array(positions))
