"""Reads kept parts, or pieces of them, and no chunk more than is asked for."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections import OrderedDict
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, Self

from mltrace.errors import StoreCorruptError
from mltrace.store.kept.packs import Pack

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from mltrace.store.kept.blobs import Blobs
    from mltrace.store.kept.packs import Entry
    from mltrace.store.kept.recipes import ChunkRef, KeptValue, Recipe

_MAX_OPEN: Final = 32
_READ_AHEAD_BYTES: Final = 1 << 16


class ValueReader:
    """Reads the parts of one kept value; close it after use.

    Attributes
    ----------
    manifest : dict
        How the value is laid out.
    """

    def __init__(self, blobs: Blobs, value: KeptValue) -> None:
        self.manifest = value.manifest
        self._blobs = blobs
        self._value = value
        self._packs: OrderedDict[bytes, Pack] = OrderedDict()
        self._num_bytes_closed = 0
        self._latest = b"", b""

    @property
    def num_bytes_read(self) -> int:
        """How many bytes of packs were read so far."""
        return self._num_bytes_closed + sum(pack.num_bytes_read for pack in self._packs.values())

    def open_part(self, digest: str) -> PartReader:
        """Open a part.

        Raises
        ------
        StoreCorruptError
            If it is damaged or gone.
        """
        recipe = self._value.parts.get(digest)
        if recipe is None:
            with self._blobs.open(digest) as stream:
                return PartReader({}, [_Extent(stream.read(), (), self)])
        return self._part(recipe)

    def _part(self, recipe: Recipe) -> PartReader:
        extents = [
            _Extent(extent.content, tuple(self._value.chunks_of(extent)), self)
            for extent in recipe.extents
        ]
        base = None if recipe.base is None else self._part(recipe.base)
        return PartReader(recipe.meta, extents, base)

    def read_chunk(self, chunk: ChunkRef) -> bytes:
        """Read a chunk and check it; the latest is at hand."""
        if self._latest[0] != chunk.key:
            self._latest = chunk.key, self._pack(chunk.pack).read(chunk.key)
        return self._latest[1]

    def read_stored(self, chunk: ChunkRef) -> tuple[Entry, bytes]:
        """Read a chunk as it is stored, and check it."""
        pack = self._pack(chunk.pack)
        pack.read(chunk.key)
        entry = pack.entries[chunk.key]
        return entry, pack.read_stored(entry)

    def _pack(self, name: bytes) -> Pack:
        pack = self._packs.get(name)
        if pack is not None:
            self._packs.move_to_end(name)
            return pack
        if len(self._packs) >= _MAX_OPEN:
            self._close(self._packs.popitem(last=False)[1])
        path = self._blobs.pack_path(name)
        try:
            pack = self._packs[name] = Pack(path)
        except FileNotFoundError as error:
            raise StoreCorruptError(
                f"The kept pack {path} is missing; run the component again to keep it anew."
            ) from error
        return pack

    def _close(self, pack: Pack) -> None:
        self._num_bytes_closed += pack.num_bytes_read
        pack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        while self._packs:
            self._close(self._packs.popitem()[1])


class PartReader:
    """A kept part: what is said of it, and its buffers.

    Attributes
    ----------
    meta : dict
        What its kind of value needs to put it together; empty if an earlier version kept it.
    """

    def __init__(
        self, meta: dict[str, Any], extents: list[_Extent], base: PartReader | None = None
    ) -> None:
        self.meta = meta
        self._extents = extents
        self._base = base

    def base(self) -> PartReader:
        """Open the part that this one has in another order.

        Raises
        ------
        StoreCorruptError
            If there is none.
        """
        if self._base is None:
            raise StoreCorruptError("A kept part is the order of another, which is missing.")
        return self._base

    def size(self, number: int = 0) -> int:
        """Tell how many bytes a buffer has."""
        return self._extents[number].num_bytes

    def read(self, number: int = 0, begin: int = 0, end: int | None = None) -> bytearray:
        """Read the bytes of a buffer from `begin` up to `end`."""
        extent = self._extents[number]
        return extent.read(begin, extent.num_bytes if end is None else end)

    def stream(self, number: int = 0) -> io.BufferedReader:
        """Open a buffer as a file; bytes that are passed over are not read."""
        return io.BufferedReader(_Stream(self._extents[number]), _READ_AHEAD_BYTES)


class _Extent:
    """A buffer: bytes at hand, or chunks with the place at which each ends."""

    def __init__(self, content: bytes, chunks: tuple[ChunkRef, ...], reader: ValueReader) -> None:
        self._content = content
        self._chunks = chunks
        self._reader = reader
        self._ends = list(accumulate(chunk.num_bytes for chunk in chunks))
        self.num_bytes = len(content) + (self._ends[-1] if self._ends else 0)

    def read(self, begin: int, end: int) -> bytearray:
        if not self._chunks:
            return bytearray(self._content[begin:end])
        result = bytearray(max(0, end - begin))
        for number in range(bisect_right(self._ends, begin), len(self._ends)):
            chunk = self._chunks[number]
            start = self._ends[number] - chunk.num_bytes
            if start >= end:
                break
            data = memoryview(self._reader.read_chunk(chunk))
            piece = data[max(0, begin - start) : end - start]
            place = max(begin, start) - begin
            result[place : place + len(piece)] = piece
        return result


class _Stream(io.RawIOBase):
    def __init__(self, extent: _Extent) -> None:
        self._extent = extent
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._extent.num_bytes}
        self._place = max(0, base[whence] + offset)
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        end = min(self._place + len(view), self._extent.num_bytes)
        data = self._extent.read(self._place, max(end, self._place))
        view[: len(data)] = data
        self._place += len(data)
        return len(data)
