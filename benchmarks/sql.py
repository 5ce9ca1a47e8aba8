"""What queries in SQL cost, beside the same ones on bare DuckDB over exported Parquet.

    python -m benchmarks.sql
    python -m benchmarks.sql --folder /tmp/stores --predictions 10000000 1000000

The stores are those of `benchmarks.fleet`; in a folder that is given they stay for the next time,
and so do their mirror and export. Times are the least of some passes that take turns, of both
processes. `labelled` is asked within the 512 MiB that every query may take.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb
import numpy
from benchmarks import fleet

import mltrace as mt
from mltrace.query.answering import answering
from mltrace.query.asking import Bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SIZES = (10_000, 100_000)
PASSES = 7
QUERIES = {
    "a run by its id": "SELECT * FROM runs WHERE run_id = $run",
    "what a run read": "SELECT * FROM reads WHERE run_id = $run",
    "versions of an artifact": "SELECT * FROM versions WHERE identity = $name",
    "count of reads": "SELECT count(*) FROM reads",
    "group-by over all runs": (
        "SELECT component, status, count(*), avg(duration_seconds) FROM runs GROUP BY ALL"
    ),
    "top 20 components by checks of a week": (
        "SELECT component, date_trunc('week', started_at) AS week, count(*) AS n FROM checks "
        "WHERE status = 'passed' GROUP BY ALL ORDER BY n DESC LIMIT 20"
    ),
    "newest 20 runs": "SELECT * FROM runs ORDER BY started_at DESC LIMIT 20",
    "runs joined with what they read": (
        "SELECT r.component, count(DISTINCT d.identity) FROM runs r JOIN reads d USING (run_id) "
        "GROUP BY ALL"
    ),
}
OF_PREDICTIONS = {
    "predictions by day": (
        "SELECT date_trunc('day', predicted_at) AS day, count(*), avg(score) FROM predictions "
        "WHERE task = 'late' GROUP BY ALL"
    ),
    "a prediction by its id": "SELECT value FROM predictions WHERE task = 'late' AND id = '4711'",
    "a prediction with its label": "SELECT * FROM labelled WHERE task = 'late' AND id = '4711'",
    "accuracy, each id once": "SELECT avg(is_same::INT) FROM labelled WHERE task = 'late'",
}


class Cost(NamedTuple):
    """The least time on the clock, and of CPU, in milliseconds."""

    wall: float
    cpu: float


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--predictions", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        for size in given.sizes:
            _measure_store(given.folder or Path(temporary), size)
        if given.predictions:
            _measure_predictions(given.folder or Path(temporary), given.predictions)


def _measure_store(folder: Path, size: int) -> None:
    store = folder / f"runs-{size}"
    if not store.exists():
        fleet.build(str(store), size)
    workspace = mt.Workspace(store)
    exported = folder / f"exported-{size}"
    if not exported.exists():
        workspace.export(exported)
    (row,) = workspace.sql("SELECT run_id AS run FROM runs ORDER BY started_at LIMIT 1 OFFSET 5000")
    params = {**row, "name": "fraud.features"}
    began_at = time.process_time() + _cpu_of_answerer()
    workspace.sql("SELECT count(*) FROM reads, checks, versions, output_ids LIMIT 0")
    cost = time.process_time() + _cpu_of_answerer() - began_at
    print(f"\n{size:,} runs; tables copied that were not: {cost:.1f} s of CPU")
    bare = duckdb.connect(config={"threads": 2})
    for table in ("runs", "reads", "checks", "versions"):
        bare.read_parquet(str(exported / f"{table}.parquet")).create_view(table)
    bare.execute("SET TimeZone = 'UTC'")
    for name, query in QUERIES.items():
        used = {key: value for key, value in params.items() if f"${key}" in query}
        _compare(name, partial(workspace.sql, query, used), partial(_ask, bare, query, used))


def _ask(bare: duckdb.DuckDBPyConnection, query: str, params: dict[str, Any]) -> Any:
    return bare.sql(query, params=params or None).to_arrow_table()


def _measure_predictions(folder: Path, number: int) -> None:
    store = folder / f"predictions-{number}"
    if not store.exists():
        _log_predictions(store, number)
    workspace = mt.Workspace(store)
    print(f"\n{number:,} predictions with labels")
    for name, query in OF_PREDICTIONS.items():
        _compare(name, partial(workspace.sql, query, bounds=Bounds(seconds=300)), None)


def _log_predictions(store: Path, number: int) -> None:
    os.environ["MLTRACE_URI"] = str(store)
    task = mt.Task("late", kind="binary")
    generator = numpy.random.default_rng(7)
    at_once = min(number, 500_000)
    for first in range(0, number, at_once):
        ids = numpy.arange(first, first + at_once)
        scores = generator.random(at_once)
        at = numpy.datetime64("2026-01-01", "us") + numpy.arange(at_once) * 1_000_000
        task.log_predictions(ids, scores=scores, at=at)
        task.log_feedback(ids, (generator.random(at_once) < scores).astype(int), at=at)
    mt.sync()


def _compare(name: str, ours: Callable[[], Any], bare: Callable[[], Any] | None) -> None:
    both = [ours] if bare is None else [ours, bare]
    costs: list[list[Cost]] = [[] for _ in both]
    for _ in range(PASSES if bare is not None else 3):
        for place, ask in enumerate(both):
            costs[place].append(_cost(ask))
    least = [_least(some) for some in costs]
    floor = ""
    if bare is not None:
        times = [mine / its for mine, its in zip(*least, strict=True)]
        floor = f"   bare {least[1].wall:7.1f} ms, {least[1].cpu:7.1f} of CPU"
        floor += f"   {times[0]:5.1f} times, {times[1]:5.1f} of CPU"
    print(f"{name:<40} {least[0].wall:7.1f} ms, {least[0].cpu:7.1f} of CPU{floor}")


def _cost(ask: Callable[[], Any]) -> Cost:
    wall, cpu = time.perf_counter(), time.process_time() + _cpu_of_answerer()
    ask()
    cpu = time.process_time() + _cpu_of_answerer() - cpu
    return Cost((time.perf_counter() - wall) * 1000, cpu * 1000)


def _least(costs: Sequence[Cost]) -> Cost:
    return Cost(min(one.wall for one in costs), min(one.cpu for one in costs))


def _cpu_of_answerer() -> float:
    """Tell the CPU seconds of the process that answers, so far."""
    process = answering._process
    if process is None:
        return 0.0
    return time.clock_gettime(~process.pid << 3 | 2)  # the clock of its CPU


if __name__ == "__main__":
    main()
