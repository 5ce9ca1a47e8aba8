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
_MIB: Final = 1024 * 1024
_GRACE_SECONDS: Final = 5.0
_BY_NAME: Final = "FROM {old} UNION ALL BY NAME FROM {own}"
_ROWS_AT_ONCE: Final = 20_000


class Part(msgspec.Struct, frozen=True):
    """A table that a query may read: files of it, and rows beside them as an Arrow stream.

    Attributes
    ----------
    columns : list of tuple of str
        What each column is made of, and its name.
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
    import pyarrow  # noqa: F401

    threading.Thread(target=_listen, args=(waiting,), daemon=True).start()
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # no file can be written
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    while True:
        with contextlib.closing(_open()) as database:
            is_asked = False
            while not is_asked:  # a query is parsed before it is asked
                message = msgspec.msgpack.decode(waiting.get(), type=str | Question)
                stdout.write(framed(_answer(database, message)))
                stdout.flush()
                is_asked = isinstance(message, Question)


def _open() -> duckdb.DuckDBPyConnection:
    import duckdb

    database = duckdb.connect(":memory:", config=_SETTINGS)
    database.execute("SET TimeZone = 'UTC'")
    return database


def _listen(waiting: queue.SimpleQueue[bytes]) -> None:
    """Hand on what is asked; once that cannot be, leave, whatever is under way."""
    try:
        while len(head := sys.stdin.buffer.read(LENGTH.size)) == LENGTH.size:
            waiting.put(sys.stdin.buffer.read(LENGTH.unpack(head)[0]))
    finally:  # nobody can ask any more, or there is no memory for what is asked
        os._exit(0)


def _answer(database: duckdb.DuckDBPyConnection, message: str | Question) -> Answer:
    """Tell how a query is parsed, or answer it."""
    import duckdb

    try:
        if isinstance(message, str):
            found = database.execute("SELECT json_serialize_sql(?)", [message]).fetchall()
            return Answer(found[0][0].encode())
        return _ask(database, message)
    except duckdb.InterruptException:
        return Answer(fault="time")
    except (duckdb.OutOfMemoryException, MemoryError):
        return Answer(fault="memory")
    except duckdb.IOException as error:
        return Answer(fault="files", message=str(error))
    except (duckdb.Error, ValueError, TypeError, RuntimeError) as error:
        return Answer(fault="query", message=str(error))


def _ask(database: duckdb.DuckDBPyConnection, question: Question) -> Answer:
    import duckdb

    try:
        for part in question.parts:
            _show(database, part)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:  # the query has not been looked at yet
        return Answer(fault="files", message=str(error))
    for view in question.views:
        database.execute(view)
    paths = [path for part in question.parts for path in part.files]
    _confine(database, question, paths)
    query = question.query
    if question.is_parsed:
        query = database.execute("SELECT json_deserialize_sql(?)", [query]).fetchall()[0][0]
    timers = [
        threading.Timer(question.seconds, database.interrupt),
        threading.Timer(question.seconds + _GRACE_SECONDS, os._exit, [1]),
    ]
    for timer in timers:
        timer.daemon = True
        timer.start()
    try:
        asked = database.execute(query, question.params or None)
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


def _show(database: duckdb.DuckDBPyConnection, part: Part) -> None:
    """Let a table be seen under its name."""
    import pyarrow

    own, old = f'"rows of {part.name}"', f'"files of {part.name}"'
    database.register(own.strip('"'), pyarrow.ipc.open_stream(part.rows).read_all())
    shown_as = ((made_of, name.replace('"', '""')) for made_of, name in part.columns)
    named = ", ".join(f'{made_of} AS "{name}"' for made_of, name in shown_as)
    if part.files:
        files = database.read_parquet(part.files, union_by_name=part.is_by_name)
        files.create_view(old.strip('"'))
        if part.is_by_name:
            shown = database.sql(_BY_NAME.format(old=old, own=own)).project(named)
        else:
            shown = database.view(old).project(named).union(database.view(own).project(named))
        shown.create_view(part.name)
    else:
        database.view(own).project(named).create_view(part.name)


def _confine(database: duckdb.DuckDBPyConnection, question: Question, paths: list[str]) -> None:
    """Take away what the query does not need: files, settings, memory."""
    quoted = ", ".join("'{}'".format(path.replace("'", "''")) for path in paths)
    for setting in (
        f"SET memory_limit = '{question.memory_mib} MiB'",
        f"SET allowed_paths = [{quoted}]",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        database.execute(setting)
    with contextlib.suppress(OSError, ValueError):  # elsewhere the limits of DuckDB must do
        in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        most = in_use + 2 * question.memory_mib * _MIB
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
