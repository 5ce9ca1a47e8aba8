"""The process in which DuckDB answers: it sees what it is given, and can be killed at any time.

It is told on its standard input what to do, and answers on its standard output: each message has
eight bytes of length and is MessagePack. It knows nothing of the store.
"""

from __future__ import annotations

import contextlib
import os
import queue
import resource
import signal
import struct
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import duckdb
    import pyarrow

LENGTH: Final = struct.Struct(">Q")
_SETTINGS: Final[dict[str, str | bool | int | float | list[str]]] = {
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "temp_directory": "",
    "threads": "2",
}
_SETTINGS_AFTER: Final = (
    "SET GLOBAL TimeZone = 'UTC'",
    "SET GLOBAL parquet_metadata_cache = true",  # of files that did not change lately
)
_MIB: Final = 1024 * 1024
_GRACE_SECONDS: Final = 5.0
_ROWS_AT_ONCE: Final = 20_000
_MOST_KEPT: Final = 8
"""How many databases wait for a query that may take the same and reads the same files."""


class Part(msgspec.Struct, frozen=True):
    """A table that a query may read: files of it, and rows beside them as an Arrow stream.

    Attributes
    ----------
    columns : list of tuple of str
        What each column is made of, and its name.
    rows : bytes
        The stream; nothing where all rows are in the files.
    is_by_name : bool
        Whether files and rows may lack columns, or have others.
    """

    name: str
    columns: list[tuple[str, str]]
    files: list[str]
    rows: bytes
    is_by_name: bool = False


class Question(msgspec.Struct, frozen=True):
    """A query, what it may read and what it may take.

    Attributes
    ----------
    query : str
        The query; where `is_parsed`, as DuckDB's `json_serialize_sql` tells it.
    views : list of str
        Statements that make views of the parts, in order.
    """

    query: str
    is_parsed: bool
    params: dict[str, Any]
    parts: list[Part]
    views: list[str]
    seconds: float
    memory_mib: int
    num_rows: int


class Answer(msgspec.Struct, frozen=True):
    """What came of it: rows as an Arrow stream, or what went wrong."""

    rows: bytes = b""
    fault: str = ""
    message: str = ""


def framed(message: object) -> bytearray:
    """Encode a message, behind its length."""
    frame = bytearray(LENGTH.size)
    msgspec.msgpack.Encoder().encode_into(message, frame, LENGTH.size)
    LENGTH.pack_into(frame, 0, len(frame) - LENGTH.size)
    return frame


def main() -> None:
    """Answer until the standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asked decides what ends
    stdout = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    import duckdb  # noqa: F401 (not within a bound of memory)
    import pyarrow

    pyarrow.allocate_buffer(1)  # which sets address space apart, for all that come
    threading.Thread(target=_listen, args=(waiting,), daemon=True).start()
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # no file can be written
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    databases = _Databases()
    while True:
        databases.new()
        message = msgspec.msgpack.decode(waiting.get(), type=str | Question)
        stdout.write(framed(_answer(databases, message)))
        stdout.flush()


class _Databases:
    """Databases in memory, each confined to what a query may read and take.

    Opening one takes five times as long as a small query, and what it is confined to can never be
    widened: so each serves all queries that are confined alike. Every query has a connection of
    its own, whose tables nobody else sees.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[int, tuple[str, ...]], duckdb.DuckDBPyConnection] = {}
        self._new: duckdb.DuckDBPyConnection | None = None

    def new(self) -> duckdb.DuckDBPyConnection:
        """Give one that is not confined yet; it is opened where there is none."""
        if self._new is None:
            self._new = _open()
        return self._new

    @contextlib.contextmanager
    def connection(self, question: Question) -> Iterator[duckdb.DuckDBPyConnection]:
        """Connect with a database that is confined to a question; if that fails, it goes."""
        key = question.memory_mib, tuple(path for part in question.parts for path in part.files)
        database = self._kept.pop(key, None)
        if database is None:
            database, self._new = self.new(), None
            _confine(database, *key)
        try:
            with contextlib.closing(database.cursor()) as connection:
                yield connection
        except BaseException:
            database.close()
            raise
        self._kept[key] = database
        if len(self._kept) > _MOST_KEPT:
            self._kept.pop(next(iter(self._kept))).close()


def _open() -> duckdb.DuckDBPyConnection:
    import duckdb

    database = duckdb.connect(":memory:", config=_SETTINGS)
    for setting in _SETTINGS_AFTER:
        database.execute(setting)
    return database


def _listen(waiting: queue.SimpleQueue[bytes]) -> None:
    """Hand on what is asked; once that cannot be, leave, whatever is under way."""
    try:
        while len(head := sys.stdin.buffer.read(LENGTH.size)) == LENGTH.size:
            waiting.put(sys.stdin.buffer.read(LENGTH.unpack(head)[0]))
    finally:  # nobody can ask any more, or there is no memory for what is asked
        os._exit(0)


def _answer(databases: _Databases, message: str | Question) -> Answer:
    """Tell how a query is parsed, or answer it."""
    import duckdb

    try:
        if isinstance(message, str):
            parsing = databases.new().execute("SELECT json_serialize_sql(?)", [message])
            return Answer(parsing.fetchall()[0][0].encode())
        with databases.connection(message) as connection:
            return _ask(connection, message)
    except duckdb.InterruptException:
        return Answer(fault="time")
    except (duckdb.OutOfMemoryException, MemoryError):
        return Answer(fault="memory")
    except duckdb.IOException as error:
        return Answer(fault="files", message=str(error))
    except (duckdb.Error, ValueError, TypeError, RuntimeError) as error:
        return Answer(fault="query", message=str(error))


def _ask(connection: duckdb.DuckDBPyConnection, question: Question) -> Answer:
    import duckdb

    try:
        for part in question.parts:
            _show(connection, part)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:  # the query has not been looked at yet
        return Answer(fault="files", message=str(error))
    for view in question.views:
        connection.execute(view)
    query = question.query
    if question.is_parsed:
        query = connection.execute("SELECT json_deserialize_sql(?)", [query]).fetchall()[0][0]
    timers = [
        threading.Timer(question.seconds, connection.interrupt),
        threading.Timer(question.seconds + _GRACE_SECONDS, os._exit, [1]),
    ]
    for timer in timers:
        timer.daemon = True
        timer.start()
    try:
        with _bounded_memory(question.memory_mib):
            asked = connection.execute(query, question.params or None)
            return _gather(asked.to_arrow_reader(_ROWS_AT_ONCE), question)
    finally:
        for timer in timers:
            timer.cancel()


def _gather(reader: pyarrow.RecordBatchReader, question: Question) -> Answer:
    """Take the rows of an answer, no more than it may have."""
    import pyarrow

    batches, num_rows, num_bytes = [], 0, 0
    for batch in reader:
        num_rows, num_bytes = num_rows + batch.num_rows, num_bytes + batch.nbytes
        if num_rows > question.num_rows:
            return Answer(fault="rows")
        if num_bytes > question.memory_mib * _MIB:
            return Answer(fault="memory")
        batches.append(batch)
    rows = pyarrow.Table.from_batches(batches, reader.schema)
    rows = rows.rename_columns(_own_names(rows.column_names))
    sink = pyarrow.BufferOutputStream()
    rows = _with_plain_sums(rows)
    with pyarrow.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return Answer(sink.getvalue().to_pybytes())


def _with_plain_sums(rows: pyarrow.Table) -> pyarrow.Table:
    """Let sums of whole numbers be whole numbers, if they are not too large."""
    import pyarrow

    for at, field in enumerate(rows.schema):
        if field.type == pyarrow.decimal128(38, 0):
            with contextlib.suppress(pyarrow.ArrowInvalid):
                column = rows.column(at).cast(pyarrow.int64())
                rows = rows.set_column(at, field.name, column)
    return rows


def _own_names(names: list[str]) -> list[str]:
    """Give columns of the same name numbers."""
    own: dict[str, None] = {}
    given, numbers = frozenset(names), dict.fromkeys(names, 0)
    for name in names:
        chosen = name
        while chosen in own or (chosen != name and chosen in given):
            numbers[name] += 1
            chosen = f"{name}_{numbers[name]}"
        own[chosen] = None
    return list(own)


def _show(connection: duckdb.DuckDBPyConnection, part: Part) -> None:
    """Let a table be seen under its name."""
    import pyarrow

    shown_as = ((made_of, name.replace('"', '""')) for made_of, name in part.columns)
    named = ", ".join(f'{made_of} AS "{name}"' for made_of, name in shown_as)
    sources = []
    if part.files:
        by_name = str(part.is_by_name).lower()
        sources.append(f"read_parquet([{_texts(part.files)}], union_by_name = {by_name})")
    if part.rows:
        own = f"rows of {part.name}"
        connection.register(own, pyarrow.ipc.open_stream(part.rows).read_all())
        sources.append(f'"{own}"')
    if part.is_by_name:
        joined = " UNION ALL BY NAME ".join(f"FROM {source}" for source in sources)
        sources = [f"({joined})"]
    query = " UNION ALL ".join(f"FROM {source} SELECT {named}" for source in sources)
    view = f'CREATE TEMP VIEW "{part.name}" AS {query}'
    connection.execute(view)


def _texts(texts: Iterable[str]) -> str:
    return ", ".join("'{}'".format(text.replace("'", "''")) for text in texts)


def _confine(database: duckdb.DuckDBPyConnection, memory_mib: int, paths: Iterable[str]) -> None:
    """Take away what queries do not need: files, settings, memory."""
    for setting in (
        f"SET memory_limit = '{memory_mib} MiB'",
        f"SET allowed_paths = [{_texts(paths)}]",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        database.execute(setting)


@contextlib.contextmanager
def _bounded_memory(memory_mib: int) -> Iterator[None]:
    """Bound what the process as a whole may take meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    with contextlib.suppress(OSError, ValueError):  # elsewhere the limits of DuckDB must do
        in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        most = in_use + 2 * memory_mib * _MIB
        if soft != resource.RLIM_INFINITY:
            most = min(most, soft)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
