"""Hashes of the values of a column, one by one, by which rows are found again in another order.

The hashes are quick and weak: whoever finds two orders equal by them compares the digests as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy
import pyarrow
import pyarrow.types as arrow_types

from mltrace.values.arrow_columns import is_plain_text, is_present, lengths_and_content
from mltrace.values.digests import digest_of_items

if TYPE_CHECKING:
    from collections.abc import Iterable

Hashes = numpy.ndarray[Any, numpy.dtype[numpy.uint64]]
_MULTIPLIER: Final = numpy.uint64(0x9E3779B97F4A7C15)
_NULL: Final = numpy.uint64(0xD1B54A32D192ED03)
_SHIFT: Final = numpy.uint64(29)
_NUM_PLACES: Final = 64
_WEIGHTS: Final = (_MULTIPLIER ** numpy.arange(1, _NUM_PLACES + 1, dtype=numpy.uint64)) | 1


def hash_values(column: Any) -> Hashes | None:
    """Hash each value of an Arrow array; None for types of which the values have no one width.

    Examples
    --------
    >>> first, second = (hash_values(pyarrow.array(values)) for values in (["a", "b"], ["b", "a"]))
    >>> bool((first == second[::-1]).all())
    True
    """
    kind = column.type
    if arrow_types.is_dictionary(kind):
        words = hash_values(column.dictionary)
        codes = column.indices.fill_null(0).to_numpy(zero_copy_only=False)
        hashes = None if words is None or not len(words) else words[codes]
    elif is_plain_text(kind):
        hashes = _hash_texts(column)
    elif arrow_types.is_boolean(kind):
        hashes = _mix(column.cast(pyarrow.uint8()).fill_null(0).to_numpy().astype(numpy.uint64))
    elif arrow_types.is_primitive(kind) and kind.bit_width <= 64:
        width = kind.bit_width // 8
        raw = numpy.frombuffer(column.buffers()[1], f"u{width}")
        hashes = _mix(raw[column.offset : column.offset + len(column)].astype(numpy.uint64))
    else:
        return None
    if hashes is not None and column.null_count:
        hashes[~is_present(column)] = _NULL
    return hashes


def hash_rows(columns: Iterable[Hashes]) -> Hashes:
    """Hash rows by the hashes of their values; the order of the columns counts."""
    hashes: Hashes | None = None
    for column in columns:
        hashes = column.copy() if hashes is None else _mix(hashes + column)
    return numpy.zeros(0, numpy.uint64) if hashes is None else hashes


def key_without_order(column: Any) -> bytes | None:
    """Digest the values of a column whatever order they have; None if its values have no hashes.

    Notes
    -----
    Of texts only bytes and lengths are counted, which is ten times as quick as to hash each.
    """
    sums: list[Any]
    if is_plain_text(column.type):
        lengths, content = lengths_and_content(column)
        counts = numpy.bincount(numpy.frombuffer(content, numpy.uint8), minlength=256)
        sums = [counts, (lengths.astype(numpy.int64) ** 2).sum()]
    else:
        hashes = hash_values(column)
        if hashes is None:
            return None
        sums = [hashes.sum(dtype=numpy.uint64), _mix(hashes).sum(dtype=numpy.uint64)]
    num_rows = len(column).to_bytes(8, "little")
    items = [str(column.type).encode(), num_rows, *[counted.tobytes() for counted in sums]]
    return digest_of_items("without order", items)


def _mix(values: Hashes) -> Hashes:
    """Mix the bits of each value in place, which spares the memory of copies."""
    shifted = values >> _SHIFT
    values ^= shifted
    values *= _MULTIPLIER
    numpy.right_shift(values, _SHIFT, out=shifted)
    values ^= shifted
    return values


def _hash_texts(column: Any) -> Hashes:
    """Hash texts by their bytes, each weighted by its place, and by their lengths."""
    lengths, content = lengths_and_content(column)
    lengths = numpy.maximum(lengths, 0).astype(numpy.int64)
    ends = numpy.cumsum(lengths)
    places = numpy.arange(len(content)) - numpy.repeat(ends - lengths, lengths)
    values = numpy.frombuffer(content, numpy.uint8).astype(numpy.uint64) + numpy.uint64(1)
    sums = numpy.zeros(len(content) + 1, numpy.uint64)
    numpy.cumsum(values * _WEIGHTS[places % _NUM_PLACES], out=sums[1:])
    return _mix(sums[ends] - sums[ends - lengths] + lengths.astype(numpy.uint64) * _MULTIPLIER)
