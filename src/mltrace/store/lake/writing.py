"""Writes batches, in the user's process: large ones as files of the lake, small ones in facts.

A writer makes a `BatchFact` that says what the batch is, hands it over with the columns, and
appends what it gets back to the spool. Once that is appended, the batch is acknowledged::

    about = BatchFact(
        uid=new_id(), task="late", kind="predictions", rows=len(ids),
        logged=now, first=min_at, last=max_at,  # times of facts are nanoseconds
    )
    columns = {
        layout.ID: ids,  # texts or integers: whatever make_column takes
        layout.VALUE: Coded(["0", "1"], codes),  # or numbers, or texts
        layout.SCORE: scores,
        layout.AT: made_at,  # times of rows are datetime64, or microseconds
        layout.LOGGED_AT: Same(now // 1000),
        layout.MODEL: Same("model.joblib@1f0c"),
        layout.RUN: Same(run_id),
        f"{layout.FEATURE}carrier": carriers,
    }
    recorder.append(write_batch(location, about, columns))

Columns may be left out: then no row has a value there. A file whose fact was not appended is swept
later.
"""

from __future__ import annotations

import contextlib
import functools
import os
from typing import TYPE_CHECKING, Final

import msgspec

from mltrace.store.kept.sharing import note_store
from mltrace.store.lake.batch import encode_batch
from mltrace.store.location import make_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mltrace.store.lake.columns import Values
    from mltrace.store.location import Location
    from mltrace.store.task_facts import BatchFact

MIN_FILE_BYTES: Final = 64 * 1024
"""From this size on a batch is a file: making one costs as much as some 50 KiB of the spool."""
BATCHES: Final = "batches"
"""The folder of the lake that batches are in until they are compacted."""
SEGMENTS: Final = "segments"
"""The folder of the lake that compacted segments are in."""
BATCH_SUFFIX: Final = ".batch"


def write_batch(location: Location, about: BatchFact, columns: Mapping[str, Values]) -> BatchFact:
    """Keep the rows of a batch; return the fact that tells of it, to be appended to the spool.

    Parameters
    ----------
    location : Location
        The store.
    about : BatchFact
        What the batch is, without its rows.
    columns : mapping of str to sequence, array, Same or Coded
        The values by column, as `make_column` takes them.

    Raises
    ------
    TypeError
        If a value of a column is no plain value.
    OSError
        If the file cannot be written; nothing is left of it then.

    Notes
    -----
    Where the lake is of this machine alone and the catalog is not, all batches stay in facts.
    """
    data = encode_batch(about.task, about.kind, about.rows, columns)
    if len(data) < MIN_FILE_BYTES or not location.is_lake_shared:
        return msgspec.structs.replace(about, payload=data)
    _note_once(location)
    name = f"{BATCHES}/{about.uid}{BATCH_SUFFIX}"
    put_file(location.lake / name, data)
    return msgspec.structs.replace(about, file=name, size=len(data))


@functools.cache
def _note_once(location: Location) -> None:
    """Leave a note that the store has files here, where another one may have some, too."""
    if location.lake.parent == location.blobs:
        note_store(location)


def put_file(path: Path, data: bytes | memoryview, *, is_durable: bool = False) -> None:
    """Write a file of the lake: readers see all of it or nothing.

    Where `is_durable`, it is on the disk when this returns.

    Raises
    ------
    OSError
        If it cannot be written; nothing is left of it then.
    """
    hidden = path.with_name(f".{path.name}-{os.urandom(6).hex()}")  # others may write the same
    try:
        descriptor = _create(hidden)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            if is_durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(hidden, path)
        if is_durable:
            _sync_folder(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            hidden.unlink()
        raise


def _create(path: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    try:
        return os.open(path, flags, 0o640)
    except FileNotFoundError:
        make_folder(path.parent.parent)
        path.parent.mkdir(exist_ok=True)
        return os.open(path, flags, 0o640)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
