"""Tables of a catalog as Arrow, with the names and types of an export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from mltrace.errors import ArgumentError
from mltrace.store.database.keys import uid_text
from mltrace.times import NANOSECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow
    from sqlalchemy import Connection

    from mltrace.store.exporting.shape import Field, Kind, Shape


def read_table(connection: Connection, shape: Shape, *, most_rows: int) -> pyarrow.Table:
    """Read a whole table.

    Raises
    ------
    ArgumentError
        If it has more rows than that.
    """
    import pyarrow

    counted = select(func.count()).select_from(shape.source)
    if (num_rows := connection.execute(counted).scalar_one()) > most_rows:
        raise ArgumentError(
            f"The table {shape.name} has {num_rows:,} rows, of which at most {most_rows:,} can be "
            "read for a query; export it: mltrace export."
        )
    layout = schema_of(shape.fields)
    result = connection.execute(shape.query(), execution_options={"yield_per": shape.rows})
    parts = [to_table(rows, shape.fields, layout) for rows in result.partitions()]
    return pyarrow.concat_tables(parts) if parts else layout.empty_table()


def to_table(rows: Sequence[Any], fields: Sequence[Field], layout: pyarrow.Schema) -> Any:
    """Turn rows of a table into Arrow."""
    import pyarrow

    columns = zip(*rows, strict=True)
    arrays = [
        _array(values, field.kind, layout.field(field.name).type)
        for values, field in zip(columns, fields, strict=True)
    ]
    return pyarrow.Table.from_arrays(arrays, schema=layout)


def _array(values: Sequence[Any], kind: Kind, of: pyarrow.DataType) -> pyarrow.Array:
    import pyarrow

    if kind == "run":
        values = [None if value is None else uid_text(value) for value in values]
    elif kind == "span":
        values = [None if value is None else value / NANOSECONDS for value in values]
    elif kind == "time":
        values = [None if value is None else value // 1_000 for value in values]
    return pyarrow.array(values, of)


def schema_of(fields: Sequence[Field]) -> pyarrow.Schema:
    """Tell the names and types of the columns in Arrow."""
    import pyarrow

    types = {
        "text": pyarrow.string(),
        "run": pyarrow.string(),
        "time": pyarrow.timestamp("us", tz="UTC"),
        "span": pyarrow.float64(),
        "int": pyarrow.int64(),
        "float": pyarrow.float64(),
        "bool": pyarrow.bool_(),
        "bytes": pyarrow.binary(),
    }
    return pyarrow.schema([(field.name, types[field.kind]) for field in fields])
