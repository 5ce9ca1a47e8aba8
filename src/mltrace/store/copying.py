"""Copies kept values from one store to another, in the chunks that they have there.

What the other store has already is not copied again: neither values nor parts nor chunks. A value
is visible there once all of it is, so a copying that was interrupted is begun again.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from mltrace.errors import StoreCorruptError
from mltrace.store.kept.inventory import old_parts
from mltrace.store.kept.keeping import Keeper
from mltrace.store.kept.reading import ValueReader
from mltrace.store.kept.recipes import KeptValue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltrace.store.kept.blobs import Blobs
    from mltrace.store.progress import Progress


class Copied(NamedTuple):
    """How many values were copied, how many bytes these have, and how many are damaged."""

    num_values: int = 0
    num_bytes: int = 0
    num_damaged: int = 0


def copy_values(source: Blobs, target: Blobs, on_progress: Progress) -> Copied:
    """Copy all kept values; those that are damaged are left out and counted."""
    digests = list(source.kept())
    copied = Copied()
    for number, digest in enumerate(digests, start=1):
        try:
            size = None if target.renew(digest) else copy_value(source, target, digest)
        except StoreCorruptError:
            copied = copied._replace(num_damaged=copied.num_damaged + 1)
        else:
            if size is not None:
                total = copied.num_bytes + size
                copied = copied._replace(num_values=copied.num_values + 1, num_bytes=total)
        on_progress("Copying values", number, len(digests))
    return copied


def copy_value(source: Blobs, target: Blobs, digest: str) -> int | None:
    """Copy a value; return how many bytes it has, None if it is not kept any more.

    Raises
    ------
    StoreCorruptError
        If it is damaged.
    """
    value = source.value(digest)
    if value is None:
        return None
    copy_parts(source, target, old_parts(value))
    with ExitStack() as stack:
        keeper = Keeper(target, stack)
        reader = stack.enter_context(ValueReader(source, value))
        recipes = {part: keeper.copy_of(part, value, reader) for part in value.parts}
        packs = keeper.place_pack()
    target.put_value(digest, KeptValue(value.manifest, recipes, packs))
    keeper.leave_hints(digest, recipes)
    return sum(extent.num_bytes for recipe in recipes.values() for extent in recipe.all_extents())


def copy_parts(source: Blobs, target: Blobs, digests: Iterable[str]) -> None:
    """Copy bytes that stand alone, as far as they are there: sets of labels, parts of old."""
    for digest in digests:
        if os.path.exists(source.part_path(digest)):
            with source.open(digest) as stream:
                target.put(digest, stream.read())
