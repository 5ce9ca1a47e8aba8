"""Rows of Arrow tables as plain values that JSON can hold, and keys that people type as Arrow."""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import TYPE_CHECKING, Any, Final

from mltrace.lineage.journeys.key_types import NUMBERS, key_type, plain_type, whole_text
from mltrace.profiles.keyed.column_hashes import hash_column

if TYPE_CHECKING:
    import numpy
    import pyarrow
    from numpy.typing import NDArray

_PLAIN: Final = (
    *(bool, int, float, str, type(None)),
    *(datetime.date, datetime.datetime, datetime.time, datetime.timedelta),
    *(decimal.Decimal, uuid.UUID),
)


def plain_rows(table: pyarrow.Table) -> list[dict[str, Any]]:
    """List rows as plain values; what is none of these is told as text.

    Examples
    --------
    >>> import pyarrow
    >>> plain_rows(pyarrow.table({"origin": ["EWR"], "temp": [60.5]}))
    [{'origin': 'EWR', 'temp': 60.5}]
    """
    columns = [_plain_column(column) for column in table.columns]
    return [
        dict(zip(table.column_names, values, strict=True)) for values in zip(*columns, strict=True)
    ]


def hash_of_value(value: Any, kind: pyarrow.DataType) -> NDArray[numpy.uint64] | None:
    """Hash a value that was given for a column as a value of it has it; None if it can be none.

    A text may stand for a number, a time or a boolean, and a number for its text. A boolean is no
    number, and a whole number that no float holds equals no float.

    Examples
    --------
    >>> import pyarrow
    >>> bool(hash_of_value("7", pyarrow.int64()) == hash_of_value(7.0, pyarrow.int32()))
    True
    >>> hash_of_value("Newark", pyarrow.int64()) is None
    True
    """
    import pyarrow

    kind = plain_type(kind)
    held = key_type(kind)
    if isinstance(value, bool | int | float) and held in {*NUMBERS, "boolean"}:
        if isinstance(value, bool) != (held == "boolean"):
            return None
    elif isinstance(value, str) and held in ("integer", "float") and (whole := whole_text(value)):
        value = int(whole)
    try:
        if pyarrow.types.is_timestamp(kind) and isinstance(value, str):
            value = datetime.datetime.fromisoformat(value)
        if isinstance(value, datetime.datetime):
            value = _in_utc(value, has_zone=getattr(kind, "tz", None) is not None)
        array = pyarrow.array([str(value) if isinstance(value, uuid.UUID) else value])
        return hash_column(array if _is_alike(array.type, kind) else array.cast(kind))
    except (pyarrow.ArrowException, ValueError, OverflowError):
        return None


def _in_utc(moment: datetime.datetime, *, has_zone: bool) -> datetime.datetime:
    """Bring a time into UTC, as columns with a zone and those without hold it."""
    zone = datetime.UTC
    if moment.tzinfo is None:
        return moment.replace(tzinfo=zone) if has_zone else moment
    moment = moment.astimezone(zone)
    return moment if has_zone else moment.replace(tzinfo=None)


def _is_alike(given: pyarrow.DataType, kind: pyarrow.DataType) -> bool:
    """Tell whether equal values of two types have equal hashes as they are."""
    from pyarrow import types

    def is_number(one: pyarrow.DataType) -> bool:
        return bool(types.is_integer(one) or types.is_floating(one))

    return (is_number(given) and is_number(kind) and not types.is_float32(kind)) or (
        types.is_temporal(given) and types.is_temporal(kind)
    )


def _plain_column(column: pyarrow.ChunkedArray) -> list[Any]:
    import pyarrow

    kind = column.type
    if pyarrow.types.is_timestamp(kind) and kind.unit == "ns":
        column = column.cast(pyarrow.timestamp("us", kind.tz), safe=False)
    elif pyarrow.types.is_duration(kind) and kind.unit == "ns":
        column = column.cast(pyarrow.duration("us"), safe=False)
    try:
        values = column.to_pylist()
    except (pyarrow.ArrowException, ValueError, OverflowError):
        values = [str(one) for one in column]
    return [_plain(value) for value in values]


def _plain(value: Any) -> Any:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)
