"""What monitors and alerts cost in a large store.

python -m benchmarks.many_alerts

100,000 runs of 20 components, half of them of the first, of which each makes a version of `raw`;
200,000 points that were measured, half of them of one subject; 10,000 alerts, half of one subject.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.told_runs import MINUTE, ToldRuns, tell

import mltrace as mt
from mltrace.store.alert_facts import AlertFact, ObservationFact, Opening, Where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mltrace.store.fact import Fact

NUM_RUNS = 100_000
NUM_ALERTS = 10_000
NUM_PASSES = 5


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLTRACE_URI"] = str(Path(folder) / "store")
        os.chdir(folder)
        told = ToldRuns(ago=NUM_RUNS + 100)
        fill(told)
        for number, monitor in enumerate(monitors()):
            first = milliseconds(monitor.evaluate)
            nothing = min(milliseconds(monitor.evaluate) for _ in range(NUM_PASSES))
            add_run(told, NUM_RUNS + number)
            told.tell()
            print(
                f"{monitor.key:20} at first {first:6.0f} ms, nothing new {nothing:4.0f} ms, "
                f"a new run {milliseconds(monitor.evaluate):4.0f} ms"
            )
        for name, ask in questions().items():
            print(f"{name:20} {min(milliseconds(ask) for _ in range(NUM_PASSES)):6.0f} ms")


def monitors() -> list[mt.Monitor]:
    return [
        mt.FailureRateMonitor("fetch"),
        mt.DurationMonitor("fetch"),
        mt.CheckRateMonitor("fetch"),
        mt.MetricMonitor("fetch", "roc_auc"),
        mt.FreshnessMonitor("fetch"),
        mt.FreshnessMonitor("raw"),
        mt.VolumeMonitor("raw"),
        mt.StalenessMonitor(),
    ]


def questions() -> dict[str, Callable[[], object]]:
    one = mt.alerts(limit=1)[0]
    return {
        "list_monitors": mt.list_monitors,
        "alerts": mt.alerts,
        "alerts of a state": lambda: mt.alerts(states="open"),
        "alert": lambda: mt.alert(one.id),
        "incidents": mt.incidents,
        "incident": lambda: mt.incident(one.incident_id),
    }


def fill(told: ToldRuns) -> None:
    for minute in range(NUM_RUNS):
        add_run(told, minute)
    told.tell()
    points = list(observations(told))
    tell([*points, *alerts(told)])
    mt.recent(limit=1)


def add_run(told: ToldRuns, minute: int) -> None:
    draw = random.Random(minute)
    is_fetch = minute % 2 == 0 or minute >= NUM_RUNS
    told.run(
        "fetch" if is_fetch else f"step{minute // 2 % 19}",
        minute,
        seconds=10 * draw.lognormvariate(0, 0.1),
        error="OSError" if draw.random() < 0.01 else "",
        metrics={"roc_auc": draw.gauss(0.8, 0.01)},
        checks={"Range": "passed", "NoNulls(delay)": "passed"},
        writes={"raw": f"{minute:032x}"} if is_fetch else {},
        rows=1000 + minute % 50,
    )


def observations(told: ToldRuns) -> Iterator[Fact]:
    """Give the volume of `raw` 100,000 points, the freshness 60,000, and the rest to many."""
    for minute in range(NUM_RUNS):
        yield observation(told, "volume:raw", "raw", minute)
        if minute < 60_000:
            yield observation(told, "freshness:raw", "raw", minute)
        elif minute < 90_000:
            yield observation(told, "failure-rate:fetch", "fetch", minute)
        else:
            yield observation(told, "expression:odd", f"subject {minute % 5_000}", minute)


def observation(told: ToldRuns, monitor: str, subject: str, minute: int) -> ObservationFact:
    at = told.at(minute)
    return ObservationFact(
        monitor=monitor,
        subject=subject,
        point=f"point {minute}",
        at=at,
        made=at,
        state="bad" if minute % 20 == 0 else "ok",
        value=float(minute),
        message=f"{minute} rows, which is as many as there were before it",
        where=Where(component="fetch", artifact="raw", digest=f"{minute:032x}"),
    )


def alerts(told: ToldRuns) -> Iterator[Fact]:
    for number in range(NUM_ALERTS):
        began = told.at(number * NUM_RUNS // NUM_ALERTS)
        is_of_raw = number % 2 == 0
        opened = AlertFact(
            alert=random.Random(number).randbytes(16).hex(),
            uid="opened:0",
            at=began,
            what="opened",
            by="monitor",
            point=f"point {number * NUM_RUNS // NUM_ALERTS}",
            opening=Opening(
                monitor="volume:raw" if is_of_raw else "expression:odd",
                kind="volume" if is_of_raw else "expression",
                subject="raw" if is_of_raw else f"subject {number // 2}",
                severity="warning",
                made=began,
                owner="amy",
                message="it is not as it was before",
                where=Where(component="fetch", artifact="raw", digest=f"{number:032x}"),
            ),
        )
        yield opened
        if is_of_raw or number % 100 != 99:
            yield AlertFact(
                alert=opened.alert, uid="resolved:0", at=began + 10 * MINUTE, what="resolved",
                by="monitor", point="later",
            )  # fmt: skip


def milliseconds(ask: Callable[[], object]) -> float:
    began = time.process_time()
    ask()
    return 1000 * (time.process_time() - began)


if __name__ == "__main__":
    main()
