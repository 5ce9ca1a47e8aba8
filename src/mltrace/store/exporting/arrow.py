"""Tables of a catalog as Arrow, with the names and types of an export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.errors import ArgumentError
from mltrace.store.database.keys import uid_text
from mltrace.times import NANOSECONDS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pyarrow
    from sqlalchemy import ColumnElement, Connection

    from mltrace.store.exporting.shape import Field, Kind, Shape

_ROWS_AT_ONCE: Final = 500
"""Of rows of the catalog: more of them take twice the time, for Python looks through them again
and again for what is garbage."""
_DIGITS: Final = numpy.array([place for place in range(36) if place not in (8, 13, 18, 23)])
"""Where the text of a run id has digits; it has hyphens elsewhere."""


def read_rows(
    connection: Connection,
    shape: Shape,
    columns: Collection[str] | None = None,
    *,
    where: ColumnElement[bool] | None = None,
    most_rows: int | None = None,
) -> pyarrow.Table:
    """Read rows of a table.

    Parameters
    ----------
    columns : collection of str, optional
        Which columns; by default all.
    where : ColumnElement of bool, optional
        Which rows; by default all.
    most_rows : int, optional
        How many there may be.

    Raises
    ------
    ArgumentError
        If there are more.
    """
    import pyarrow

    query, fields = shape.query(columns), shape.chosen(columns)
    query = query if where is None else query.where(where)
    layout = schema_of(fields)
    parts, num_rows = [], 0
    with connection.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE}) as result:
        for rows in result.partitions():
            num_rows += len(rows)
            if most_rows is not None and num_rows > most_rows:
                raise ArgumentError(
                    f"The table {shape.name} has more than {most_rows:,} rows that a query has to "
                    "read; ask for some by an equality, or export it: mltrace export."
                )
            parts.append(to_table(rows, fields, layout))
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
        return _uid_texts(values)
    if kind == "span":
        values = [None if value is None else value / NANOSECONDS for value in values]
    elif kind == "time":
        values = [None if value is None else value // 1_000 for value in values]
    return pyarrow.array(values, of)


def _uid_texts(values: Sequence[bytes | None]) -> pyarrow.Array:
    """Turn the bytes of run ids into texts, all at once."""
    import pyarrow

    try:
        validity, uids = pyarrow.array(values, pyarrow.binary(16)).buffers()
    except pyarrow.ArrowInvalid:  # one that was damaged
        texts = [None if value is None else uid_text(value) for value in values]
        return pyarrow.array(texts, pyarrow.string())
    hexed = uids.to_pybytes()[: 16 * len(values)].hex()
    digits = numpy.frombuffer(hexed.encode(), numpy.uint8)
    letters = numpy.full((len(values), 36), ord("-"), numpy.uint8)
    letters[:, _DIGITS] = digits.reshape(-1, 32)
    buffers = [validity, pyarrow.py_buffer(letters)]
    fixed = pyarrow.Array.from_buffers(pyarrow.binary(36), len(values), buffers)
    return fixed.cast(pyarrow.binary()).cast(pyarrow.string())


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
