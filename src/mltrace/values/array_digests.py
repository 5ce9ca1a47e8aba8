"""Digests of NumPy arrays: type, shape and values in C order."""

from __future__ import annotations

from typing import Any

import numpy

from mltrace.values.canonical import Array, memory
from mltrace.values.digests import DIGEST_BYTES, new_hasher


def digest_array(array: Array) -> str:
    """Digest an array that holds no objects, by type, shape and values.

    The order of its bytes and of its memory does not matter, nor does what lies in the padding of a
    record or under the mask of a masked array.

    Examples
    --------
    >>> grid = numpy.arange(6).reshape(2, 3)
    >>> digest_array(grid) == digest_array(numpy.asfortranarray(grid))
    True
    >>> digest_array(grid) == digest_array(grid.reshape(3, 2))
    False
    """
    hasher = new_hasher(f"array {_type_text(array.dtype)} {array.shape}")
    for content in _contents(array):
        hasher.update(content)
    return hasher.hexdigest(length=DIGEST_BYTES)


def _contents(array: Any) -> list[memoryview]:
    if isinstance(array, numpy.ma.MaskedArray):
        mask = numpy.ma.getmaskarray(array)
        if array.dtype.names:
            return [*_contents(array.data), *_contents(mask)]
        return [memory(numpy.where(mask, numpy.zeros((), array.dtype), array.data)), memory(mask)]
    plain: Array = numpy.asarray(array)
    if plain.dtype.names:
        return [content for name in plain.dtype.names for content in _contents(plain[name])]
    return [_unpadded(plain) if plain.dtype.char in "gG" else memory(plain)]


def _unpadded(array: Array) -> memoryview:
    """View long floats without the bytes of each that hold no digits."""
    parts = numpy.ascontiguousarray(array).reshape(-1).view(numpy.longdouble)
    width = parts.dtype.itemsize
    num_used = 10 if numpy.finfo(numpy.longdouble).nmant == 63 else width
    return memory(parts.view(numpy.uint8).reshape(-1, width)[:, :num_used])


def _type_text(dtype: numpy.dtype[Any]) -> str:
    if dtype.names:
        fields: Any = dtype.fields
        inner = ", ".join(f"{name!r}: {_type_text(fields[name][0])}" for name in dtype.names)
        return f"{{{inner}}}"
    if dtype.subdtype:
        base, shape = dtype.subdtype
        return f"{_type_text(base)}{shape}"
    return dtype.newbyteorder("<").str
