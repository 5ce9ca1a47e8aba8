"""The catalog: the database that only readers and the drain open.

What every database has in common stands here; what differs is in `sqlite.py` and `postgresql.py`,
of which only the one that is needed is loaded, with its driver.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, Final

from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from mltrace.errors import MltraceError, StoreCorruptError, StoreError
from mltrace.store.database.migrations import bring_up_to_date, check_version
from mltrace.store.database.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection, Engine

    from mltrace.store.location import Location

IF_DAMAGED: Final = (
    "Put back a copy of it, or move it away to begin a new one: what is pending in the spool is "
    "read into that."
)
"""What to do with a catalog that is damaged."""


def open_catalog(location: Location) -> Catalog:
    """Make the catalog of a store; its database is opened when it is first needed."""
    if location.catalog is None:
        from mltrace.store.database.postgresql import PostgresqlCatalog

        return PostgresqlCatalog(location.uri)
    from mltrace.store.database.sqlite import SqliteCatalog

    return SqliteCatalog(location.catalog)


class Catalog(ABC):
    """The small, mutable, transactional facts of a store.

    Parameters
    ----------
    engine : Engine
        Opens connections to the database.
    name : str
        What messages call the store.

    Attributes
    ----------
    num_opened : int
        How often a database was found that is not the one known before.
    """

    is_shared: ClassVar[bool]
    """Whether the spools of several machines are drained into it."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._name = name
        self._opened_as: Hashable = None
        self.num_opened = 0

    @property
    @abstractmethod
    def is_read_only(self) -> bool:
        """Whether the catalog is one that this process may read but not write."""

    @property
    @abstractmethod
    def is_there(self) -> bool:
        """Whether there is a catalog; asking makes none."""

    def check_writable(self) -> None:
        """Refuse a catalog that this process may only read.

        Raises
        ------
        StoreError
            If it is one.
        """
        if self.is_read_only:
            raise StoreError(f"The store at {self._name} is read-only.")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a read transaction: one consistent state of the catalog."""
        self.prepare()
        with self._translated(), self._begin_reading() as connection:
            try:
                yield connection
            except (LookupError, TypeError, ValueError) as error:
                # Rows that do not fit together are the work of damage, or else a fault of ours.
                if isinstance(error, MltraceError) or not (flaws := self._flaws(connection)):
                    raise
                raise self._damaged(flaws[0]) from error

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """Open a read transaction on the catalog as it is: not made, not brought up to date."""
        with self._translated(), self._begin_reading() as connection:
            yield connection

    def schema_version(self) -> int | None:
        """Tell the schema version; None if there is no catalog yet."""
        with self._translated():
            return self._version()

    def flaws(self) -> list[str]:
        """Let the database look for damage; list what it finds, in its own words."""
        with self.look() as connection:
            return self._flaws(connection)

    def _damaged(self, reason: str) -> StoreCorruptError:
        return StoreCorruptError(f"The catalog of {self._name} is damaged ({reason}). {IF_DAMAGED}")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a write transaction; one writer at a time, others wait for it."""
        self.prepare()
        self.check_writable()
        with self._translated(), self._begin_writing() as connection:
            yield connection

    @contextmanager
    def alone(self, purpose: str) -> Iterator[None]:
        """Wait until no process of another machine does the same; writers go on meanwhile.

        Raises
        ------
        StoreError
            If that takes too long.
        """
        del purpose
        yield  # a file is used by one machine

    def shrink(self) -> int | None:
        """Give the room of removed rows back to the system, where the database does not by itself.

        Returns
        -------
        int or None
            The bytes by which it shrank; None where it must be done later, for others are writing.
        """
        return 0

    def scrub(self) -> bool:
        """Overwrite what was removed, as far as that is up to us; False if others are in the way.

        A server uses the room of removed rows again in its own time.
        """
        return True

    def why_not_writable(self) -> str:
        """Tell why nobody can write for a while, in the database's words; empty if one can."""
        return ""  # a server lets many write

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @abstractmethod
    def _begin_reading(self) -> AbstractContextManager[Connection]:
        """Begin a transaction that sees one state of the catalog."""

    @abstractmethod
    def _begin_writing(self) -> AbstractContextManager[Connection]:
        """Begin a transaction once no other one is writing."""

    @abstractmethod
    def _found_as(self) -> Hashable:
        """Tell which database the catalog is now, so that another one in its place is noticed."""

    @abstractmethod
    def _version(self) -> int | None:
        """Read the schema version; None if there is no catalog yet."""

    @abstractmethod
    def _explain(self, error: DBAPIError) -> StoreError:
        """Turn an error of the driver into ours, with the place and the remedy."""

    def _flaws(self, connection: Connection) -> list[str]:
        """Look for damage; a server does so by itself."""
        del connection
        return []

    def _make_place(self) -> None:  # noqa: B027 (a server has its place)
        """Make the place where the catalog is to be."""

    def prepare(self) -> None:
        """Make sure that the database is there, up to date and the one that is known."""
        if self._opened_as is not None:
            if self._opened_as == self._found_as():
                return
            self._engine.dispose()  # another database has come in the place of the one we know
            self._opened_as = None
        with self._translated():
            if self.is_read_only:
                self._check_read_only()
            else:
                self._make_place()
                if self._version() != SCHEMA_VERSION:
                    with self._begin_writing() as connection:
                        bring_up_to_date(connection)
            self._opened_as = self._found_as()
            self.num_opened += 1

    def _check_read_only(self) -> None:
        version = self._version()
        if version is None or version < SCHEMA_VERSION:
            state = "has no catalog yet" if version is None else "is of an older mltrace"
            raise StoreError(
                f"The store at {self._name} is read-only and {state}; open it once where it "
                "can be written: mltrace sync."
            )
        check_version(version)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn errors of the system and of the driver into ours."""
        try:
            yield
        except OSError as error:
            raise StoreError(f"The store at {self._name} cannot be used: {error}") from error
        except DBAPIError as error:
            raise self._explain(error) from error
        except UnicodeDecodeError as error:  # SQLite quotes what it found where it looked for words
            raise self._damaged("it holds bytes where words should be") from error
        except NoResultFound as error:
            raise self._damaged("a row is missing that must be there") from error
        except PoolTimeoutError as error:
            raise StoreError(
                f"All connections of this process to the store {self._name} are in use: {error}"
            ) from error
