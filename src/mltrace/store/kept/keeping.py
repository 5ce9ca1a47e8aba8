"""Keeps a value: cuts its parts into chunks and writes those that the store does not have.

A part that another value has, or a chunk that a pack has, is found by hints, renewed so that no
sweep takes it, and then relied upon. What is new goes into one pack; the file of the value, which
makes all of it visible, comes last.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol

from mltrace.errors import StoreCorruptError
from mltrace.store.kept.chunking import cut
from mltrace.store.kept.packs import Pack, PackWriter, key_of, name_of
from mltrace.store.kept.placing import partial_file, place, renew
from mltrace.store.kept.reading import ValueReader
from mltrace.store.kept.recipes import KEY_BYTES, Extent, KeptValue, Recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mltrace.store.kept.blobs import Blobs
    from mltrace.store.kept.hints import Hint
    from mltrace.store.kept.packs import Entry
    from mltrace.store.kept.recipes import ChunkRef

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


class _Reordering(Protocol):
    """Finds parts that are those of a kept value in another order."""

    def keys(self, digests: list[str]) -> dict[str, bytes]:
        """Give parts a key that does not depend on the order of their values."""

    def contents(
        self, pairs: Mapping[str, str], open_part: Callable[[str], Any]
    ) -> Mapping[str, Any]:
        """Say for parts, each paired with a kept one, in which order it has its values."""


def keep(
    blobs: Blobs,
    digest: str,
    manifest: Mapping[str, Any],
    parts: Iterable[KeepablePart],
    reordering: _Reordering | None = None,
) -> None:
    """Keep a value under its digest; readers see all of it or nothing.

    Raises
    ------
    OSError
        If there is no room for it, or the store may not be written to.
    """
    with ExitStack() as stack:
        keeper = Keeper(blobs, stack)
        recipes = keeper.recipes_of(list(parts), reordering)
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
        self._hints = blobs.hints
        self._entries: dict[bytes, frozenset[bytes]] = {}
        self._values: dict[bytes, KeptValue | None] = {}
        self._numbers: dict[bytes, int] = {}
        """The packs relied upon; number 0 is the one that is being written."""

    def recipes_of(
        self, parts: list[KeepablePart], reordering: _Reordering | None
    ) -> dict[str, Recipe]:
        """Find what is kept already, then what is kept in another order; write the rest."""
        found = {part.digest: self._find_part(part.digest) for part in parts}
        new = [digest for digest, recipe in found.items() if recipe is None]
        keys = reordering.keys(new) if reordering is not None and new else {}
        if reordering is not None and keys:
            found.update(self._find_reordered(keys, reordering))
        return {
            part.digest: found[part.digest] or self._write_part(part, keys.get(part.digest, b""))
            for part in parts
        }

    def _write_part(self, part: KeepablePart, key: bytes) -> Recipe:
        content = part.content()
        return Recipe(content.meta, self._extents(content), key)

    def _extents(self, content: Any) -> tuple[Extent, ...]:
        return tuple([self._store(buffer) for buffer in content.buffers])

    def _find_reordered(
        self, keys: Mapping[str, bytes], reordering: _Reordering
    ) -> dict[str, Recipe]:
        """Find the value that has parts with most of the keys, and say in which order they are."""
        names = Counter(name for key in keys.values() for name in set(self._hints.find(key)))
        value = self._read_value(names.most_common(1)[0][0]) if names else None
        bases = {} if value is None else self._bases(value, keys)
        if value is None or not bases:
            return {}
        pairs = {digest: base for digest, (base, _) in bases.items()}
        with ValueReader(self._blobs, value) as reader:
            try:
                contents = reordering.contents(pairs, reader.open_part)
            except StoreCorruptError:
                return {}
        return {
            digest: Recipe(
                content.meta,
                self._extents(content),
                base=self._taken_over(value, bases[digest][1]),
            )
            for digest, content in contents.items()
        }

    def _bases(self, value: KeptValue, keys: Mapping[str, bytes]) -> dict[str, tuple[str, Recipe]]:
        """Pair parts with those of a value that have the same keys."""
        kept = {recipe.key: (digest, recipe) for digest, recipe in value.parts.items()}
        return {
            digest: kept[key]
            for digest, key in keys.items()
            if key in kept and self._is_whole(value, kept[key][1])
        }

    def copy_of(self, digest: str, value: KeptValue, source: ValueReader) -> Recipe:
        """Keep a part that a value in another store has, chunk by chunk as they are there."""
        known = self._find_part(digest)
        if known is not None:
            return known
        return _renumbered(value, value.parts[digest], lambda chunk: self._copy(chunk, source))

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
            value = self._read_value(name)
            recipe = value.parts.get(digest) if value is not None else None
            if value is not None and recipe is not None and self._is_whole(value, recipe):
                return self._taken_over(value, recipe)
        return None

    def _read_value(self, name: bytes) -> KeptValue | None:
        """Read the file of a value, once; None if it is gone or damaged."""
        if name not in self._values:
            try:
                self._values[name] = self._blobs.value(name.hex())
            except StoreCorruptError:
                self._values[name] = None
        return self._values[name]

    def _is_whole(self, value: KeptValue, recipe: Recipe) -> bool:
        return all(
            chunk.key in self._rely_on(chunk.pack)
            for extent in recipe.all_extents()
            for chunk in value.chunks_of(extent)
        )

    def _taken_over(self, value: KeptValue, recipe: Recipe) -> Recipe:
        return _renumbered(value, recipe, lambda chunk: self._number(chunk.pack))


def _renumbered(value: KeptValue, recipe: Recipe, number_of: Callable[[ChunkRef], int]) -> Recipe:
    """Give the chunks of a recipe the numbers that their packs have here."""
    extents = [
        Extent(
            extent.content,
            extent.keys,
            extent.sizes,
            tuple([number_of(chunk) for chunk in value.chunks_of(extent)]),
        )
        for extent in recipe.extents
    ]
    base = None if recipe.base is None else _renumbered(value, recipe.base, number_of)
    return Recipe(recipe.meta, tuple(extents), recipe.key, base)


def part_hints(digest: str, recipes: Mapping[str, Recipe]) -> list[Hint]:
    """Say in which value the parts are that have chunks, and those that may be reordered."""
    if len(digest) != 2 * KEY_BYTES:
        return []
    keys = [
        _part_key(part)
        for part, recipe in recipes.items()
        if any(extent.keys for extent in recipe.all_extents())
    ]
    keys += [recipe.key for recipe in recipes.values() if recipe.key]
    return [(key, bytes.fromhex(digest)) for key in keys]


def _part_key(digest: str) -> bytes:
    return key_of(b"part " + digest.encode())
