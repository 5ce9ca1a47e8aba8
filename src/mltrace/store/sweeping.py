"""Removes kept values while others may be keeping values.

A writer that finds a value or part kept already renews its time, and looks again after
`blobs.RENEW_SECONDS`; so what was not renewed within `GRACE_SECONDS` is used by no run whose facts
have not been drained. A file is first taken aside, so that a writer either renewed it before, which
is seen and it is put back, or does not find it and keeps it anew.
"""

from __future__ import annotations

import os
import time
import uuid
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mltrace.store.blobs import is_digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from mltrace.store.blobs import Blobs

GRACE_SECONDS: Final = 3_600.0
"""Values that were kept or asked for within this time stay, for a run may be using them."""


class Swept(NamedTuple):
    """How many values were removed, and how many bytes these and their parts had."""

    num_values: int = 0
    num_bytes: int = 0


def sweep(blobs: Blobs, digests: Collection[str], *, is_dry: bool) -> Swept:
    """Remove the values of digests, and the parts that no other value has.

    Parameters
    ----------
    is_dry : bool
        Only tell what would be removed.

    Raises
    ------
    StoreCorruptError
        If a manifest that stays cannot be read: nobody knows then which parts it needs.
    """
    manifests = {digest: blobs.manifest(digest) for digest in digests}
    going = {digest: manifest for digest, manifest in manifests.items() if manifest is not None}
    needed = _needed(blobs, going) if going else set()
    swept = Swept()
    parts: set[str] = set()
    for digest, manifest in going.items():
        size = _remove(blobs.manifest_path(digest), is_dry=is_dry)
        if size is None:
            needed.update(_digests_in(manifest))
        else:
            parts.update(_digests_in(manifest))
            swept = Swept(swept.num_values + 1, swept.num_bytes + size)
    sizes = [_remove(blobs.part_path(part), is_dry=is_dry) for part in parts - needed]
    return swept._replace(num_bytes=swept.num_bytes + sum(size or 0 for size in sizes))


def _needed(blobs: Blobs, going: Collection[str]) -> set[str]:
    """Find the parts of the values that stay."""
    staying = (blobs.manifest(digest) for digest in blobs.kept() if digest not in going)
    return {part for manifest in staying for part in _digests_in(manifest)}


def _digests_in(manifest: Any) -> Iterator[str]:
    """Yield all that may be the digest of a part, whatever kind of value a manifest is of."""
    pending: list[Any] = [manifest]
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            pending += current.values()
        elif isinstance(current, list):
            pending += current
        elif isinstance(current, str) and is_digest(current):
            yield current


def _remove(path: Path, *, is_dry: bool) -> int | None:
    """Remove a file unless it is in use; return its size, None if it stays or is not there."""
    try:
        status = path.stat()
        if status.st_mtime > time.time() - GRACE_SECONDS:
            return None
        if is_dry:
            return status.st_size
        aside = path.with_name(f".{path.name[:16]}-{uuid.uuid4().hex}")
        os.rename(path, aside)
    except FileNotFoundError:
        return None
    if aside.stat().st_mtime > status.st_mtime:
        os.rename(aside, path)  # renewed just before it was taken aside
        return None
    aside.unlink()
    return status.st_size
