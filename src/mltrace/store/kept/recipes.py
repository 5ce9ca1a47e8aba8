"""What the file of a kept value says: its manifest, and of which chunks each part is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY_BYTES: Final = 16
_LEVEL: Final = 3


class ChunkRef(NamedTuple):
    """A chunk of a buffer: the name of its pack, its key and its size."""

    pack: bytes
    key: bytes
    num_bytes: int


class Extent(msgspec.Struct, array_like=True, frozen=True):
    """Where a buffer is: in the file of the value itself, or in chunks.

    Attributes
    ----------
    content : bytes
        The whole buffer, if it is too small to be worth a chunk.
    keys : bytes
        The keys of its chunks, one behind the other.
    sizes : tuple of int
        How many bytes each has.
    packs : tuple of int
        In which of the packs of the value each is.
    """

    content: bytes = b""
    keys: bytes = b""
    sizes: tuple[int, ...] = ()
    packs: tuple[int, ...] = ()

    @property
    def num_bytes(self) -> int:
        """The size of the buffer."""
        return len(self.content) + sum(self.sizes)


class Recipe(msgspec.Struct, array_like=True, frozen=True):
    """A part: what its kind of value needs to know to put it together, and its buffers.

    Attributes
    ----------
    meta : dict
        What its kind of value needs to know.
    extents : tuple of Extent
        Its buffers.
    key : bytes
        What it has in common with parts of the same values in another order, if that is known.
    base : Recipe or None
        The part of which the buffers say the order, if it is kept so.
    """

    meta: dict[str, Any]
    extents: tuple[Extent, ...]
    key: bytes = b""
    base: Recipe | None = None

    def all_extents(self) -> tuple[Extent, ...]:
        """List the buffers, those of the base included."""
        return self.extents if self.base is None else self.extents + self.base.extents


class KeptValue(msgspec.Struct, array_like=True, frozen=True):
    """The file of a kept value.

    Attributes
    ----------
    manifest : dict
        How the value is laid out.
    parts : dict of str to Recipe
        Its parts by their digests.
    packs : tuple of bytes
        The names of the packs that it needs.
    """

    manifest: dict[str, Any]
    parts: dict[str, Recipe] = {}
    packs: tuple[bytes, ...] = ()

    def chunks_of(self, extent: Extent) -> Iterator[ChunkRef]:
        """Yield the chunks of a buffer in order."""
        for place, (size, pack) in enumerate(zip(extent.sizes, extent.packs, strict=True)):
            key = extent.keys[place * KEY_BYTES : (place + 1) * KEY_BYTES]
            yield ChunkRef(self.packs[pack], key, size)

    def chunks(self) -> Iterator[ChunkRef]:
        """Yield all chunks of all parts."""
        for recipe in self.parts.values():
            for extent in recipe.all_extents():
                yield from self.chunks_of(extent)


def encode(value: KeptValue) -> bytes:
    """Turn what a file of a value says into bytes."""
    import zstandard

    packed = msgspec.msgpack.encode(value)
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=False).compress(packed)


def decode(data: bytes) -> KeptValue:
    """Read the file of a value; one of an earlier version is a manifest alone.

    Raises
    ------
    ValueError
        If it cannot be read.
    """
    if data[:1] == b"{":
        return KeptValue(msgspec.json.decode(data, type=dict[str, Any]))
    import zstandard

    try:
        packed = zstandard.ZstdDecompressor().decompress(data)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error
    return msgspec.msgpack.decode(packed, type=KeptValue)
