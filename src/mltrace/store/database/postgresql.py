"""A catalog in a schema of a PostgreSQL database, for many hosts at once.

One writer at a time holds an advisory lock of the schema for its transaction, which is what the
row ids rest on (`keys.py`). Readers see one snapshot and wait for nobody.
"""

from __future__ import annotations

import os
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from sqlalchemy import Text, cast, create_engine, func, not_, select, true
from sqlalchemy.schema import CreateSchema

from mltrace.errors import ConfigurationError, StoreError
from mltrace.store.database.catalog import Catalog
from mltrace.store.database.migrations import read_version
from mltrace.store.database.postgresql_errors import explain
from mltrace.store.database.schema import run, store_info
from mltrace.store.server_uri import EXAMPLE, parse_server_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Connection, Engine
    from sqlalchemy.exc import DBAPIError

    from mltrace.store.server_uri import ServerUri

LOCK_SECONDS: Final = 30
"""How long a writer waits for the one before it, and everybody for what others do to the tables."""

IDLE_SECONDS: Final = 120
"""After which silence the server takes the lock from a writer that hangs."""

_OF_ALL: Final = {
    "lock_timeout": f"{LOCK_SECONDS}s",
    "jit": "off",  # to compile our queries takes ten times as long as to run them
    "random_page_cost": "1.1",  # each step of a recursive query would scan the edges of all runs
}
_OF_WRITERS: Final = {
    "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
    "synchronous_commit": "on",  # spool files are deleted after a commit
}
_ALONE: Final = {"lock_timeout": "300s", "idle_in_transaction_session_timeout": "0"}
_POOL: Final = {"pool_size": 2, "max_overflow": 3}
_CONNECTION: Final[Mapping[str, str]] = {
    "application_name": "mltrace",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}


class PostgresqlCatalog(Catalog):
    """A catalog in the schema that a URI names, else in the one that the server finds first.

    Parameters
    ----------
    uri : str
        As libpq takes it, with `schema`, `pool_size` and `max_overflow` as further parameters.

    Raises
    ------
    ConfigurationError
        If libpq does not understand it.
    StoreError
        If psycopg is not installed.
    """

    is_shared = True

    def __init__(self, uri: str) -> None:
        server = parse_server_uri(uri)
        super().__init__(_make_engine(server), server.shown)
        self._schema = server.schema
        self._reading = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._found: _Found | None = None
        _catalogs.add(self)
        weakref.finalize(self, self._engine.dispose)

    @property
    def is_read_only(self) -> bool:
        """Whether the server is a replica, or the user has no right to write."""
        return not self._look().may_write

    @property
    def is_there(self) -> bool:
        """Whether the server has the tables."""
        if self._look().catalog is None:
            self._found = None  # another process may make them
            return False
        return True

    def close(self) -> None:
        """Close all connections."""
        super().close()
        self._found = None

    def forget(self) -> None:
        """Start afresh in a forked child: the open connections belong to the parent."""
        self._engine.dispose(close=False)
        self._found = None

    @contextmanager
    def _begin_reading(self) -> Iterator[Connection]:
        with self._reading.connect() as connection, connection.begin():
            self._set_up(connection)
            yield connection

    @contextmanager
    def _begin_writing(self) -> Iterator[Connection]:
        with self._engine.connect() as connection, connection.begin():
            self._set_up(connection, **_OF_WRITERS)
            connection.execute(select(_lock(func.current_schema())))
            yield connection

    @contextmanager
    def alone(self, purpose: str) -> Iterator[None]:
        """Wait until no process of any machine does the same; writers go on meanwhile."""
        with self._translated(), self._engine.connect() as connection, connection.begin():
            self._set_up(connection, **_ALONE)
            connection.execute(select(_lock(func.concat(func.current_schema(), " ", purpose))))
            yield

    def _set_up(self, connection: Connection, **parameters: str) -> None:
        """Set parameters of the server until the transaction ends, whoever has the session then."""
        parameters = {**_OF_ALL, **parameters}
        if self._schema is not None:
            quote_name = self._engine.dialect.identifier_preparer.quote_identifier
            parameters["search_path"] = quote_name(self._schema)
        settings = [func.set_config(name, value, true()) for name, value in parameters.items()]
        connection.execute(select(*settings))

    def _found_as(self) -> _Found:
        return self._look()

    def _look(self) -> _Found:
        """Ask the server what there is and what this user may do; after an error, ask again."""
        if self._found is None:
            with self._translated(), self._begin_reading() as connection:
                self._found = _Found(*connection.execute(select(*_ASKED)).one())
            if self._found.encoding != "UTF8":
                raise StoreError(
                    f"The database of the store {self._name} has the encoding "
                    f"{self._found.encoding}, which cannot hold every text; create one with UTF8: "
                    "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
                )
        return self._found

    def _make_place(self) -> None:
        found = self._look()
        if found.schema is None and self._schema is not None:
            with self._engine.connect() as connection, connection.begin():
                self._set_up(connection, **_OF_WRITERS)
                connection.execute(select(_lock("")))
                connection.execute(CreateSchema(self._schema, if_not_exists=True))
            self._found = None

    def _version(self) -> int | None:
        if self._look().catalog is None:
            return None
        with self._begin_reading() as connection:
            return read_version(connection)

    def _explain(self, error: DBAPIError) -> StoreError:
        self._found = None  # whatever happened, the server may be another one now
        return explain(error, self._name)


class _Found(NamedTuple):
    """What a server says of a catalog and of this user's rights, in the order of `_ASKED`."""

    database: str
    schema: str | None
    catalog: str | None
    encoding: str
    may_write: bool


def _lock(name: Any) -> Any:
    """Wait until no other transaction holds the lock of that name in this database."""
    key = func.hashtextextended(func.concat("mltrace ", func.current_database(), " ", name), 0)
    return func.pg_advisory_xact_lock(key)


_may_insert: Final = func.has_table_privilege(func.to_regclass(run.name), "INSERT")
_ASKED: Final = (
    func.current_database(),
    func.current_schema(),
    cast(func.to_regclass(store_info.name), Text),
    func.current_setting("server_encoding"),
    not_(func.pg_is_in_recovery())
    & (func.current_setting("default_transaction_read_only") == "off")
    & func.coalesce(_may_insert, true()),
)


def _make_engine(server: ServerUri) -> Engine:
    given = dict(server.query)
    pool = {name: _whole(name, given.pop(name, str(most))) for name, most in _POOL.items()}
    given.pop("schema", None)
    connect = _connector(server, given)
    return create_engine(
        "postgresql+psycopg://",
        creator=connect,
        pool_pre_ping=True,
        use_native_hstore=False,  # it costs a query to ask for
        isolation_level="READ COMMITTED",  # a writer sees what those before it committed
        **pool,
    )


def _connector(server: ServerUri, given: Mapping[str, str]) -> Callable[[], Any]:
    """Make the function that opens a connection, by what libpq reads from the URI."""
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as error:
        raise StoreError(
            f"The store {server.shown} needs the driver psycopg: pip install 'mltrace[postgresql]'."
        ) from error
    place = server.uri.partition("://")[2].partition("?")[0]
    uri = f"postgresql://{place}"
    if given:
        uri = f"{uri}?{urlencode(given, quote_via=quote)}"
    try:
        said = conninfo_to_dict(uri)
    except psycopg.Error:  # its message may hold the password
        raise ConfigurationError(
            f"libpq does not understand the store URI {server.shown} with its login and "
            f"parameters ({', '.join(given) or 'none'}); give one like {EXAMPLE}, with %-escapes "
            "for special characters."
        ) from None
    options: dict[str, Any] = {**_CONNECTION, **said}
    # Prepared statements would be lost behind a pooler that parts transactions.
    return lambda: psycopg.connect(**options, prepare_threshold=None)


def _whole(name: str, text: str) -> int:
    if not text.isdecimal():
        raise ConfigurationError(f"{name}={text!r} of the store URI is no whole number.")
    return int(text)


_catalogs: Final[weakref.WeakSet[PostgresqlCatalog]] = weakref.WeakSet()


def _forget_all() -> None:
    for catalog in list(_catalogs):
        catalog.forget()


os.register_at_fork(after_in_child=_forget_all)
