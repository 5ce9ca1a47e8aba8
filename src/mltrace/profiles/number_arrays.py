"""Arrow arrays of numbers as NumPy arrays, and floats as keys of the same order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy

if TYPE_CHECKING:
    import pyarrow
    from numpy.typing import NDArray

_UNITS: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_SIGN: Final = numpy.int64(-(1 << 63))


def as_array(values: pyarrow.Array) -> NDArray[Any]:
    """Turn an Arrow array into ints or floats: durations and times into seconds, true into 1.

    Where there is a null, all are floats, and it is NaN.
    """
    import pyarrow
    from pyarrow import types

    if types.is_date(values.type):
        values = values.cast(pyarrow.timestamp("ms"))
    kind = values.type
    if types.is_decimal(kind):
        values = values.cast("float64")
    elif types.is_boolean(kind):
        values = values.cast("uint8")
    elif types.is_duration(kind) or types.is_time(kind) or types.is_timestamp(kind):
        whole = values.cast("int32" if types.is_time32(kind) else "int64")
        return numpy.asarray(whole.to_numpy(zero_copy_only=False) / _UNITS[kind.unit])
    return numpy.asarray(values.to_numpy(zero_copy_only=False))


def is_number(kind: pyarrow.DataType) -> bool:
    """Tell whether an Arrow type is of numbers."""
    from pyarrow import types

    return bool(
        types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_decimal(kind)
        or types.is_duration(kind)
        or types.is_time(kind)
    )


def keys_of(floats: NDArray[numpy.float64]) -> NDArray[numpy.uint64]:
    """Map floats to whole numbers of the same order; -0.0 is to be 0.0 before.

    Examples
    --------
    >>> keys = keys_of(numpy.array([-1.0, 0.0, 2.5]))
    >>> bool((keys[1:] > keys[:-1]).all()), values_of(keys).tolist()
    (True, [-1.0, 0.0, 2.5])
    """
    patterns = floats.view(numpy.int64)
    flipped = patterns >> 63
    flipped |= _SIGN
    flipped ^= patterns
    return flipped.view(numpy.uint64)


def values_of(keys: NDArray[numpy.uint64]) -> NDArray[numpy.float64]:
    """Map the keys back to floats."""
    signed = keys.view(numpy.int64)
    flipped = ~signed >> 63
    flipped |= _SIGN
    flipped ^= signed
    return flipped.view(numpy.float64)
