"""Removes kept values, and chunks that no value needs, while others may be keeping values.

A writer renews what it finds kept and relies upon, and looks again after `blobs.RENEW_SECONDS`; so
what was not renewed within `GRACE_SECONDS` is used by no run whose facts have not been drained.
Whether a file was renewed is looked at once more at the moment that it goes.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from mltrace.errors import StoreCorruptError
from mltrace.store.kept.inventory import Inventory, Needed, old_parts
from mltrace.store.kept.keeping import part_hints
from mltrace.store.kept.packs import Pack, copy_without, num_bytes_of
from mltrace.store.kept.placing import partial_file, replace_unless_renewed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from mltrace.store.kept.blobs import Blobs
    from mltrace.store.kept.hints import Hint

GRACE_SECONDS: Final = 3_600.0
"""Values that were kept or asked for within this time stay, for a run may be using them."""
_BEGUN: Final = ".sweep"
"""A file that is there while a sweep is under way; one that was killed leaves it to the next."""
DEAD_SHARE: Final = 0.2
"""A pack is written anew if this share of its bytes is needed by no value."""


class Swept(NamedTuple):
    """How many values were removed, and how many bytes were freed."""

    num_values: int = 0
    num_bytes: int = 0


def sweep(
    blobs: Blobs, digests: Collection[str], *, is_dry: bool, dead_share: float = DEAD_SHARE
) -> Swept:
    """Remove the values of digests, and the chunks that no other value has.

    Parameters
    ----------
    is_dry : bool
        Only tell what would be removed.
    dead_share : float
        The share of a pack that no value needs from which on it is written anew; with 0 each chunk
        goes at once.

    Raises
    ------
    StoreCorruptError
        If the file of a value is damaged: nobody knows then which chunks it needs.
    """
    values = {digest: value for digest in digests if (value := blobs.value(digest)) is not None}
    begun = blobs.folder / _BEGUN
    if not values and not begun.exists():
        return Swept()
    inventory = Inventory(blobs)
    if not is_dry:
        begun.touch()
    swept = Swept()
    parts: set[str] = set()
    for digest, value in values.items():
        size = _remove(blobs, blobs.manifest_path(digest), is_dry=is_dry)
        if size is not None:
            inventory.forget(value)
            parts |= old_parts(value)
            swept = Swept(swept.num_values + 1, swept.num_bytes + size)
    dead = [part for part in parts if not inventory.is_needed(Needed(part.encode(), b""))]
    sizes = [_remove(blobs, blobs.part_path(part), is_dry=is_dry) or 0 for part in dead]
    sizes += [
        _sweep_pack(blobs, name, inventory, is_dry=is_dry, dead_share=dead_share)
        for name in list(blobs.packs())
    ]
    sizes += [_remove(blobs, path, is_dry=is_dry) or 0 for path in list(_left_behind(blobs))]
    if not is_dry:
        blobs.hints.replace(_hints(blobs))
        begun.unlink(missing_ok=True)
    return swept._replace(num_bytes=swept.num_bytes + sum(sizes))


def _sweep_pack(
    blobs: Blobs, name: bytes, inventory: Inventory, *, is_dry: bool, dead_share: float
) -> int:
    """Remove a pack or write it anew without what no value needs; return the bytes freed."""
    path = blobs.pack_path(name)
    try:
        pack = Pack(path)
    except (FileNotFoundError, StoreCorruptError):
        return 0  # a reader of what is left in it will say so
    try:
        dead = {key for key in pack.entries if not inventory.is_needed(Needed(name, key))}
        num_bytes = num_bytes_of(pack.entries[key] for key in dead)
        if len(dead) == len(pack.entries):
            return _remove(blobs, path, is_dry=is_dry) or 0
        if not dead or num_bytes < dead_share * pack.status.st_size or not _is_old(pack.status):
            return 0
        return num_bytes if is_dry or _write_anew(blobs, pack, dead) else 0
    finally:
        pack.close()


def _write_anew(blobs: Blobs, pack: Pack, dead: Collection[bytes]) -> bool:
    seen = pack.status
    with partial_file(pack.path) as file:
        copy_without(pack, dead, file)
        file.flush()
        os.utime(file.fileno(), ns=(seen.st_atime_ns, seen.st_mtime_ns))
        return replace_unless_renewed(blobs.folder, pack.path, seen, by=file.name)


def _remove(blobs: Blobs, path: Path, *, is_dry: bool) -> int | None:
    """Remove a file unless it is in use; return its size, None if it stays or is not there."""
    status = _status(path)
    if status is None or not _is_old(status):
        return None
    is_gone = is_dry or replace_unless_renewed(blobs.folder, path, status)
    return status.st_size if is_gone else None


def is_in_use(blobs: Blobs, digest: str) -> bool:
    """Tell whether a value was kept or asked for so recently that no sweep removes it."""
    status = _status(blobs.manifest_path(digest))
    return status is not None and not _is_old(status)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _is_old(status: os.stat_result) -> bool:
    return status.st_mtime <= time.time() - GRACE_SECONDS


def _left_behind(blobs: Blobs) -> Iterator[Path]:
    """Yield what writers that were killed did not finish."""
    for pattern in ("packs/.pack-*", "packs/??/.*", "values/??/.*", "parts/??/.*"):
        yield from blobs.folder.glob(pattern)


def _hints(blobs: Blobs) -> Iterator[Hint]:
    """Yield the hints of all that is kept."""
    for name in blobs.packs():
        yield from ((key, name) for key in _keys(blobs.pack_path(name)))
    for digest in blobs.kept():
        value = blobs.value(digest)
        if value is not None:
            yield from part_hints(digest, value.parts)


def _keys(path: Path) -> Iterable[bytes]:
    try:
        pack = Pack(path)
    except (FileNotFoundError, StoreCorruptError):
        return ()
    pack.close()
    return pack.entries
