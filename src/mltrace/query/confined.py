"""Asks a question in SQL of a store: read-only, of its tables alone, within bounds.

DuckDB answers in memory. It sees the tables that the query names, as they are exported, and neither
files, nor the network, nor variables of the process; its settings are locked.
"""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mltrace.errors import ArgumentError, NotEvaluatedError
from mltrace.importing import late
from mltrace.query.allowed import named_tables
from mltrace.store.exporting.arrow import read_table
from mltrace.store.exporting.shapes import SHAPES

if TYPE_CHECKING:
    import duckdb
    import pyarrow
    from sqlalchemy import Connection

_SETTINGS: Final = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "temp_directory": "",
}
_SHAPES: Final = {shape.name: shape for shape in SHAPES}


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a query may take.

    Attributes
    ----------
    seconds : float
        How long DuckDB may take.
    memory_mib : int
        How much memory it may use.
    num_rows : int
        How many rows the answer may have.
    num_rows_read : int
        How many rows a table that it names may have.
    """

    seconds: float = 30.0
    memory_mib: int = 512
    num_rows: int = 10_000
    num_rows_read: int = 5_000_000


def run_query(connection: Connection, query: str, bounds: Bounds | None = None) -> pyarrow.Table:
    """Answer a query over the tables of `mltrace export`.

    Raises
    ------
    ArgumentError
        If it is not one `SELECT` over these tables, or is wrong; the message says how.
    NotEvaluatedError
        If DuckDB is not installed, or the query takes more than it may.
    """
    bounds = bounds or Bounds()
    with closing(_open(bounds)) as database:
        ((parsed,),) = database.execute("SELECT json_serialize_sql(?)", [query]).fetchall()
        for name in named_tables(parsed, _SHAPES):
            table = read_table(connection, _SHAPES[name], most_rows=bounds.num_rows_read)
            database.register(name, table)
        database.execute("SET lock_configuration = true")
        return _ask(database, query, bounds)


def _open(bounds: Bounds) -> duckdb.DuckDBPyConnection:
    try:
        with late():
            import duckdb
            import pyarrow  # noqa: F401 (asked for before anything is read)
    except ImportError as error:
        raise NotEvaluatedError(
            "SQL over a store needs DuckDB and pyarrow, which are not installed: "
            'pip install "mltrace[sql]".'
        ) from error
    memory = {"memory_limit": f"{bounds.memory_mib} MiB", "threads": "2"}
    database = duckdb.connect(":memory:", config={**_SETTINGS, **memory})
    database.execute("SET TimeZone = 'UTC'")
    return database


def _ask(database: duckdb.DuckDBPyConnection, query: str, bounds: Bounds) -> pyarrow.Table:
    import duckdb

    alarm = threading.Timer(bounds.seconds, database.interrupt)
    alarm.daemon = True
    alarm.start()
    try:
        answer: Any = database.sql(query).limit(bounds.num_rows + 1).to_arrow_table()
    except duckdb.InterruptException as error:
        raise NotEvaluatedError(f"The query was not done after {bounds.seconds:g} s.") from error
    except duckdb.OutOfMemoryException as error:
        raise NotEvaluatedError(f"The query needs more than {bounds.memory_mib} MiB.") from error
    except duckdb.Error as error:
        raise ArgumentError(f"The query cannot be answered: {error}") from error
    finally:
        alarm.cancel()
    if answer.num_rows > bounds.num_rows:
        raise NotEvaluatedError(f"The answer has more than {bounds.num_rows:,} rows.")
    return answer
