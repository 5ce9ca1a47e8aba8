"""Slow drift is told of a partition by the partitions alone, wherever one begins to ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy
import pyarrow

from mltrace.monitors.drift.partitions.creeping import BLOCK, Creeping
from mltrace.profiles.profiling import profile_table
from mltrace.records.drift_history import Partition

if TYPE_CHECKING:
    from mltrace.profiles.tables import Profile

START = datetime(2013, 1, 1, tzinfo=UTC)


def days(number: int) -> list[Partition]:
    return [
        Partition(
            name=f"day {day}",
            digest=f"{day:032x}",
            at=START + timedelta(days=day),
            num_rows=400,
            num_profiled_rows=400,
        )
        for day in range(number)
    ]


def creeping_column(partition: Partition) -> Profile:
    day = int(partition.digest, 16)
    random = numpy.random.default_rng(day)
    values = random.normal(0.02 * max(day - 75, 0), 1, 400)
    return profile_table(pyarrow.table({"temp": values, "wind": random.normal(0, 1, 400)}))


def test_a_creep_is_told_with_the_partition_that_proves_it() -> None:
    partitions = days(115)
    watch = Creeping(creeping_column)
    told = {place: watch.alarms(partitions, place) for place in range(len(partitions))}
    raised = [place for place, alarms in told.items() if alarms]
    assert raised
    assert 75 < raised[0] < 115
    assert all(alarm.startswith("temp: ") for place in raised for alarm in told[place])


def test_what_is_told_does_not_depend_on_where_one_begins_to_ask() -> None:
    partitions = days(2 * BLOCK + 10)
    watch = Creeping(creeping_column)
    told = [watch.alarms(partitions[: place + 1], place) for place in range(len(partitions))]
    for place in (0, 30, BLOCK - 1, BLOCK, 100, 2 * BLOCK, len(partitions) - 1):
        assert Creeping(creeping_column).alarms(partitions, place) == told[place]


def test_a_profile_that_cannot_be_read_is_passed_over() -> None:
    assert Creeping(lambda partition: None).alarms(days(3), 2) == ()
