"""What predictions take up, and what it costs to compact, read, find and remove them.

    python -m benchmarks.lake [BATCHES]

Batches have 10,000 predictions each: an id of 16 characters, a class, a random score, a time. Bytes
stand beside those of Parquet as pyarrow writes it by default, and of SQLite. An id is looked for
beside DuckDB over the same files.
"""

from __future__ import annotations

import io
import sqlite3
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
from pyarrow import parquet

from mltrace.config import Settings
from mltrace.records.tasks import TaskStatus
from mltrace.store.facts import ProcessFact
from mltrace.store.lake.columns import Coded, Same
from mltrace.store.lake.compacting import Compactor
from mltrace.store.lake.finding import find_rows
from mltrace.store.lake.reading import LakeReader
from mltrace.store.lake.writing import write_batch
from mltrace.store.opening import Store
from mltrace.store.spool import SpoolWriter
from mltrace.store.task_facts import BatchFact, PredictionFact
from mltrace.workspace.tasks.erasing import purge_predictions

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

ROWS = 10_000
NUM_BATCHES = 200
NUM_SINGLE = 200_000
BEGUN = 1_700_000_000_000_000
MODEL, RUN = "model.joblib@1f0c9a", "01938b5e-8c00-7000-8000-000000000001"
LETTERS = np.frombuffer(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "S1")


def counted(random: np.random.Generator, batch: int) -> Any:
    """Make ids that count."""
    del random
    return np.array([f"pred-{number:011d}" for number in range(batch * ROWS, (batch + 1) * ROWS)])


def hexadecimal(random: np.random.Generator, batch: int) -> Any:
    """Make ids of random digits."""
    del batch
    return np.array([f"{number:016x}" for number in random.integers(0, 2**63, ROWS)])


def alphanumeric(random: np.random.Generator, batch: int) -> Any:
    """Make ids of random letters and digits."""
    del batch
    return random.choice(LETTERS, (ROWS, 16)).view("S16").ravel()


class Lake:
    """A store with predictions."""

    def __init__(self, folder: str) -> None:
        self.store = Store(Settings(uri=folder))
        self.location = self.store.location
        self.spool = SpoolWriter(self.location.spool, self._introduce)

    def _introduce(self) -> tuple[str, list[Any]]:
        return "p", [ProcessFact(id="p", host="h", pid=1, user="u", python="3", at=1)]

    def log(self, batch: int, ids: Any, random: np.random.Generator) -> None:
        """Log a batch of ten seconds."""
        made = BEGUN + batch * 10_000_000 + np.sort(random.integers(0, 10_000_000, ROWS))
        scores = random.random(ROWS)
        first, last = int(made[0]) * 1_000, int(made[-1]) * 1_000
        about = BatchFact(
            uid=f"0-{batch}",
            task="late",
            kind="predictions",
            rows=ROWS,
            logged=last,
            first=first,
            last=last,
        )
        columns = {
            "id": ids,
            "value": Coded(["0", "1"], (scores > 0.5).astype(np.int32)),
            "score": scores,
            "at": made.view("M8[us]"),
            "logged_at": Same(int(made[-1])),
            "model": Same(MODEL),
            "run": Same(RUN),
        }
        self.spool.append(write_batch(self.location, about, columns))

    def log_single(self, number: int) -> None:
        """Log one prediction."""
        at = (BEGUN + number) * 1_000
        fact = PredictionFact(
            task="single",
            id=f"pred-{number:011d}",
            value="1",
            score=0.5,
            at=at,
            logged=at,
            model=MODEL,
            run=RUN,
        )
        self.spool.append(fact)


def seconds(work: Callable[[], object]) -> float:
    """Measure the CPU seconds of some work."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def peers(table: pa.Table) -> str:
    """Tell the bytes of a row elsewhere."""
    plain = io.BytesIO()
    parquet.write_table(table, plain)
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "x.db")
        connection.execute("CREATE TABLE p (id TEXT, value TEXT, score REAL, at INTEGER)")
        columns = [table.column(name).to_pylist() for name in ("id", "value", "score")]
        rows = zip(*columns, table.column("at").cast("int64").to_pylist(), strict=True)
        connection.executemany("INSERT INTO p VALUES (?, ?, ?, ?)", rows)
        connection.commit()
        size = (Path(folder) / "x.db").stat().st_size
    num_rows = table.num_rows
    return f"pyarrow's default {plain.tell() / num_rows:.1f}, SQLite {size / num_rows:.0f}"


def measure(name: str, make: Callable[[np.random.Generator, int], Any], batches: int) -> None:
    """Log, compact, read and look up predictions with ids of one sort."""
    random = np.random.default_rng(7)
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(folder)
        ids = [make(random, batch) for batch in range(batches)]
        for batch in range(batches):
            lake.log(batch, ids[batch], random)
        lake.store.drain()
        begun = time.process_time()
        done = Compactor(lake.store.catalog, lake.location).run()
        spent = time.process_time() - begun
        with lake.store.catalog.read() as connection:
            reader = LakeReader(connection, lake.location.lake)
            read = seconds(lambda: reader.read("late", "predictions"))
            table = reader.read("late", "predictions").slice(0, 200_000)
            one = table.column("id")[12_345].as_py()
            found = seconds(lambda: find_rows(reader, [one]))
        files = [str(path) for path in (lake.location.lake / "segments").iterdir()]
        query = "SELECT * FROM read_parquet($1) WHERE id = $2"
        beside = seconds(lambda: duckdb.execute(query, [files, one]).fetchall())
        purge = partial(purge_predictions, lake.store, TaskStatus(name="late", kind="binary"))
        removed = seconds(lambda: purge([one]))
        lake.store.close()
        size = done.num_bytes_after / done.num_rows
        print(f"{name:13} {size:5.1f} bytes a row; {peers(table)}")
        print(f"{'':13} {done.num_rows / spent / 1e6:5.1f} million rows/s compacted")
        print(f"{'':13} {done.num_rows / read / 1e6:5.1f} million rows/s read, all columns")
        print(f"{'':13} {found * 1e3:5.0f} ms to find an id; DuckDB {beside * 1e3:.0f} ms")
        print(f"{'':13} {removed * 1e3:5.0f} ms to remove an id, from one of {len(files)} segments")


def main() -> None:
    """Measure all sorts of ids, and single rows."""
    batches = int(sys.argv[1]) if len(sys.argv) > 1 else NUM_BATCHES
    print(f"{batches * ROWS:,} predictions in batches of {ROWS:,}, CPU")
    for make in (counted, hexadecimal, alphanumeric):
        measure(make.__name__, make, batches)
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(folder)
        for number in range(NUM_SINGLE):
            lake.log_single(number)
        print(f"{NUM_SINGLE / seconds(lake.store.drain):,.0f} single predictions/s drained")
        lake.store.close()


if __name__ == "__main__":
    main()
