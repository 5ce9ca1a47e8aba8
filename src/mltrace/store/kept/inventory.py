"""Which chunks the kept values need: what would go with some of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from mltrace.errors import StoreCorruptError
from mltrace.store.kept.blobs import is_digest
from mltrace.store.kept.packs import Pack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mltrace.store.kept.blobs import Blobs
    from mltrace.store.kept.recipes import KeptValue


class Needed(NamedTuple):
    """A chunk in a pack; or, with an empty key, a file that an earlier version kept for a part."""

    name: bytes
    key: bytes


class Inventory:
    """Counts for each chunk the values that need it.

    Parameters
    ----------
    blobs : Blobs
        The kept values; the file of each is read once.

    Raises
    ------
    StoreCorruptError
        If the file of a value is damaged: nobody knows then which chunks it needs.

    Notes
    -----
    Memory: about 300 bytes a chunk, 5 MB for each GB that is kept.
    """

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._holders: Counter[Needed] = Counter()
        self._sizes: dict[bytes, dict[bytes, int]] = {}
        for digest in blobs.kept():
            value = blobs.value(digest)
            if value is not None:
                self._holders.update(needed_by(value))

    def is_needed(self, needed: Needed) -> bool:
        """Tell whether a value has a chunk that was not forgotten."""
        return needed in self._holders

    def forget(self, value: KeptValue) -> int:
        """Leave a value out of the count from now on; return the bytes of chunks that it alone had.

        What to remove to free so many bytes is found by forgetting one value after the other.
        """
        num_bytes = 0
        for needed in needed_by(value):
            self._holders[needed] -= 1
            if self._holders[needed] <= 0:
                del self._holders[needed]
                num_bytes += self._size(needed)
        return num_bytes

    def _size(self, needed: Needed) -> int:
        if not needed.key:
            path = self._blobs.part_path(needed.name.decode())
            return path.stat().st_size if path.exists() else 0
        if needed.name not in self._sizes:
            self._sizes[needed.name] = self._chunk_sizes(needed.name)
        return self._sizes[needed.name].get(needed.key, 0)

    def _chunk_sizes(self, name: bytes) -> dict[bytes, int]:
        try:
            pack = Pack(self._blobs.pack_path(name))
        except (FileNotFoundError, StoreCorruptError):
            return {}
        pack.close()
        return {entry.key: entry.num_stored for entry in pack.entries.values()}


def needed_by(value: KeptValue) -> set[Needed]:
    """List the chunks that a value needs."""
    chunks = {Needed(chunk.pack, chunk.key) for chunk in value.chunks()}
    return chunks | {Needed(digest.encode(), b"") for digest in old_parts(value)}


def old_parts(value: KeptValue) -> set[str]:
    """List what may be a part that an earlier version kept, whatever kind of value it is of."""
    return set() if value.parts else set(_digests_in(value.manifest))


def total_bytes(blobs: Blobs) -> int:
    """Return the bytes of all that is kept."""
    files = (path for path in blobs.folder.rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files)


def _digests_in(manifest: Any) -> Iterator[str]:
    pending: list[Any] = [manifest]
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            pending += current.values()
        elif isinstance(current, list):
            pending += current
        elif isinstance(current, str) and is_digest(current):
            yield current
