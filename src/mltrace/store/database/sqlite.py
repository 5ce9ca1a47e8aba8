"""A catalog in a SQLite file."""

from __future__ import annotations

import os
import sqlite3
import weakref
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from mltrace.errors import StoreError
from mltrace.store.database.catalog import Catalog
from mltrace.store.database.migrations import read_version
from mltrace.store.location import make_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

BUSY_SECONDS: Final = 30
_REMEDIES: Final = {
    "full": "; make room, nothing that was logged is lost",
    "locked": (
        f" for {BUSY_SECONDS} seconds by another process: an mltrace that writes, a backup or a "
        "database browser; try again once it is done"
    ),
}
_NOT_A_CATALOG: Final = ("not a database", "malformed", "disk image")


class SqliteCatalog(Catalog):
    """A catalog in a file, which is created with its folder on first use.

    Parameters
    ----------
    path : Path
        The file.
    """

    is_shared = False

    def __init__(self, path: Path) -> None:
        super().__init__(_make_engine(path), str(path.parent))
        self.path = path
        _catalogs.add(self)

    @property
    def is_read_only(self) -> bool:
        """Whether the file lies where this process may read but not write."""
        return _is_read_only(self.path)

    @property
    def is_there(self) -> bool:
        """Whether there is a file."""
        return self.path.exists()

    def shrink(self) -> int | None:
        """Write the file anew without what was removed; others can read meanwhile."""
        before = self.path.stat().st_size
        try:
            self._write_anew(busy_seconds=1)
        except sqlite3.OperationalError:
            return None  # another process writes, or the disk has no room for two of them
        return max(before - self.path.stat().st_size, 0)

    def scrub(self) -> bool:
        """Write the file anew, and empty its log, so that no byte of removed rows is in either."""
        try:
            return self._write_anew(busy_seconds=BUSY_SECONDS)
        except sqlite3.OperationalError:
            return False

    def _write_anew(self, *, busy_seconds: int) -> bool:
        """Write the file anew; tell whether its log is empty, which nobody must be reading."""
        with closing(_open(str(self.path), busy_seconds=busy_seconds)) as connection:
            connection.execute("PRAGMA temp_store=FILE")  # it needs room for all of it
            connection.execute("VACUUM")
            is_busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy

    def why_not_writable(self) -> str:
        """Tell why no writing can begin within two seconds; nothing is written."""
        try:
            with closing(_open(str(self.path), busy_seconds=2)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            return str(error)
        return ""

    @contextmanager
    def _begin_reading(self) -> Iterator[Connection]:
        with self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _begin_writing(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            connection.execution_options(mltrace_write=True)
            with connection.begin():
                yield connection

    def _found_as(self) -> tuple[int, int, bool] | None:
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino, self.is_read_only

    def _make_place(self) -> None:
        make_folder(self.path.parent)

    def _version(self) -> int | None:
        if not self.path.exists() or self.path.stat().st_size == 0:
            return None
        with self._begin_reading() as connection:
            try:
                return read_version(connection)
            except DBAPIError as error:
                if "no such table" in str(error.orig):
                    return None
                raise

    def _flaws(self, connection: Connection) -> list[str]:
        said = connection.exec_driver_sql("PRAGMA quick_check(5)").scalars().all()
        return [text for text in said if text != "ok"]

    def _explain(self, error: DBAPIError) -> StoreError:
        reason = str(error.orig)
        if any(mark in reason for mark in _NOT_A_CATALOG):
            return self._damaged(reason)
        remedies = (remedy for mark, remedy in _REMEDIES.items() if mark in reason)
        return StoreError(f"The catalog {self.path} cannot be used: {reason}{next(remedies, '')}.")


_catalogs: Final[weakref.WeakSet[SqliteCatalog]] = weakref.WeakSet()


def _close_idle() -> None:
    """Close what no verb is using, before a fork.

    A child that becomes a daemon closes all descriptors, and their numbers come back as files of
    the user; SQLite, which would close its own at exit, wrote its pages into those.
    """
    for catalog in list(_catalogs):
        catalog.close()


os.register_at_fork(before=_close_idle)


def _make_engine(path: Path) -> Engine:
    engine = create_engine(
        "sqlite+pysqlite://",
        creator=lambda: _connect(path),
        poolclass=QueuePool,
        pool_size=2,
        max_overflow=8,
    )
    event.listen(engine, "begin", _on_begin)
    return engine


def _is_read_only(path: Path) -> bool:
    if not os.access(path.parent, os.W_OK):
        return path.parent.exists()
    return path.exists() and not os.access(path, os.W_OK)


def _connect(path: Path) -> sqlite3.Connection:
    if _is_read_only(path):
        return _connect_read_only(path)
    connection = _open(str(path))
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")  # spool files are deleted after a commit
    return connection


def needs_its_log(path: Path) -> bool:
    """Tell whether a catalog that may only be read cannot be read with its write-ahead log."""
    log = path.with_name(f"{path.name}-wal")
    if not log.exists() or not log.stat().st_size:
        return False
    try:
        _open(f"{path.as_uri()}?mode=ro").close()
    except sqlite3.Error:
        return True
    return False


def _connect_read_only(path: Path) -> sqlite3.Connection:
    try:
        return _open(f"{path.as_uri()}?mode=ro")
    except sqlite3.OperationalError:
        # SQLite's write-ahead log needs a file beside the catalog, which cannot be made here; what
        # the last writer left in its log is then not seen.
        return _open(f"{path.as_uri()}?immutable=1")


def _open(database: str, busy_seconds: int = BUSY_SECONDS) -> sqlite3.Connection:
    connection = sqlite3.connect(
        database,
        timeout=busy_seconds,
        isolation_level=None,  # transactions begin below, not behind our back
        check_same_thread=False,
        uri=database.startswith("file:"),
    )
    try:
        connection.execute("PRAGMA cache_size=-32000")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("SELECT count(*) FROM sqlite_master")  # what cannot be read fails here
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _on_begin(connection: Connection) -> None:
    is_write = connection.get_execution_options().get("mltrace_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")
