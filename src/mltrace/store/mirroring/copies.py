"""Copies of stretches of rows as Parquet files, which name what they are of and say if damaged.

A file is named by its table, its first block, how many blocks it has, the marks of these and the
digest of its own bytes. So there is no list of files that could be wrong: a copy that is not of the
present state has another name than the one that is looked for.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
import uuid
from typing import TYPE_CHECKING, Final, NamedTuple

from blake3 import blake3

from mltrace.store.database.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    import pyarrow

    from mltrace.store.exporting.shape import Shape

LAYOUT: Final = 1
"""Raised whenever a column that is copied changes its meaning."""
_NAME: Final = re.compile(r"([a-z_]+)-(\d+)-(\d+)-([0-9a-f]{32})-([0-9a-f]{32})\.parquet")
_PARTIAL: Final = ".partial"
_LEFT_SECONDS: Final = 3600.0
"""After how long a file that was begun is one that a killed process left."""


class Stretch(NamedTuple):
    """Blocks in a row, with what they are at the present, in short."""

    first: int
    num: int
    stamp: str


class _Found(NamedTuple):
    table: str
    first: int
    num: int
    stamp: str
    digest: str
    name: str


def stamp_of(shape: Shape, marks: Iterable[str]) -> str:
    """Sum up what a copy of blocks with these marks must be."""
    columns = [f"{field.name} {field.kind}" for field in shape.fields]
    parts = "\n".join([f"{LAYOUT} {SCHEMA_VERSION}", *columns, "", *marks])
    return blake3(parts.encode()).hexdigest(16)


class Copies:
    """The files of copies in a folder, as they are when it is looked at.

    Parameters
    ----------
    folder : Path
        Where they are; it need not be there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found = list(_list_copies(folder))
        self._by_stamp = {(one.table, one.stamp): one for one in self._found}

    def find(self, table: str, stretch: Stretch) -> Path | None:
        """Find the copy of a stretch; None if there is no sound one."""
        found = self._by_stamp.get((table, stretch.stamp))
        if found is None or not _is_sound(self._folder / found.name, found.digest):
            return None
        return self._folder / found.name

    def write(self, table: str, stretch: Stretch, rows: pyarrow.Table) -> Path:
        """Write the copy of a stretch, and remove those that it replaces.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        import pyarrow
        from pyarrow import parquet

        sink = pyarrow.BufferOutputStream()
        parquet.write_table(rows, sink, compression="zstd")
        content = memoryview(sink.getvalue())
        digest = blake3(content).hexdigest(16)
        name = f"{table}-{stretch.first}-{stretch.num}-{stretch.stamp}-{digest}.parquet"
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = self._folder / f"{uuid.uuid4().hex}{_PARTIAL}"
        try:
            partial.write_bytes(content)
            os.replace(partial, self._folder / name)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        self._remove_replaced(table, stretch, keep=name)
        return self._folder / name

    def _remove_replaced(self, table: str, stretch: Stretch, *, keep: str) -> None:
        end = stretch.first + stretch.num
        for one in self._found:
            is_other = one.table == table and one.name != keep
            if is_other and one.first < end and one.first + one.num > stretch.first:
                (self._folder / one.name).unlink(missing_ok=True)
        self._remove_left()

    def remove_others(self, table: str, stamps: Collection[str]) -> bool:
        """Remove the copies of a table but those with these stamps; False if one is being written.

        Raises
        ------
        OSError
            If one cannot be removed.
        """
        for one in self._found:
            if one.table == table and one.stamp not in stamps:
                (self._folder / one.name).unlink(missing_ok=True)
        self._remove_left()
        return not any(self._folder.glob(f"*{_PARTIAL}"))

    def _remove_left(self) -> None:
        """Remove what killed processes had begun."""
        for path in self._folder.glob(f"*{_PARTIAL}"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - _LEFT_SECONDS:
                    path.unlink()


def _list_copies(folder: Path) -> Iterable[_Found]:
    try:
        names = sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names:
        if (match := _NAME.fullmatch(name)) is not None:
            table, first, num, stamp, digest = match.groups()
            yield _Found(table, int(first), int(num), stamp, digest, name)


_sound: dict[tuple[str, int, int, int], bool] = {}


def _is_sound(path: Path, digest: str) -> bool:
    """Tell whether a file has the bytes that its name says; once for each state of it."""
    try:
        status = path.stat()
        key = str(path), status.st_ino, status.st_size, status.st_mtime_ns
        if key not in _sound:
            # In this thread, for those of blake3 are missing in a child that is forked later.
            _sound[key] = blake3().update_mmap(path).hexdigest(16) == digest
    except OSError:
        return False
    return _sound[key]
