"""What monitors of runs cost on a store of 100,000 runs of one component.

python -m benchmarks.run_monitors
python -m benchmarks.run_monitors 10000
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from pathlib import Path

from tests.told_runs import ToldRuns

import mltrace as mt

NUM_PASSES = 5


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("num_runs", nargs="?", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLTRACE_URI"] = str(Path(folder) / "store")
        os.chdir(folder)
        told = ToldRuns(ago=2 * given.num_runs)
        for minute in range(given.num_runs):
            _add(told, minute)
        told.tell()
        mt.recent(limit=1)
        for number, monitor in enumerate(_monitors()):
            first = _milliseconds(monitor)
            nothing = min(_milliseconds(monitor) for _ in range(NUM_PASSES))
            _add(told, given.num_runs + number)
            told.tell()
            print(
                f"{monitor.key:20} at first {first:6.0f} ms, nothing new {nothing:4.0f} ms, "
                f"a new run {_milliseconds(monitor):4.0f} ms"
            )


def _monitors() -> list[mt.Monitor]:
    return [
        mt.FreshnessMonitor("fetch"),
        mt.FailureRateMonitor("fetch"),
        mt.DurationMonitor("fetch"),
        mt.CheckRateMonitor("fetch"),
        mt.MetricMonitor("fetch", "roc_auc"),
        mt.VolumeMonitor("raw"),
    ]


def _add(told: ToldRuns, minute: int) -> None:
    draw = random.Random(minute)
    told.run(
        "fetch",
        minute,
        seconds=10 * draw.lognormvariate(0, 0.1),
        error="OSError" if draw.random() < 0.01 else "",
        metrics={"roc_auc": draw.gauss(0.8, 0.01)},
        checks={"Range": "passed", "NoNulls(delay)": "passed"},
        writes={"raw": f"{minute:032x}"},
        rows=1000 + minute % 50,
    )


def _milliseconds(monitor: mt.Monitor) -> float:
    began = time.process_time()
    monitor.evaluate()
    return 1000 * (time.process_time() - began)


if __name__ == "__main__":
    main()
