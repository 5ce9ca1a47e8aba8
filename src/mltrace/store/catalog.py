"""The catalog: a SQLite file that only readers and the drain open."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from mltrace.errors import StoreCorruptError, StoreError
from mltrace.store.location import make_folder
from mltrace.store.migrations import bring_up_to_date, read_version
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
        self._is_ready = False

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
        if self._is_ready and self.path.exists():
            return
        if self._is_ready:
            self._engine.dispose()
        with self._translated():
            make_folder(self.path.parent)
            if not self._is_current():
                with self._write() as connection:
                    bring_up_to_date(connection)
        self._is_ready = True

    def _is_current(self) -> bool:
        if not self.path.exists() or self.path.stat().st_size == 0:
            return False
        with self._engine.connect() as connection, connection.begin():
            try:
                return read_version(connection) == SCHEMA_VERSION
            except DBAPIError as error:
                if "no such table" in str(error.orig):
                    return False
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
                    f"The catalog {self.path} is damaged ({reason}). Move it away: pending facts "
                    "stay in the spool and are read into a new one."
                ) from error
            raise StoreError(f"The catalog {self.path} cannot be used: {reason}") from error


def _make_engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        poolclass=QueuePool,
        pool_size=2,
        max_overflow=8,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin below, not behind our back
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # spool files are deleted after a commit
    cursor.execute("PRAGMA cache_size=-32000")
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    is_write = connection.get_execution_options().get("mltrace_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")
