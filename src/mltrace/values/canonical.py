"""Digests of plain columns, over NumPy memory in canonical form and without copying it whole.

Canonical form: little-endian numbers in row order; every NaN one NaN; times as 64-bit counts of the
finest unit of ns, us, ms, s that holds the whole column, with the least integer for a missing time;
booleans one byte each, 2 where missing. A column without any value has no type, because pandas and
Arrow disagree about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from mltrace.values.digests import DIGEST_BYTES, digest_of_items, new_hasher

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Array = numpy.ndarray[Any, Any]

# Small enough for a copy to stay in the processor's cache, large enough to hide Python's overhead.
_BLOCK_ROWS = 65_536
MISSING_TIME = numpy.iinfo(numpy.int64).min
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def digest_no_values(num_rows: int) -> bytes:
    """Digest a column in which every value is missing, or which has no rows."""
    return digest_of_items("missing", [num_rows.to_bytes(8, "little")])


def digest_plain(arrays: Sequence[Array], num_rows: int) -> bytes:
    """Digest booleans (as uint8 below 3), integers or floats; NaN stands for missing."""
    dtype = arrays[0].dtype if arrays else numpy.dtype("f8")
    if dtype.kind == "f":
        return digest_floats(arrays, num_rows)
    hasher = new_hasher(f"{dtype.str[1:]} {num_rows}")
    for array in arrays:
        hasher.update(memory(array))
    return hasher.digest(length=DIGEST_BYTES)


def digest_floats(arrays: Sequence[Array], num_rows: int) -> bytes:
    """Digest floats, all NaNs as one."""
    if _is_all_nan(arrays):
        return digest_no_values(num_rows)
    hasher = new_hasher(f"{arrays[0].dtype.str[1:]} {num_rows}")
    for array in arrays:
        is_nan = numpy.isnan(array)
        if not is_nan.any():
            hasher.update(memory(array))
            continue
        for rows in _blocks(len(array)):
            block = array[rows].copy()
            block[is_nan[rows]] = numpy.nan
            hasher.update(memory(block))
    return hasher.digest(length=DIGEST_BYTES)


def digest_times(arrays: Sequence[Array], num_rows: int, *, unit: str, sort: str) -> bytes:
    """Digest counts of `unit` since an epoch or between two times.

    Parameters
    ----------
    arrays : sequence of array of int64
        The counts; the least integer where missing.
    num_rows : int
        Their number.
    unit : {'s', 'ms', 'us', 'ns'}
        What they count.
    sort : str
        'timestamp' with its zone, 'duration' or 'time': what keeps equal counts apart.
    """
    if all(len(array) == 0 or array[0] == MISSING_TIME for array in arrays) and all(
        (array == MISSING_TIME).all() for array in arrays
    ):
        return digest_no_values(num_rows)
    finest, factor = _finest_unit(arrays, unit)
    hasher = new_hasher(f"{sort} {finest} {num_rows}")
    for array in arrays:
        if factor == 1:
            hasher.update(memory(array))
            continue
        for rows in _blocks(len(array)):
            block = array[rows]
            missing = block == MISSING_TIME
            block = numpy.where(missing, 0, block) * factor
            block[missing] = MISSING_TIME
            hasher.update(memory(block))
    return hasher.digest(length=DIGEST_BYTES)


def memory(array: Array) -> memoryview:
    """View an array's rows as contiguous little-endian bytes, copied only where they are not."""
    if array.dtype.byteorder == ">":
        array = array.astype(array.dtype.newbyteorder("<"))
    return numpy.ascontiguousarray(array).reshape(-1).view(numpy.uint8).data


def _is_all_nan(arrays: Sequence[Array]) -> bool:
    if any(len(array) and not numpy.isnan(array[0]) for array in arrays):
        return False
    return all(bool(numpy.isnan(array).all()) for array in arrays)


def _finest_unit(arrays: Sequence[Array], unit: str) -> tuple[str, int]:
    if unit == "ns":
        return unit, 1
    farthest = max((_farthest(array) for array in arrays), default=0)
    for finer, per_second in sorted(_PER_SECOND.items(), key=lambda item: -item[1]):
        factor = per_second // _PER_SECOND[unit]
        if factor >= 1 and farthest * factor < -MISSING_TIME:
            return finer, factor
    return unit, 1


def _farthest(array: Array) -> int:
    if len(array) == 0:
        return 0
    low, high = int(array.min()), int(array.max())
    if low == MISSING_TIME:
        present = array[array != MISSING_TIME]
        low = int(present.min()) if len(present) else 0
        high = max(high, 0)
    return max(abs(low), abs(high))


def _blocks(num_rows: int) -> Iterator[slice]:
    for start in range(0, num_rows, _BLOCK_ROWS):
        yield slice(start, start + _BLOCK_ROWS)
