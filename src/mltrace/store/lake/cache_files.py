"""Files of a cache: arrays that are mapped into memory, not read, and plain values.

A file has a mark, the length of a header, the header, and the arrays; the header has a checksum and
tells the size of the whole. Arrays have none: a file is never changed, and believed only until the
machine that wrote it is started anew, so that it need not be synchronised with the disk.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar
from zlib import crc32

import msgspec
import numpy

from mltrace.errors import StoreCorruptError
from mltrace.store.location import make_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

T = TypeVar("T")
_MAGIC: Final = b"mlta1"
_POPULATE_READ: Final = 22
"""MADV_POPULATE_READ of Linux, which Python does not name yet."""
_ALIGN: Final = 64
_BOOT_ID: Final = "/proc/sys/kernel/random/boot_id"


class _Array(msgspec.Struct, frozen=True, array_like=True):
    """Where an array lies; one of rows that are all equal has one, of `shape[0]`."""

    dtype: str
    shape: tuple[int, ...]
    offset: int
    is_constant: bool = False


class _Header(msgspec.Struct, frozen=True, array_like=True):
    size: int
    arrays: dict[str, _Array]


_encode: Final = msgspec.msgpack.Encoder().encode
_decode_header: Final = msgspec.msgpack.Decoder(_Header).decode


@lru_cache(maxsize=1)
def boot_id() -> str:
    """Tell the boot of this machine from others; a new text in every process where none can."""
    try:
        with open(_BOOT_ID, encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return os.urandom(16).hex()


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write a file of arrays, which appears as a whole.

    Parameters
    ----------
    path : Path
    arrays : mapping of str to array
        Those whose rows are all equal take the room of one row.

    Raises
    ------
    OSError
        If it cannot be written; nothing is left of it then.
    """
    places, chunks, offset = {}, [], 0
    for name, array in arrays.items():
        is_constant = len(array) > 1 and _is_constant(array)
        held = numpy.ascontiguousarray(array[:1] if is_constant else array)
        places[name] = _Array(held.dtype.str, array.shape, offset, is_constant)
        padding = -held.nbytes % _ALIGN
        chunks += [held.reshape(-1).view(numpy.uint8).data if held.nbytes else b"", bytes(padding)]
        offset += held.nbytes + padding
    _write_file(path, [_head(_Header(offset, places)), *chunks])


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Map a file of arrays into memory.

    Raises
    ------
    StoreCorruptError
        If it is damaged or missing.
    """
    try:
        data = numpy.memmap(path, numpy.uint8, "r")
        start = len(_MAGIC) + 16
        fixed = data[:start].tobytes()
        length = int(fixed[len(_MAGIC) + 8 :], 16)
        header = data[start : start + length].tobytes()
        if fixed[: len(_MAGIC)] != _MAGIC or int(fixed[len(_MAGIC) : -8], 16) != crc32(header):
            raise ValueError("the checksum of its header differs")
        told = _decode_header(header)
        body = data[start + length + -(start + length) % _ALIGN :]
        if len(body) != told.size:
            raise ValueError(f"it has {len(body)} bytes of arrays, not {told.size}")
    except (OSError, ValueError, msgspec.DecodeError) as error:
        raise StoreCorruptError(f"A file of arrays is damaged: {error}") from error
    return {name: _mapped(body, place) for name, place in told.arrays.items()}


def prefetch(array: NDArray[Any]) -> None:
    """Map all of the file that an array is of at once, where many of its pages are to be read.

    That takes a tenth of the time of a fault for each of them; nothing happens elsewhere.
    """
    held: Any = array
    while held is not None and not isinstance(held, mmap.mmap):
        held = getattr(held, "base", None)
    if held is not None and sys.platform == "linux":
        with contextlib.suppress(OSError):  # an older kernel
            held.madvise(_POPULATE_READ)


def write_checked(path: Path, told: Any) -> None:
    """Write plain values with a checksum; an OSError if they cannot be written."""
    encoded = _encode(told)
    _write_file(path, [b"%08x" % crc32(encoded), encoded])


def read_checked(path: Path, decode: Callable[[bytes], T]) -> T:
    """Read plain values.

    Parameters
    ----------
    path : Path
    decode : callable
        Makes them of msgpack.

    Raises
    ------
    StoreCorruptError
        If they are damaged or missing.
    """
    try:
        data = path.read_bytes()
        if int(data[:8], 16) != crc32(data[8:]):
            raise ValueError("its checksum differs")
        return decode(data[8:])
    except (OSError, ValueError, msgspec.DecodeError) as error:
        raise StoreCorruptError(f"A file of the cache is damaged: {error}") from error


def _write_file(path: Path, chunks: Iterable[bytes | memoryview]) -> None:
    """Write a file such that it appears as a whole, in the place of one of the same name."""
    make_folder(path.parent)
    making = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with open(making, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
        os.replace(making, path)
    except BaseException:
        with contextlib.suppress(OSError):
            making.unlink(missing_ok=True)
        raise


def _head(header: _Header) -> bytes:
    encoded = _encode(header)
    fixed = b"%b%08x%08x" % (_MAGIC, crc32(encoded), len(encoded))
    return fixed + encoded + bytes(-(len(fixed) + len(encoded)) % _ALIGN)


def _is_constant(array: NDArray[Any]) -> bool:
    if not array.strides[0]:
        return True
    first = array[0]
    block = array[:1024]
    if array.dtype.kind == "f":
        is_same = (block == first) | (numpy.isnan(block) & numpy.isnan(first))
        return bool(is_same.all()) and bool(
            ((array == first) | (numpy.isnan(array) & numpy.isnan(first))).all()
        )
    return bool((block == first).all()) and bool((array == first).all())


def _mapped(body: NDArray[numpy.uint8], place: _Array) -> NDArray[Any]:
    shape = (1, *place.shape[1:]) if place.is_constant else place.shape
    dtype = numpy.dtype(place.dtype)
    size = int(numpy.prod(shape)) * dtype.itemsize
    held = body[place.offset : place.offset + size].view(numpy.ndarray).view(dtype).reshape(shape)
    return numpy.broadcast_to(held, place.shape) if place.is_constant else held
