"""Arrays of whole numbers as bytes: narrow, byte planes apart, so that they compress well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WIDTHS: Final = (1, 2, 4, 8)


def pack(values: NDArray[Any]) -> bytes:
    """Turn numbers that are not negative into bytes: the width of each, then their planes.

    Examples
    --------
    >>> unpack(pack(numpy.array([1, 300])), 10).tolist()
    [1, 300]
    """
    most = int(values.max()) if len(values) else 0
    width = next(width for width in _WIDTHS if most < 1 << 8 * width)
    planes = values.astype(f"<u{width}").view(numpy.uint8).reshape(-1, width).T
    return bytes([width]) + planes.tobytes()


def unpack(packed: bytes, max_length: int) -> NDArray[numpy.int64]:
    """Make the numbers again.

    Raises
    ------
    ValueError
        If the bytes hold no such array, or one of more than `max_length` numbers.
    """
    return _unpack(packed, max_length).astype(numpy.int64)


def pack_ascending(values: NDArray[numpy.uint64]) -> bytes:
    """Turn ascending numbers into bytes, by the distances between them."""
    return pack(distances(values))


def distances(ascending: NDArray[Any]) -> NDArray[Any]:
    """Take from each number the one before, from the first 0; `numpy.diff` takes far longer.

    Examples
    --------
    >>> distances(numpy.array([2, 3, 7])).tolist()
    [2, 1, 4]
    """
    found = ascending.copy()
    found[1:] -= ascending[:-1]
    return found


def unpack_ascending(packed: bytes, max_length: int) -> NDArray[numpy.uint64]:
    """Make ascending numbers again; a ValueError where they do not ascend or are too many."""
    values = numpy.cumsum(_unpack(packed, max_length), dtype=numpy.uint64)
    if (values[1:] <= values[:-1]).any():
        raise ValueError("keys that do not ascend")
    return values


def _unpack(packed: bytes, max_length: int) -> NDArray[numpy.uint64]:
    width = packed[0] if isinstance(packed, bytes) and packed else 0
    if width not in _WIDTHS or (len(packed) - 1) % width:
        raise ValueError("bytes that hold no array")
    length = (len(packed) - 1) // width
    if length > max_length:
        raise ValueError(f"an array of {length} numbers, at most {max_length}")
    planes = numpy.frombuffer(packed, numpy.uint8, offset=1).reshape(width, length)
    whole = numpy.ascontiguousarray(planes.T).reshape(-1).view(f"<u{width}")
    return whole.astype(numpy.uint64)
