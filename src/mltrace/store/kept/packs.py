"""Packs: files of compressed chunks that were new when a value was kept, written once.

A pack is its chunks one behind the other, then one entry for each, then a footer with the checksum
of the entries. A chunk is known by the blake3 digest of its bytes before compression, which is
checked whenever it is read; so no list of chunks is needed beside the packs.

A pack keeps its name when chunks that no value needs any more are taken out of it.
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

import zstandard
from blake3 import blake3

from mltrace.store.kept.placing import damaged
from mltrace.store.kept.recipes import KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

LEVEL: Final = 1
_ENTRY: Final = struct.Struct("<16sQIIB")
_FOOTER: Final = struct.Struct("<I16s8s")
_MAGIC: Final = b"mltpack1"
_RAW: Final = 0
_COMPRESSED: Final = 1
"""The codec of a chunk of single bytes; of items of `n` bytes, which are shuffled first, `n`."""
_SHUFFLED: Final = frozenset({2, 4, 8, 16})


class Entry(NamedTuple):
    """Where a chunk stands in its pack, and how it is encoded."""

    key: bytes
    offset: int
    num_stored: int
    num_bytes: int
    codec: int


def key_of(chunk: bytes | memoryview) -> bytes:
    """Return what a chunk is known by."""
    return blake3(chunk).digest(length=KEY_BYTES)


class Pack:
    """A pack to read from.

    Attributes
    ----------
    entries : dict of bytes to Entry
        The chunks in it.

    Raises
    ------
    FileNotFoundError
        If there is none at the path.
    StoreCorruptError
        If it is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.num_bytes_read = 0
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self.status = os.fstat(self._descriptor)
            self.entries = {entry.key: entry for entry in self._read_entries()}
        except BaseException:
            self.close()
            raise

    def read(self, key: bytes) -> bytes:
        """Read a chunk and check it.

        Raises
        ------
        StoreCorruptError
            If it is damaged or not in this pack.
        """
        entry = self.entries.get(key)
        if entry is None:
            raise damaged(self.path, f"the chunk {key.hex()} is missing")
        try:
            chunk = _decode(self.read_stored(entry), entry)
        except zstandard.ZstdError as error:
            raise damaged(self.path, f"the chunk {key.hex()} cannot be unpacked") from error
        if key_of(chunk) != key:
            raise damaged(self.path, f"the chunk {key.hex()} does not match its checksum")
        return chunk

    def read_stored(self, entry: Entry) -> bytes:
        """Read a chunk as it is stored."""
        return self._pread(entry.num_stored, entry.offset)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _read_entries(self) -> list[Entry]:
        end = self.status.st_size - _FOOTER.size
        footer = self._pread(_FOOTER.size, max(0, end))
        if len(footer) < _FOOTER.size:
            raise damaged(self.path, "it is cut short")
        num_entries, checksum, magic = _FOOTER.unpack(footer)
        size = num_entries * _ENTRY.size
        if magic != _MAGIC or size > end:
            raise damaged(self.path, "it is cut short")
        listed = self._pread(size, end - size)
        if key_of(listed) != checksum:
            raise damaged(self.path, "the list of its chunks does not match its checksum")
        return [Entry(*fields) for fields in _ENTRY.iter_unpack(listed)]

    def _pread(self, size: int, offset: int) -> bytes:
        data = os.pread(self._descriptor, size, offset)
        self.num_bytes_read += len(data)
        return data


class PackWriter:
    """Writes chunks into a pack.

    Attributes
    ----------
    entries : dict of bytes to Entry
        The chunks written so far.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.entries: dict[bytes, Entry] = {}
        self._file = file
        self._offset = 0
        self._compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=False)

    def add(self, key: bytes, chunk: memoryview, width: int) -> None:
        """Write a chunk of items that have `width` bytes each."""
        codec = width if width in _SHUFFLED and len(chunk) % width == 0 else _COMPRESSED
        stored: bytes | memoryview = self._compressor.compress(
            chunk if codec == _COMPRESSED else _shuffle(chunk, width)
        )
        if len(stored) >= len(chunk):
            stored, codec = chunk, _RAW
        self._add(Entry(key, self._offset, len(stored), len(chunk), codec), stored)

    def copy(self, entry: Entry, stored: bytes) -> None:
        """Write a chunk as another pack has it."""
        self._add(entry._replace(offset=self._offset), stored)

    def finish(self) -> None:
        """Write the entries and the footer."""
        listed = b"".join(_ENTRY.pack(*entry) for entry in self.entries.values())
        self._file.write(listed)
        self._file.write(_FOOTER.pack(len(self.entries), key_of(listed), _MAGIC))

    def _add(self, entry: Entry, stored: bytes | memoryview) -> None:
        self._file.write(stored)
        self._offset += len(stored)
        self.entries[entry.key] = entry


def name_of(keys: Iterable[bytes]) -> bytes:
    """Name a pack after its chunks, so that who keeps the same at the same time writes the same."""
    return key_of(b"".join(keys))


def num_bytes_of(entries: Iterable[Entry]) -> int:
    """Return the bytes that chunks take in a pack."""
    return sum(entry.num_stored + _ENTRY.size for entry in entries)


def copy_without(pack: Pack, dead: Collection[bytes], file: BinaryIO) -> None:
    """Write a pack without some of its chunks."""
    writer = PackWriter(file)
    for entry in pack.entries.values():
        if entry.key not in dead:
            writer.copy(entry, pack.read_stored(entry))
    writer.finish()


def _decode(stored: bytes, entry: Entry) -> bytes:
    if entry.codec == _RAW:
        return stored
    plain = zstandard.ZstdDecompressor().decompress(stored, max_output_size=entry.num_bytes)
    return plain if entry.codec == _COMPRESSED else _unshuffle(plain, entry.codec)


def _shuffle(chunk: memoryview, width: int) -> bytes:
    """Put the first bytes of all items first, then the second ones: numbers compress better so."""
    import numpy  # only chunks that numpy made have items of more than a byte

    return numpy.frombuffer(chunk, numpy.uint8).reshape(-1, width).T.tobytes()


def _unshuffle(plain: bytes, width: int) -> bytes:
    import numpy

    return numpy.frombuffer(plain, numpy.uint8).reshape(width, -1).T.tobytes()
