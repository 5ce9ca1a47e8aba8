"""A copy of a catalog that may only be read, with what is pending in it.

A store on a read-only disk cannot take in its pending facts, nor what SQLite left in its
write-ahead log, nor the tables of a newer mltrace. A copy among the temporary files can. It belongs
to this process alone and goes with it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mltrace.errors import StoreError
from mltrace.store import spool
from mltrace.store.database.schema import SCHEMA_VERSION
from mltrace.store.database.sqlite import SqliteCatalog, needs_its_log
from mltrace.store.drain import Drain, read_offsets

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.store.database.catalog import Catalog
    from mltrace.store.location import Location

MOST_BYTES: Final = 1024**3
"""Larger catalogs are not copied for a question: what is pending is then not seen."""
_TRIES: Final = 20

_State = tuple[tuple[int, int, int] | None, ...]


class Shadow:
    """The copy of the catalog of one store, made anew when that changes.

    Parameters
    ----------
    location : Location
        The store; its catalog is a file.
    """

    def __init__(self, location: Location) -> None:
        self._location = location
        self._copy: SqliteCatalog | None = None
        self._drain: Drain | None = None
        self._state: _State = ()
        self._remove: Callable[[], object] | None = None

    def is_needed(self, most_bytes: int | None) -> bool:
        """Tell whether the catalog itself does not show all that is in the store."""
        path = self._location.catalog
        if path is None:
            return False
        if not path.exists():
            return True
        if most_bytes is not None and path.stat().st_size > most_bytes:
            return False
        if needs_its_log(path):
            return True
        catalog = SqliteCatalog(path)  # of its own: the disk may be written again the next time
        try:
            version = catalog.schema_version()
            if version is None or version < SCHEMA_VERSION:
                return True
            return version == SCHEMA_VERSION and self._has_pending(catalog)
        finally:
            catalog.close()

    def catalog(self) -> SqliteCatalog:
        """Bring the copy up to date, and return it."""
        state = self._look()
        if self._copy is None or state != self._state:
            self.close()
            self._make()
        if self._copy is None or self._drain is None:
            raise StoreError(f"The catalog of {self._location.name} changes too fast to be copied.")
        if self._may_read_spool():
            self._drain.run()
        return self._copy

    def close(self) -> None:
        """Remove the copy."""
        if self._copy is not None:
            self._copy.close()
        self._copy = self._drain = None
        if self._remove is not None:
            self._remove()

    def _make(self) -> None:
        folder = tempfile.mkdtemp(prefix="mltrace-")
        self._remove = weakref.finalize(self, _remove, folder, os.getpid())
        copy = Path(folder, "catalog.db")
        for _ in range(_TRIES):
            self._state = self._look()
            self._copy_to(copy)
            if self._state == self._look():
                self._copy = SqliteCatalog(copy)
                self._drain = Drain(self._copy, self._location.spool, is_taking=False)
                return

    def _copy_to(self, copy: Path) -> None:
        for path in self._files():
            target = copy.with_name(path.name.replace(self._files()[0].name, copy.name))
            target.unlink(missing_ok=True)
            if path.exists():
                shutil.copyfile(path, target)

    def _files(self) -> list[Path]:
        path = self._location.catalog
        return [] if path is None else [path, path.with_name(f"{path.name}-wal")]

    def _look(self) -> _State:
        """Tell the state of the files that are copied, so that a change is noticed."""
        return tuple([_signature(path) for path in self._files()])

    def _may_read_spool(self) -> bool:
        """Tell whether what is pending may be read: another user's may not."""
        files = spool.list_files(self._location.spool)
        return all(os.access(file.path, os.R_OK) for file in files)

    def _has_pending(self, catalog: Catalog) -> bool:
        files = spool.list_files(self._location.spool)
        if not files or not self._may_read_spool():
            return False
        with catalog.look() as connection:
            offsets = read_offsets(connection, [file.name for file in files])
        return any(file.size > offsets.get(file.name, 0) for file in files)


def _remove(folder: str, owner: int) -> None:
    """Remove the folder of a copy, unless this is a child that was forked of its owner."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def _signature(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
