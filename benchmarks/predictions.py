"""What it costs to log predictions, beside COPY into PostgreSQL, SQLite, and bare Parquet.

    python -m benchmarks.predictions

Rows have an id of 16 characters, a class and a score, from NumPy. In batches of 10,000 each way
makes them durable batch by batch, one by one row by row: they outlive the process that logged them.
Rows are counted per second of CPU, of the caller and, in brackets, with that of the server.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import psycopg
import pyarrow as pa
from pyarrow import parquet
from tests.private_postgresql import PrivatePostgresql

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BATCH = 10_000
NUM_BATCHES = 60
NUM_SINGLE = 20_000
NUM_THREADS = 4
PROTOTYPE = "rows/s by the clock, published: 781-1,040 in batches, 33-48 one by one"
_TABLE = "create table prediction (id text, value integer, score double precision, at bigint)"
_INSERT = "insert into prediction values ({0}, {0}, {0}, {0})"


class Columns:
    """A batch of predictions."""

    def __init__(self, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        self.numbers = random.integers(10**15, 10**16, BATCH)
        self.ids = self.numbers.astype("U16")
        self.listed = self.ids.tolist()
        self.scores = random.random(BATCH)
        self.classes = (self.scores > 0.5).astype(np.int64)
        self.carriers = random.choice(np.array(["UA", "B6", "DL", "AA"], dtype=object), BATCH)
        self.hours = random.integers(0, 24, BATCH)

    def rows(self) -> list[tuple[Any, ...]]:
        now = time.time_ns()
        times = [now] * BATCH
        return list(
            zip(self.listed, self.classes.tolist(), self.scores.tolist(), times, strict=True)
        )


def main() -> None:
    columns = Columns()
    server = PrivatePostgresql()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLTRACE_URI"] = f"{folder}/store"
        try:
            print(f"In batches of {BATCH:,}, rows/s of CPU")
            _mltrace_batches(columns)
            _tell("bare Parquet, a file a batch", _parquet(columns, Path(folder)))
            _tell("SQLite, a transaction a batch", _sqlite_batches(columns, folder))
            _postgresql_batches(columns, server)
            print("\nOne by one, rows/s of CPU")
            _mltrace_single()
            _tell("SQLite, a transaction a row", _sqlite_single(folder), NUM_SINGLE // 20)
            _postgresql_single(server)
            print(f"\nThe prototype, {PROTOTYPE}")
        finally:
            server.remove()


def _mltrace_batches(columns: Columns) -> None:
    task = mt.Task("late", kind="binary")
    frame = pd.DataFrame({"carrier": columns.carriers, "hour": columns.hours})
    ids: dict[str, Any] = {
        "texts of NumPy": columns.ids,
        "a list of texts": columns.listed,
        "int64": columns.numbers,
        "pandas texts": pd.Series(columns.listed),
        "polars texts": pl.Series(columns.listed),
        "Arrow texts": pa.array(columns.listed),
    }
    for name, column in ids.items():
        _tell(
            f"mltrace, ids are {name}",
            _cpu(lambda given=column: _log(task, given, columns)),  # type: ignore[misc]
        )
    _tell("mltrace, two columns of features", _cpu(lambda: _log(task, columns.ids, columns, frame)))
    with mt.Component("predict").start():
        _tell("mltrace, inside a run", _cpu(lambda: _log(task, columns.ids, columns)))
    _tell("mltrace, feedback", _cpu(lambda: task.log_feedback(columns.ids, columns.classes)))
    began, cpu = time.perf_counter(), time.process_time()
    _in_threads(lambda: _log(task, columns.ids, columns), NUM_BATCHES // NUM_THREADS)
    seconds = time.process_time() - cpu, time.perf_counter() - began
    _tell(f"mltrace, {NUM_THREADS} threads", seconds[0])
    print(f"{'':>36}   by the clock {BATCH * NUM_BATCHES / seconds[1]:>12,.0f}")


def _log(task: mt.Task, ids: Any, columns: Columns, features: Any = None) -> None:
    task.log_predictions(ids, columns.classes, columns.scores, features)


def _in_threads(call: Callable[[], object], times: int) -> None:
    def work() -> None:
        for _ in range(times):
            call()

    threads = [threading.Thread(target=work) for _ in range(NUM_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _parquet(columns: Columns, folder: Path) -> float:
    numbers = iter(range(10 * NUM_BATCHES))
    at = np.full(BATCH, time.time_ns() // 1000, "datetime64[us]")

    def write() -> None:
        table = pa.table(
            {
                "id": pa.array(columns.ids),
                "value": columns.classes,
                "score": columns.scores,
                "at": at,
            }
        )
        parquet.write_table(table, folder / f"{next(numbers)}.parquet", compression="zstd")

    return _cpu(write)


def _sqlite_batches(columns: Columns, folder: str) -> float:
    with _sqlite(folder, "batches") as connection:

        def write() -> None:
            with connection:
                connection.executemany(_INSERT.format("?"), columns.rows())

        return _cpu(write)


def _sqlite(folder: str, name: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{folder}/{name}.db")
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
    connection.execute(_TABLE)
    return connection


def _postgresql_batches(columns: Columns, server: PrivatePostgresql) -> None:
    with psycopg.connect(server.uri, autocommit=True) as connection:
        connection.execute(_TABLE)

        def write() -> None:
            with (
                connection.cursor() as cursor,
                cursor.copy("copy prediction from stdin (format binary)") as copy,
            ):
                copy.set_types(["text", "int4", "float8", "int8"])
                for row in columns.rows():
                    copy.write_row(row)

        _beside(server, "PostgreSQL, COPY a batch", lambda: _cpu(write), BATCH * NUM_BATCHES)


def _mltrace_single() -> None:
    task = mt.Task("late", kind="binary")
    ids = [f"{number:016d}" for number in range(NUM_SINGLE)]

    def with_features(one: str) -> None:
        task.log_predictions(one, 1, 0.75, {"carrier": "UA", "hour": 5})

    _tell("mltrace", _cpu_each(lambda one: task.log_predictions(one, 1, 0.75), ids), NUM_SINGLE)
    _tell("mltrace, two features", _cpu_each(with_features, ids), NUM_SINGLE)
    with mt.Component("predict").start():
        seconds = _cpu_each(lambda one: task.log_predictions(one, 1, 0.75), ids)
        _tell("mltrace, inside a run", seconds, NUM_SINGLE)
    seconds = _cpu_each(lambda one: task.log_feedback(one, 1), ids)
    _tell("mltrace, feedback", seconds, NUM_SINGLE)


def _sqlite_single(folder: str) -> float:
    with _sqlite(folder, "single") as connection:

        def write(number: int) -> None:
            with connection:
                connection.execute(_INSERT.format("?"), (f"{number:016d}", 1, 0.75, number))

        return _cpu_each(write, range(NUM_SINGLE // 20))


def _postgresql_single(server: PrivatePostgresql) -> None:
    with psycopg.connect(server.uri, autocommit=True) as connection:

        def write(number: int) -> None:
            connection.execute(_INSERT.format("%s"), (f"{number:016d}", 1, 0.75, number))

        rows = NUM_SINGLE // 20
        _beside(server, "PostgreSQL, INSERT a row", lambda: _cpu_each(write, range(rows)), rows)


def _beside(server: PrivatePostgresql, name: str, measure: Callable[[], float], rows: int) -> None:
    began = server.cpu_seconds()
    seconds = measure()
    both = seconds + server.cpu_seconds() - began
    _tell(name, seconds, rows, more=f" ({rows / both:,.0f})")


def _cpu(call: Callable[[], object]) -> float:
    call()
    began = time.process_time()
    for _ in range(NUM_BATCHES):
        call()
    return time.process_time() - began


def _cpu_each(call: Callable[[Any], object], given: Sequence[Any]) -> float:
    call(given[0])
    began = time.process_time()
    for one in given:
        call(one)
    return time.process_time() - began


def _tell(name: str, seconds: float, rows: int = BATCH * NUM_BATCHES, *, more: str = "") -> None:
    print(f"{name:>36} {rows / seconds:>14,.0f}{more}")


if __name__ == "__main__":
    main()
