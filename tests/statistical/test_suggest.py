"""Suggested checks raise no more false alarms than they state, and see faults."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import numpy
import pytest
from tests.statistical.partitions import FAULTS, World, table_of

from mltrace.checks.engine import run_checks
from mltrace.checks.specs import read_check
from mltrace.checks.suggesting.history import TableHistory
from mltrace.checks.suggesting.proposing import propose_checks
from mltrace.profiles.profiling import profile_table

if TYPE_CHECKING:
    from mltrace.records import CheckResult, RecordList, Suggestion

NUM_WORLDS = 8
NUM_FUTURE = 10
SEED = 5


@cache
def worlds(num_partitions: int) -> list[tuple[World, RecordList[Suggestion]]]:
    """Suggest checks in several worlds from so many partitions of each."""
    made = []
    for number in range(NUM_WORLDS):
        world = World(numpy.random.default_rng([SEED, num_partitions, number]))
        profiles = [profile_table(table_of(world.columns(time))) for time in range(num_partitions)]
        made.append((world, propose_checks("clean", [TableHistory(profiles)])))
    return made


def failed(suggestions: RecordList[Suggestion], table: object) -> list[CheckResult]:
    """Run checks as they were suggested; list what did not pass."""
    checks = [read_check({"check": one.check, **one.arguments}) for one in suggestions]
    return [one for one in run_checks(checks, "after", {"result": table}) if one.status != "passed"]


@pytest.mark.parametrize("num_partitions", [5, 12, 40])
def test_false_alarms_are_no_more_than_stated(num_partitions: int) -> None:
    alarms: Counter[str] = Counter()
    num_runs = num_alarmed = 0
    stated = []
    for world, suggestions in worlds(num_partitions):
        stated.append(sum(one.false_alarms for one in suggestions))
        for time in range(num_partitions, num_partitions + NUM_FUTURE):
            found = failed(suggestions, table_of(world.columns(time)))
            num_runs += 1
            num_alarmed += bool(found)
            alarms.update(f"{one.check} {one.status}: {one.message}" for one in found)
    expected = float(numpy.mean(stated)) * num_runs
    # Three standard deviations of a Poisson number above what is stated.
    assert num_alarmed <= expected + 3 * max(expected, 1) ** 0.5, alarms.most_common(5)
    assert max(stated) <= 0.01 + 1e-9


@pytest.mark.parametrize(("fault", "least"), [(name, 0.7) for name in FAULTS])
def test_faults_are_seen_after_forty_partitions(fault: str, least: float) -> None:
    seen = [
        bool(failed(suggestions, table_of(FAULTS[fault](world, world.columns(40)))))
        for world, suggestions in worlds(40)
    ]
    assert numpy.mean(seen) >= least


def test_longer_history_speaks_for_more_and_tighter_checks() -> None:
    num = {length: [len(found) for _, found in worlds(length)] for length in (5, 12, 40)}
    assert numpy.mean(num[5]) < numpy.mean(num[12]) < numpy.mean(num[40])
