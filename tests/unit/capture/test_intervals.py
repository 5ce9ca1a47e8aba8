"""Totals by the minute: exact if facts come twice, the clock jumps, or there is no room."""

from __future__ import annotations

import errno
import random
import threading
from typing import TYPE_CHECKING

import pytest

from mltrace.capture import intervals
from mltrace.capture.background import background
from mltrace.capture.intervals import Intervals
from mltrace.records import CheckResult
from mltrace.times import NANOSECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.store.facts import IntervalFact

NOON = 1_385_467_200 * NANOSECONDS


class Spool:
    """Takes facts, or has no room for them."""

    def __init__(self) -> None:
        self.facts: list[IntervalFact] = []
        self.dropped: list[int] = []
        self.is_full = False

    def append(self, facts: Sequence[IntervalFact]) -> None:
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.facts += facts

    def totals(self) -> dict[int, int]:
        """Sum up as the catalog does: of each interval the fact with the most runs counts."""
        most: dict[tuple[str, int], int] = {}
        shuffled = random.Random(1).sample(self.facts, len(self.facts))
        for fact in (*shuffled, *self.facts):
            key = fact.component, fact.at
            most[key] = max(most.get(key, 0), fact.runs)
        return {at: runs for (_, at), runs in most.items()}


@pytest.fixture
def spool() -> Spool:
    return Spool()


@pytest.fixture
def counted(spool: Spool) -> Intervals:
    counted = Intervals(spool.append, spool.dropped.append)
    counted.forget("process")
    return counted


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Stand still at the time in the list."""
    times = [NOON]
    monkeypatch.setattr(intervals, "now_ns", lambda: times[0])
    return times


def test_totals_grow_and_the_fullest_counts(
    counted: Intervals, spool: Spool, clock: list[int]
) -> None:
    for number in range(1, 6):
        counted.count("score", number * 1_000)
        counted.append()
    assert spool.totals() == {NOON: 5}
    last = spool.facts[-1]
    assert (last.total, last.least, last.most) == (15_000, 1_000, 5_000)
    assert sum(last.durations.values()) == 5


def test_nothing_new_is_not_appended_again(
    counted: Intervals, spool: Spool, clock: list[int]
) -> None:
    counted.count("score", 1)
    counted.append()
    counted.append()
    assert len(spool.facts) == 1


def test_each_minute_has_its_own_totals(counted: Intervals, spool: Spool, clock: list[int]) -> None:
    for minute in range(3):
        clock[0] = NOON + minute * 60 * NANOSECONDS + 5
        for _ in range(minute + 1):
            counted.count("score", 1)
    counted.append()
    assert sorted(spool.totals().values()) == [1, 2, 3]


def test_a_clock_that_is_set_back_loses_no_count(
    counted: Intervals, spool: Spool, clock: list[int]
) -> None:
    for jump in (0, 3_600, -3_600, 0, -7_200, 0):
        clock[0] = NOON + jump * NANOSECONDS
        for _ in range(7):
            counted.count("score", 1)
        counted.append()
    assert sum(spool.totals().values()) == 6 * 7


def test_what_found_no_room_comes_with_the_next(
    counted: Intervals, spool: Spool, clock: list[int]
) -> None:
    spool.is_full = True
    for minute in range(4):
        clock[0] = NOON + minute * 60 * NANOSECONDS
        counted.count("score", 1, "ValueError")
        counted.append()
    assert spool.facts == []
    spool.is_full = False
    counted.count("score", 1)
    counted.append()
    assert sum(spool.totals().values()) == 5
    assert sum(fact.failed for fact in spool.facts) == 4
    assert spool.dropped == []


def test_what_waits_is_bounded_and_what_is_dropped_counted(
    counted: Intervals, spool: Spool, clock: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intervals, "MAX_WAITING", 2)
    spool.is_full = True
    for minute in range(6):
        clock[0] = NOON + minute * 60 * NANOSECONDS
        counted.count("score", 1)
        counted.append()
    spool.is_full = False
    counted.append()
    assert sum(spool.totals().values()) + sum(spool.dropped) == 6
    assert sum(spool.dropped) >= 3


def test_outcomes_of_checks_are_counted_by_test(
    counted: Intervals, spool: Spool, clock: list[int]
) -> None:
    good = CheckResult(check="rows", test="least", when="before", status="passed")
    bad = CheckResult(check="rows", test="least", when="after", status="error")
    counted.count("score", 1, None, [good, bad, good])
    counted.append()
    (check,) = spool.facts[0].checks
    assert (check.check, check.test, check.passed, check.errors) == ("rows", "least", 2, 1)


def test_threads_that_count_while_others_append_lose_nothing(
    counted: Intervals, spool: Spool
) -> None:
    def count() -> None:
        for number in range(2_000):
            counted.count("score", number)
            if number % 50 == 0:
                counted.append()

    threads = [threading.Thread(target=count) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    background.flush()
    counted.append()
    assert sum(spool.totals().values()) == 12_000
