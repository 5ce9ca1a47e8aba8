"""Finds which more of the kept values must go so that the rest fits into a size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.store.kept.inventory import Inventory, total_bytes
from mltrace.store.kept.sweeping import is_in_use

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mltrace.store.kept.blobs import Blobs


def find_more(
    blobs: Blobs, going: Iterable[str], spare: Iterable[str], *, max_bytes: int
) -> list[str]:
    """Choose of the spare values, in their order, as many as must go beside those that go anyway.

    What values share is freed with the last of them that goes, so each is counted by what would be
    freed after those before it. Values in use are passed over, for the sweep leaves them.
    """
    excess = total_bytes(blobs) - max_bytes
    if excess <= 0:
        return []
    inventory = Inventory(blobs)
    excess -= sum(_freed(blobs, inventory, _unused(blobs, going)))
    chosen: list[str] = []
    left = _unused(blobs, spare)
    while excess > 0 and (digest := next(left, None)) is not None:
        chosen.append(digest)
        excess -= sum(_freed(blobs, inventory, [digest]))
    return chosen


def _unused(blobs: Blobs, digests: Iterable[str]) -> Iterator[str]:
    return (digest for digest in digests if not is_in_use(blobs, digest))


def _freed(blobs: Blobs, inventory: Inventory, digests: Iterable[str]) -> Iterator[int]:
    for digest in digests:
        value = blobs.value(digest)
        if value is not None:
            yield inventory.forget(value)
