"""Keeps a value: cuts its parts into chunks and writes those that the store does not have.

A part that another value has, or a chunk that a pack has, is found by hints, renewed so that no
sweep takes it, and then relied upon. What is new goes into one pack; the file of the value, which
makes all of it visible, comes last.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol

from mltrace.errors import StoreCorruptError
from mltrace.store.chunking import cut
from mltrace.store.hints import Hints
from mltrace.store.packs import Pack, PackWriter, key_of, name_of
from mltrace.store.placing import partial_file, place, renew
from mltrace.store.recipes import KEY_BYTES, Extent, KeptValue, Recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mltrace.store.blobs import Blobs
    from mltrace.store.hints import Hint
    from mltrace.store.packs import Entry
    from mltrace.store.reading import ValueReader
    from mltrace.store.recipes import ChunkRef

INLINE_BYTES: Final = 4096
"""Buffers up to this size stay in the file of the value: a chunk would take as much room."""


class _Buffer(Protocol):
    """A buffer of a part: bytes or a stream of them, in items of `width` bytes."""

    data: Any
    width: Any


class _Content(Protocol):
    meta: Any
    buffers: Any


class KeepablePart(Protocol):
    """A part to keep: its digest, and a function that brings its content."""

    @property
    def digest(self) -> str:
        """The key that it is kept under."""

    @property
    def content(self) -> Callable[[], Any]:
        """Brings what its kind needs to know and its buffers."""


def keep(
    blobs: Blobs, digest: str, manifest: Mapping[str, Any], parts: Iterable[KeepablePart]
) -> None:
    """Keep a value under its digest; readers see all of it or nothing.

    Raises
    ------
    OSError
        If there is no room for it, or the store may not be written to.
    """
    with ExitStack() as stack:
        keeper = Keeper(blobs, stack)
        recipes = {part.digest: keeper.recipe_of(part) for part in parts}
        packs = keeper.place_pack()
    blobs.put_value(digest, KeptValue(dict(manifest), recipes, packs))
    keeper.leave_hints(digest, recipes)


class Keeper:
    """Finds or writes the chunks of one value.

    Parameters
    ----------
    blobs : Blobs
        Where they are kept.
    stack : ExitStack
        Closes the file of the new pack; `place_pack` must come before that.
    """

    def __init__(self, blobs: Blobs, stack: ExitStack) -> None:
        self._blobs = blobs
        self._stack = stack
        self._file: BinaryIO | None = None
        self._writer: PackWriter | None = None
        self._written: dict[bytes, Entry] = {}
        self._name = b""
        self._hints = Hints(blobs.hints_folder)
        self._entries: dict[bytes, frozenset[bytes]] = {}
        self._numbers: dict[bytes, int] = {}
        """The packs relied upon; number 0 is the one that is being written."""

    def recipe_of(self, part: KeepablePart) -> Recipe:
        """Keep a part that a value in memory has."""
        known = self._find_part(part.digest)
        if known is not None:
            return known
        content = part.content()
        extents = tuple([self._store(buffer) for buffer in content.buffers])
        return Recipe(content.meta, extents)

    def copy_of(self, digest: str, value: KeptValue, source: ValueReader) -> Recipe:
        """Keep a part that a value in another store has, chunk by chunk as they are there."""
        known = self._find_part(digest)
        if known is not None:
            return known
        recipe = value.parts[digest]
        extents = [
            Extent(
                extent.content,
                extent.keys,
                extent.sizes,
                tuple([self._copy(chunk, source) for chunk in value.chunks_of(extent)]),
            )
            for extent in recipe.extents
        ]
        return Recipe(recipe.meta, tuple(extents))

    def place_pack(self) -> tuple[bytes, ...]:
        """Give the new pack, if there is one, its name and place; name all packs in order."""
        if self._writer is not None and self._file is not None:
            self._writer.finish()
            self._name = name_of(self._written)
            place(self._blobs.folder, self._file, self._blobs.pack_path(self._name))
        return (self._name, *self._numbers)

    def leave_hints(self, digest: str, recipes: Mapping[str, Recipe]) -> None:
        """Tell later writers what is kept now."""
        hints = [(key, self._name) for key in self._written]
        self._hints.add([*hints, *part_hints(digest, recipes)])

    def _store(self, buffer: _Buffer) -> Extent:
        keys: list[bytes] = []
        sizes: list[int] = []
        packs: list[int] = []
        for chunk in cut(buffer.data, buffer.width):
            if not keys and len(chunk) <= INLINE_BYTES:
                return Extent(bytes(chunk))
            key = key_of(chunk)
            keys.append(key)
            sizes.append(len(chunk))
            packs.append(self._place(key, chunk, buffer.width))
        return Extent(b"", b"".join(keys), tuple(sizes), tuple(packs))

    def _place(self, key: bytes, chunk: memoryview, width: int) -> int:
        """Find a chunk in a pack, else write it; return the number of the pack."""
        number = self._find_chunk(key)
        if number is None:
            self._open_pack().add(key, chunk, width)
        return number or 0

    def _copy(self, chunk: ChunkRef, source: ValueReader) -> int:
        """Find a chunk in a pack, else write it as another store has it."""
        number = self._find_chunk(chunk.key)
        if number is None:
            self._open_pack().copy(*source.read_stored(chunk))
        return number or 0

    def _find_chunk(self, key: bytes) -> int | None:
        if key in self._written:
            return 0
        for name in self._hints.find(key):
            if key in self._rely_on(name):
                return self._number(name)
        return None

    def _open_pack(self) -> PackWriter:
        if self._writer is None:
            self._file = self._stack.enter_context(partial_file(self._blobs.packs_folder / "pack"))
            self._writer = PackWriter(self._file)
            self._written = self._writer.entries
        return self._writer

    def _rely_on(self, name: bytes) -> frozenset[bytes]:
        """Renew a pack and return what is in it: nothing, if it is gone or damaged."""
        if name not in self._entries:
            self._entries[name] = self._renewed(name)
        return self._entries[name]

    def _renewed(self, name: bytes) -> frozenset[bytes]:
        path = self._blobs.pack_path(name)
        if not renew(self._blobs.folder, path):
            return frozenset()
        try:
            pack = Pack(path)
        except (FileNotFoundError, StoreCorruptError):
            return frozenset()
        pack.close()
        return frozenset(pack.entries)

    def _number(self, name: bytes) -> int:
        return self._numbers.setdefault(name, len(self._numbers) + 1)

    def _find_part(self, digest: str) -> Recipe | None:
        """Find the recipe of a part that another value has, all chunks of which are there."""
        for name in self._hints.find(_part_key(digest)):
            try:
                value = self._blobs.value(name.hex())
            except StoreCorruptError:
                continue
            recipe = value.parts.get(digest) if value is not None else None
            if value is not None and recipe is not None and self._is_whole(value, recipe):
                return self._taken_over(value, recipe)
        return None

    def _is_whole(self, value: KeptValue, recipe: Recipe) -> bool:
        return all(
            chunk.key in self._rely_on(chunk.pack)
            for extent in recipe.extents
            for chunk in value.chunks_of(extent)
        )

    def _taken_over(self, value: KeptValue, recipe: Recipe) -> Recipe:
        """Give the packs of a recipe the numbers that they have here."""
        extents = tuple(
            [
                Extent(
                    extent.content,
                    extent.keys,
                    extent.sizes,
                    tuple([self._number(chunk.pack) for chunk in value.chunks_of(extent)]),
                )
                for extent in recipe.extents
            ]
        )
        return Recipe(recipe.meta, extents)


def part_hints(digest: str, recipes: Mapping[str, Recipe]) -> list[Hint]:
    """Say in which value the parts are that have chunks."""
    if len(digest) != 2 * KEY_BYTES:
        return []
    name = bytes.fromhex(digest)
    return [
        (_part_key(part), name)
        for part, recipe in recipes.items()
        if any(extent.keys for extent in recipe.extents)
    ]


def _part_key(digest: str) -> bytes:
    return key_of(b"part " + digest.encode())
