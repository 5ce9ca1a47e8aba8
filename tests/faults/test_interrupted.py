"""Signals that interrupt us: handlers that log, handlers that raise, storms of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STORM = """
    import signal
    import mltrace as mt
    from mltrace.capture import guard

    @mt.component
    def work(number):
        return number + 1

    @mt.component
    def handled(number):
        return number + 1

    calls = 0

    def log(*_):
        global calls
        calls += 1
        assert handled(calls) == calls + 1
        signal.setitimer(signal.ITIMER_REAL, 0.001)

    signal.signal(signal.SIGALRM, log)
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    for number in range(1500):
        assert work(number) == number + 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(calls, sum(guard.faults().values()))
"""
LIMITS = """
    import itertools, signal
    import mltrace as mt
    from mltrace.capture import guard

    class OverTime(Exception):
        pass

    class Limit:
        def end(self, number, frame):
            raise OverTime

    @mt.component
    def work(number):
        return number + 1

    def run_for(seconds, first):
        "Work until the time limit."
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            for number in itertools.count(first):
                assert work(number) == number + 1
        except OverTime:
            pass

    work(-1)
    guard.logger.disabled = True
    signal.signal(signal.SIGALRM, Limit().end)
    for turn in range(200):
        run_for(0.002 + turn * 0.00001, turn * 1_000_000)
    work(-2)
    print(sum(guard.faults().values()))
"""


def test_storm_of_handlers_that_log_neither_hangs_nor_loses_runs(
    store: Path, script: Callable[..., str]
) -> None:
    calls, num_faults = map(int, script(STORM).split())
    assert num_faults == 0
    assert calls > 0
    runs = mt.recent(limit=None)
    assert {run.status for run in runs} == {"succeeded"}
    counts = Counter((run.component, run.params["number"]) for run in runs)
    assert set(counts.values()) == {1}
    assert {number for one, number in counts if one == "work"} == set(range(1500))
    assert {number for one, number in counts if one == "handled"} == set(range(1, calls + 1))


def test_time_limits_end_the_code_though_they_end_it_inside_of_us(
    store: Path, script: Callable[..., str]
) -> None:
    assert script(LIMITS) == "0\n"
    runs = mt.history("work", limit=None)
    assert max(Counter(run.params["number"] for run in runs).values()) == 1
    assert {-1, -2} <= {run.params["number"] for run in runs}
    assert {run.parent_id for run in runs} == {None}
