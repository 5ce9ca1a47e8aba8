"""Batches: rows of predictions or feedback as they are logged, column by column.

A batch is made in the user's process, with NumPy and msgpack alone; readers make Parquet of it. It
is self-describing and has a checksum, so that it can lie in a file as well as in a fact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal
from zlib import crc32

import msgspec
import numpy

from mltrace.errors import StoreCorruptError
from mltrace.escaping import encodable
from mltrace.store.task_facts import RowKind  # noqa: TC001 (msgspec reads the annotations)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    Values: TypeAlias = Sequence[Any] | NDArray[Any]

Form = Literal["same", "float", "int", "bool", "time", "text", "json"]
"""How the values of a column are kept; 'time' are microseconds, 'json' any other plain value."""
_MAGIC: Final = b"mltb1"
_FORMS: Final[Mapping[str, Form]] = {"f": "float", "i": "int", "u": "int", "b": "bool", "M": "time"}
_DTYPES: Final = {"float": "<f8", "int": "<i8", "bool": "?", "time": "<i8"}


class Same(msgspec.Struct, frozen=True):
    """A column in which every row has the same value; None is no value."""

    value: Any


class Column(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """The values of a column: bytes of numbers, or texts end to end with the length of each.

    `valid` has a byte for each row, 0 where it has no value; empty: all have one. `width` is the
    number of values of each row, where these are vectors.
    """

    form: Form
    data: bytes = b""
    lengths: bytes = b""
    valid: bytes = b""
    same: Any = None
    width: int = 0


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """Rows of one task and kind. Predictions have the columns of `mltrace.store.lake.layout`."""

    task: str
    kind: RowKind
    num_rows: int
    columns: dict[str, Column]


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Batch)


def encode_batch(
    task: str, kind: RowKind, num_rows: int, columns: Mapping[str, Values | Same]
) -> bytes:
    """Encode a batch.

    Raises
    ------
    TypeError
        If a value of a column is no plain value.

    Examples
    --------
    >>> data = encode_batch("late", "feedback", 2, {"id": ["a", "b"], "label": Same(1)})
    >>> decode_batch(data).columns["label"].same
    1
    """
    made = {name: _column(values) for name, values in columns.items()}
    body = _encoder.encode(Batch(task, kind, num_rows, made))
    return b"%b%08x%b" % (_MAGIC, crc32(body), body)


def decode_batch(data: bytes) -> Batch:
    """Decode a batch.

    Raises
    ------
    StoreCorruptError
        If it is damaged.
    """
    start = len(_MAGIC) + 8
    try:
        if data[: len(_MAGIC)] != _MAGIC or int(data[len(_MAGIC) : start], 16) != crc32(
            data[start:]
        ):
            raise ValueError("its checksum differs")
        return _decoder.decode(data[start:])
    except (ValueError, msgspec.DecodeError) as error:
        raise StoreCorruptError(
            f"A batch of predictions or feedback is damaged: {error}"
        ) from error


def _column(values: Values | Same) -> Column:
    if isinstance(values, Same):
        return Column("same", same=values.value)
    if isinstance(values, numpy.ndarray) and values.dtype.kind in _FORMS:
        return _numbers(values)
    items = list(values)
    if all(type(item) is str for item in items):
        return _texts(items)
    valid = bytes([item is not None for item in items])
    return Column("json", data=msgspec.json.encode(items), valid=valid if 0 in valid else b"")


def _numbers(values: NDArray[Any]) -> Column:
    form = _FORMS[values.dtype.kind]
    if form == "time":
        values = values.astype("datetime64[us]").view("int64")
    width = values.shape[1] if values.ndim == 2 else 0
    return Column(form, numpy.ascontiguousarray(values, _DTYPES[form]).tobytes(), width=width)


def _texts(items: Sequence[str]) -> Column:
    joined = "".join(items)
    if joined.isascii():
        lengths = numpy.fromiter(map(len, items), "<u4", len(items))
        return Column("text", joined.encode("ascii"), lengths.tobytes())
    encoded = [encodable(item).encode() for item in items]
    lengths = numpy.fromiter(map(len, encoded), "<u4", len(encoded))
    return Column("text", b"".join(encoded), lengths.tobytes())
