"""What it costs to follow one record through ten kept tables of 1,000,000 rows.

    python -m benchmarks.journeys

Flights are joined with the weather of their hour and go through seven steps that each add a column;
their ids are 64-bit numbers, or texts. CPU seconds of all threads, opening the store included, the
best of three passes that take turns; beside it, what it takes to load the same key columns by hand.
"""

from __future__ import annotations

import os
import tempfile
import time
from typing import TYPE_CHECKING, Any, Final

import numpy
import pandas as pd
from benchmarks.timing import Case, measure

import mltrace as mt
from mltrace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

NUM_ROWS: Final = 1_000_000
NUM_STEPS: Final = 8
_NUM_HOURS: Final = 1_000_000
_RECORD: Final = 4321


def main() -> None:
    for name, ids in (("whole numbers", _numbers()), ("texts of 16 letters", _texts())):
        with tempfile.TemporaryDirectory() as folder:
            os.environ.update(MLTRACE_URI=folder, MLTRACE_KEEP_LIMIT="2 GB", MLTRACE_PROFILE="off")
            make_tables(ids)
            _print_figures(name, ids[_RECORD])


def make_tables(ids: NDArray[Any]) -> None:
    """Log a chain of runs whose tables are kept: ten in all."""
    random = numpy.random.default_rng(7)
    hours = random.permutation(_NUM_HOURS)
    weather = pd.DataFrame({"hour": hours, "temp": random.normal(50, 9, _NUM_HOURS).round(1)})
    flights = pd.DataFrame({"id": ids, "hour": random.integers(0, _NUM_HOURS, NUM_ROWS)})
    with mt.Component("join").start() as run:
        run.read(flights, name="flights")
        run.read(weather, name="weather")
        table = flights.merge(weather, on="hour", how="left")
        run.write(table, name="table_0")
    mt.sync()
    for step in range(1, NUM_STEPS):
        with mt.Component(f"step_{step}").start() as run:
            run.read(table, name=f"table_{step - 1}")
            table = table.assign(**{f"feature_{step}": random.normal(size=NUM_ROWS)})
            run.write(table, name=f"table_{step}")
        mt.sync()  # what waits to be written has a limit


def _print_figures(name: str, record: object) -> None:
    last = f"table_{NUM_STEPS - 1}"

    def ask(call: Callable[[Workspace], object]) -> Callable[[int], object]:
        def once(_number: int) -> object:
            workspace = Workspace()
            answer = call(workspace)
            workspace.close()
            return answer

        return once

    cases = [
        Case("back", ask(lambda one: one.journey(last, {"id": record})), 1),
        Case(
            "forward",
            ask(lambda one: one.journey("flights", {"id": record}, direction="forward")),
            1,
        ),
        Case("losses", ask(lambda one: one.losses(last)), 1),
        Case("key columns loaded", ask(_load_keys), 1),
    ]
    timings = measure(cases, num_passes=3, clock=time.process_time)
    found = mt.journey(last, {"id": record})
    print(f"{len(found.steps)} tables of {NUM_ROWS:,} rows, ids are {name}")
    for case, timing in timings.items():
        print(f"  {case:<20} {timing.best:6.2f} s")


def _load_keys(workspace: Workspace) -> None:
    for name in ("flights", *(f"table_{step}" for step in range(NUM_STEPS))):
        workspace.artifact(name).load(as_="pyarrow", columns=["id"])
    workspace.artifact("weather").load(as_="pyarrow", columns=["hour"])


def _numbers() -> NDArray[Any]:
    return numpy.random.default_rng(5).permutation(NUM_ROWS) + 10**9


def _texts() -> NDArray[Any]:
    return numpy.array([f"2013-{number:011d}" for number in _numbers()], dtype=object)


if __name__ == "__main__":
    main()
