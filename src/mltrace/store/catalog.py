"""The catalog: a SQLite file that only readers and the drain open."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from mltrace.errors import StoreCorruptError, StoreError
from mltrace.store.location import make_folder
from mltrace.store.migrations import bring_up_to_date, check_version, read_version
from mltrace.store.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

BUSY_SECONDS: Final = 30
_NOT_A_CATALOG: Final = ("not a database", "malformed", "disk image")


class Catalog:
    """The small, mutable, transactional facts of a store.

    Parameters
    ----------
    path : Path
        The SQLite file; created with its folder on first use.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = _make_engine(path)
        self._opened_as: tuple[int, int, bool] | None = None

    @property
    def is_read_only(self) -> bool:
        """Whether the catalog lies where this process may read but not write."""
        return _is_read_only(self.path)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a read transaction: one consistent state of the catalog."""
        self._prepare()
        with self._translated(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a write transaction; one writer at a time, others wait for it."""
        self._prepare()
        if self.is_read_only:
            raise StoreError(f"The store at {self.path.parent} is read-only.")
        with self._write() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with self._translated(), self._engine.connect() as connection:
            connection.execution_options(mltrace_write=True)
            with connection.begin():
                yield connection

    def _prepare(self) -> None:
        if self._opened_as is not None:
            if self._opened_as == self._found_as():
                return
            self._engine.dispose()  # another file has come in the place of the one we know
            self._opened_as = None
        with self._translated():
            if self.is_read_only:
                self._check_read_only()
            else:
                make_folder(self.path.parent)
                if self._version() != SCHEMA_VERSION:
                    with self._write() as connection:
                        bring_up_to_date(connection)
        self._opened_as = self._found_as()

    def _found_as(self) -> tuple[int, int, bool] | None:
        """Tell which file the catalog is now, and whether it can be written."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino, self.is_read_only

    def _check_read_only(self) -> None:
        version = self._version()
        if version is None or version < SCHEMA_VERSION:
            state = "has no catalog yet" if version is None else "is of an older mltrace"
            raise StoreError(
                f"The store at {self.path.parent} is read-only and {state}; open it once where it "
                "can be written: mltrace sync."
            )
        check_version(version)

    def _version(self) -> int | None:
        """Read the schema version; None if there is no catalog yet."""
        if not self.path.exists() or self.path.stat().st_size == 0:
            return None
        with self._engine.connect() as connection, connection.begin():
            try:
                return read_version(connection)
            except DBAPIError as error:
                if "no such table" in str(error.orig):
                    return None
                raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn errors of the driver into ours, with the place and the remedy."""
        try:
            yield
        except OSError as error:
            raise StoreError(f"The store at {self.path.parent} cannot be used: {error}") from error
        except DBAPIError as error:
            reason = str(error.orig)
            if any(mark in reason for mark in _NOT_A_CATALOG):
                raise StoreCorruptError(
                    f"The catalog {self.path} is damaged ({reason}). Put back a copy of it, or "
                    "move it away to begin a new one: what is pending in the spool is read into "
                    "that."
                ) from error
            raise StoreError(f"The catalog {self.path} cannot be used: {reason}") from error


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


def _connect_read_only(path: Path) -> sqlite3.Connection:
    try:
        return _open(f"{path.as_uri()}?mode=ro")
    except sqlite3.OperationalError:
        # SQLite's write-ahead log needs a file beside the catalog, which cannot be made here; what
        # the last writer left in its log is then not seen.
        return _open(f"{path.as_uri()}?immutable=1")


def _open(database: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        database,
        timeout=BUSY_SECONDS,
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
