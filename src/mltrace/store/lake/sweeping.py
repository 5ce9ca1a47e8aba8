"""Removes files of the lake that no reader can still need.

A reader sees one state of the catalog. It opens the files that were listed then, so those of
replaced segments stay for an hour, unless rows of theirs are removed for good (`leavings.py`).
Files that were never listed are what somebody left who was killed; a file that is not an hour old
may be about to be listed.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import bindparam, select, update

from mltrace.errors import StoreCorruptError
from mltrace.store.database import schema
from mltrace.store.kept.placing import locked
from mltrace.store.lake.segments import lake_file
from mltrace.store.lake.writing import BATCHES, SEGMENTS
from mltrace.times import NANOSECONDS, now_ns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import ColumnElement

    from mltrace.store.database.catalog import Catalog

PARTS: Final = (BATCHES, SEGMENTS)
"""The folders of the lake that have files of rows."""
IDLE_SECONDS: Final = 30 * 86_400.0
"""How long what was matched of a task stays though nothing new came."""
GRACE_SECONDS: Final = 3_600.0
"""How long files of replaced segments stay, and such as are not listed yet."""
_segment = schema.segment


class SweptFiles(NamedTuple):
    """How many files were removed, and how many bytes they had."""

    num_files: int = 0
    num_bytes: int = 0

    def plus(self, other: SweptFiles) -> SweptFiles:
        """Add what else was removed."""
        return SweptFiles(self.num_files + other.num_files, self.num_bytes + other.num_bytes)


def sweep_replaced(catalog: Catalog, folder: Path, *, is_dry: bool = False) -> SweptFiles:
    """Remove the files of segments that were replaced more than an hour ago."""
    latest = now_ns() - int(GRACE_SECONDS * NANOSECONDS)
    return sweep_listed(catalog, folder, _segment.c.replaced_at < latest, is_dry=is_dry)


def sweep_listed(
    catalog: Catalog, folder: Path, is_over: ColumnElement[bool], *, is_dry: bool = False
) -> SweptFiles:
    """Remove the files of segments that are over, and take note that these have none any more."""
    has_file = _segment.c.file.is_not(None) & is_over
    with catalog.read() as connection:
        names = connection.execute(select(_segment.c.file).where(has_file)).scalars().all()
    swept = SweptFiles()
    for name in names:
        with contextlib.suppress(StoreCorruptError):  # it is not ours
            swept = swept.plus(remove_file(lake_file(folder, name), is_dry=is_dry))
    if names and not is_dry:
        gone = update(_segment).where(has_file, _segment.c.file == bindparam("name"))
        with catalog.write() as connection:
            connection.execute(gone.values(file=None), [{"name": name} for name in names])
    return swept


def sweep_orphans(catalog: Catalog, folder: Path, *, is_dry: bool = False) -> SweptFiles:
    """Remove the files that no segment has, all that is pending being drained."""
    with catalog.read() as connection:
        listed = set(
            connection.execute(
                select(_segment.c.file).where(_segment.c.file.is_not(None))
            ).scalars()
        )
    swept = SweptFiles()
    for path in orphans(folder, listed):
        with locked(folder, exclusive=True):  # else it may just be written anew, to be listed
            if is_old(path):
                swept = swept.plus(remove_file(path, is_dry=is_dry))
    return swept


def sweep_idle(folder: Path, *, is_dry: bool = False) -> SweptFiles:
    """Remove what was matched of tasks for which nothing new was in a month.

    It is matched again if it is asked for.
    """
    swept = SweptFiles()
    for place in folder.iterdir() if folder.is_dir() else ():
        files = [path for path in place.iterdir() if path.is_file()] if place.is_dir() else []
        if any(path.stat().st_mtime > time.time() - IDLE_SECONDS for path in files):
            continue
        for path in files:
            swept = swept.plus(remove_file(path, is_dry=is_dry))
        if not is_dry:
            with contextlib.suppress(OSError):  # somebody matches again
                place.rmdir()
    return swept


def orphans(folder: Path, listed: set[str]) -> Iterator[Path]:
    """Yield the files of the lake that no segment has and that nobody is about to list."""
    for part in PARTS:
        for path in (folder / part).glob("*"):
            if f"{part}/{path.name}" not in listed and is_old(path):
                yield path


def is_old(path: Path) -> bool:
    """Tell whether a file is there and nobody has touched it for an hour."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return False
    return status.st_mtime <= time.time() - GRACE_SECONDS


def remove_file(path: Path, *, is_dry: bool = False) -> SweptFiles:
    """Remove a file, or tell how large it is; one that is gone already is none."""
    try:
        size = path.stat().st_size
        if not is_dry:
            os.unlink(path)
    except FileNotFoundError:
        return SweptFiles()
    return SweptFiles(1, size)
