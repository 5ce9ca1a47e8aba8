"""Brings one store into another: its catalog, what is pending, its kept values."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import select

from mltrace.errors import ArgumentError, StoreCorruptError, StoreError
from mltrace.records import Merged
from mltrace.store import spool
from mltrace.store.copying import Copied, copy_parts, copy_values
from mltrace.store.database.schema import subject_set
from mltrace.store.finding import check_is_there
from mltrace.store.kept.sharing import note_store
from mltrace.store.lake.merging import Brought, Place, merge_segments
from mltrace.store.merging import Merging

if TYPE_CHECKING:
    from mltrace.store.location import Location
    from mltrace.store.opening import Store


def merge_stores(source: Store, target: Store) -> Merged:
    """Bring all of one store into another; see `mltrace.merge`."""
    _check_differ(source.location, target.location)
    check_is_there(source)
    target.drain()
    merging = Merging(
        source.full_catalog(),
        target.catalog,
        alive=spool.living_processes(target.location.spool),
        on_progress=target.on_progress,
    )
    merging.bring_all()
    copied = _copy_kept(source, target)
    brought = _merge_lake(source, target)
    return Merged(
        source=source.location.name,
        into=target.location.name,
        num_runs=merging.num_runs,
        num_new_runs=merging.num_new_runs,
        num_changed_runs=merging.num_changed_runs,
        num_values=copied.num_values,
        num_bytes=copied.num_bytes,
        num_predictions=brought.num_rows,
        num_unfit=merging.num_unfit,
        num_damaged=copied.num_damaged + brought.num_damaged,
    )


def _copy_kept(source: Store, target: Store) -> Copied:
    """Copy the kept values, and the sets of labels of data subjects that the target knows now."""
    note_store(target.location)
    if source.location.blobs.resolve() == target.location.blobs.resolve():
        return Copied()
    with target.catalog.read() as connection:
        labels = set(connection.execute(select(subject_set.c.labels)).scalars())
    with suppress(StoreCorruptError):
        copy_parts(source.blobs, target.blobs, labels)
    return copy_values(source.blobs, target.blobs, target.on_progress)


def _merge_lake(source: Store, target: Store) -> Brought:
    """Bring over predictions and labels."""
    there = Place(source.full_catalog(), source.location)
    try:
        return merge_segments(there, Place(target.catalog, target.location))
    except OSError as error:
        raise StoreError(f"The store at {target.location.name} cannot be used: {error}") from error


def _check_differ(source: Location, target: Location) -> None:
    if source.spool.resolve() == target.spool.resolve():
        raise ArgumentError(
            f"{source.name} and {target.name} are the same store; a merge needs two: "
            "mltrace merge FROM INTO."
        )
