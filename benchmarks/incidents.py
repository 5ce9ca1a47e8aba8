"""What grouping alerts along lineage costs: 10 to 10,000 alerts in a store of 100,000 runs.

    python -m benchmarks.incidents

Weeks of five runs in a chain; in the weeks of an incident all five runs have an alert.
"""

from __future__ import annotations

import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.generated import Log

import mltrace as mt
from mltrace.lineage.dependence import find_content_read
from mltrace.monitors.alerts import placing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.known import Known

NUM_WEEKS = 20_000
CHAIN = ("fetch", "clean", "features", "train", "predict")
NUM_PASSES = 3


class Bad(mt.Monitor):
    """Finds some runs bad."""

    def __init__(self, runs: list[mt.Run]) -> None:
        super().__init__()
        self.runs = runs

    def measure(self, workspace: Workspace, known: Known) -> Iterable[mt.Observation]:  # noqa: ARG002
        for run in self.runs:
            yield self.observation(
                run.id, "only", at=run.started_at, state="bad", run_id=run.id,
                component=run.component,
            )  # fmt: skip


def main() -> None:
    log = Log()
    for week in range(NUM_WEEKS):
        for place, name in enumerate(CHAIN):
            log.run(name, f"{CHAIN[place - 1]}{week}" if place else "", f"{name}{week}")
    print(f"{'CPU milliseconds':<54} {'best':>8} {'first':>8}")
    for num_alerts in (10, 1_000, 10_000):
        with tempfile.TemporaryDirectory() as folder:
            store = Path(folder) / "store"
            log.spool(store)
            _measure_store(store, num_alerts)


def _measure_store(store: Path, num_alerts: int) -> None:
    workspace = mt.Workspace(store)
    runs = list(workspace.recent(limit=num_alerts, since=timedelta(days=100_000)))
    began = time.process_time()
    found = workspace.evaluate_monitors(Bad(runs))
    seconds = time.process_time() - began
    which = f"{num_alerts:,} alerts, {len(found.incidents):,} incidents"
    _tell(f"{which}: evaluate, all new", [seconds])
    with workspace.store.reading() as connection:
        _measure(f"{which}: read", lambda: placing.load_placed(connection, 0, find_content_read))
    _measure(f"{which}: group", lambda: workspace._group_alerts(()))
    _measure(f"{which}: list 50", lambda: workspace.incidents(50))
    _measure(f"{which}: show", lambda: str(workspace.incident(found.incidents[0].id)))


def _measure(name: str, ask: Callable[[], object]) -> None:
    seconds = []
    for _ in range(NUM_PASSES):
        began = time.process_time()
        ask()
        seconds.append(time.process_time() - began)
    _tell(name, seconds)


def _tell(name: str, seconds: list[float]) -> None:
    print(f"{name:<54} {min(seconds) * 1e3:8.1f} {seconds[0] * 1e3:8.1f}")


if __name__ == "__main__":
    main()
