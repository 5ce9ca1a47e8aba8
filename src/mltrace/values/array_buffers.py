"""Takes arrays apart into the header of a .npy file and the bytes of their items, and back."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy

from mltrace.values.described import Buffer, Content

if TYPE_CHECKING:
    from mltrace.values.kinds import KeptPart
    from mltrace.values.wanted import Wanted


def array_content(array: Any) -> Content:
    """Take an array apart that holds no objects."""
    return Content({"header": _header(array)}, [_buffer(array)])


def read_array(part: KeptPart, wanted: Wanted) -> Any:
    """Put an array together again, or the rows wanted of it."""
    if not part.meta:  # as an earlier version kept it
        array = numpy.lib.format.read_array(part.stream(), allow_pickle=False)
        return wanted.rows_of(array)
    shape, is_fortran, dtype = _read_header(part.meta["header"])
    if wanted.rows is None or is_fortran or not shape:
        flat = numpy.frombuffer(part.read(), dtype)
        array = flat.reshape(shape[::-1]).T if is_fortran else flat.reshape(shape)
        return wanted.rows_of(array)
    begin, end = wanted.bounds(shape[0])
    size = part.size() // shape[0] if shape[0] else 0
    content = part.read(0, begin * size, end * size)
    return numpy.frombuffer(content, dtype).reshape((end - begin, *shape[1:]))


def _header(array: Any) -> bytes:
    stream = io.BytesIO()
    fields = numpy.lib.format.header_data_from_array_1_0(array)
    numpy.lib.format.write_array_header_2_0(stream, fields)
    return stream.getvalue()


def _read_header(header: bytes) -> tuple[tuple[int, ...], bool, numpy.dtype[Any]]:
    stream = io.BytesIO(header)
    numpy.lib.format.read_magic(stream)
    return numpy.lib.format.read_array_header_2_0(stream)


def _buffer(array: Any) -> Buffer:
    is_fortran = array.flags.f_contiguous and not array.flags.c_contiguous
    plain = numpy.ascontiguousarray(array.T if is_fortran else array)
    data = plain.reshape(-1).view(numpy.uint8).data if plain.size else memoryview(b"")
    return Buffer(data, max(1, plain.dtype.itemsize))
