"""Batches: rows of predictions or feedback as they are logged, column by column.

A batch is made in the user's process, with NumPy and msgpack alone; readers make Parquet of it. It
is self-describing and has a checksum, so that it can lie in a file as well as in a fact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zlib import crc32

import msgspec

from mltrace.errors import StoreCorruptError
from mltrace.store.lake.columns import Coded, Column, Same, make_column
from mltrace.store.task_facts import RowKind  # noqa: TC001 (msgspec reads the annotations)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltrace.store.lake.columns import Values

__all__ = ["MAGIC", "Batch", "Coded", "Same", "decode_batch", "encode_batch"]

MAGIC: Final = b"mltb1"
"""What a batch begins with."""


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """Rows of one task and kind. Predictions have the columns of `mltrace.store.lake.layout`."""

    task: str
    kind: RowKind
    num_rows: int
    columns: dict[str, Column]


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Batch)


def encode_batch(task: str, kind: RowKind, num_rows: int, columns: Mapping[str, Values]) -> bytes:
    """Encode a batch.

    Parameters
    ----------
    columns : mapping of str to sequence, array, Same or Coded
        The values by column, as `make_column` takes them.

    Raises
    ------
    TypeError
        If a value of a column is no plain value.

    Notes
    -----
    About 0.3 ms for 10,000 rows of ids, values, scores and times from NumPy.

    Examples
    --------
    >>> data = encode_batch("late", "feedback", 2, {"id": ["a", "b"], "value": Same("1")})
    >>> decode_batch(data).columns["value"].same
    '1'
    """
    made = {name: make_column(values) for name, values in columns.items()}
    body = _encoder.encode(Batch(task, kind, num_rows, made))
    return b"%b%08x%b" % (MAGIC, crc32(body), body)


def decode_batch(data: bytes) -> Batch:
    """Decode a batch.

    Raises
    ------
    StoreCorruptError
        If it is damaged.
    """
    start = len(MAGIC) + 8
    try:
        body = memoryview(data)[start:]
        if data[: len(MAGIC)] != MAGIC or int(data[len(MAGIC) : start], 16) != crc32(body):
            raise ValueError("its checksum differs")
        batch = _decoder.decode(body)
        if batch.num_rows > len(body):  # an id takes more than a byte
            raise ValueError(f"it says that it has {batch.num_rows:,} rows in {len(body):,} bytes")
        return batch
    except (ValueError, msgspec.DecodeError) as error:
        raise StoreCorruptError(
            f"A batch of predictions or feedback is damaged: {error}"
        ) from error
