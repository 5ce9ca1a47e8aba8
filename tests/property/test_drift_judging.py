"""Partitions are judged alike whether one by one, all at once, or again in whatever order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow
from hypothesis import given, settings
from hypothesis import strategies as st

from mltrace.monitors.drift.partitions.judging import Judging
from mltrace.monitors.drift.partitions.settings import DriftSettings
from mltrace.profiles.profiling import profile_table
from mltrace.records.drift import DriftResult
from mltrace.records.drift_history import Partition

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mltrace.profiles.tables import Profile

START = datetime(2013, 1, 1, tzinfo=UTC)
LEVELS = (0.0, 1.0, 9.0)
CONTENTS = [profile_table(pyarrow.table({"x": [level, level + 1]})).to_bytes() for level in LEVELS]


class Level:
    """Takes a partition for drifted if its mean is far from that of the history."""

    def fit(self, history: Sequence[Profile]) -> Level:
        means = [one.columns["x"].mean or 0.0 for one in history]
        self.usual = sum(means) / len(means)
        return self

    def score(self, partition: Profile, *, name: str | None = None) -> DriftResult:
        distance = abs((partition.columns["x"].mean or 0.0) - self.usual)
        return DriftResult(partition=name, score=distance, threshold=3.0, is_drift=distance > 3)


@dataclass
class Log:
    """Partitions of given levels, with what is known of them."""

    levels: Sequence[int]
    accepted: frozenset[str] = frozenset()
    window: int = 4

    def __post_init__(self) -> None:
        self.verdicts: dict[str, bool] = {}
        self.told: dict[str, tuple[Any, ...]] = {}

    def partition(self, day: int) -> Partition:
        at = START + timedelta(days=day)
        return Partition(name="x", digest=f"{day:032x}", at=at, num_rows=2, num_profiled_rows=2)

    def judge(self, present: Iterable[int], wanted: Iterable[int]) -> None:
        """Judge some of the partitions that are there."""
        judging = Judging(
            DriftSettings(table="x", window=self.window, min_history=2),
            Level,
            lambda digests: {one: CONTENTS[self.levels[int(one, 16)]] for one in digests},
            self.verdicts,
            self.accepted,
        )
        chosen = {f"{day:032x}" for day in wanted}
        for one in judging.judge([self.partition(day) for day in sorted(present)], chosen):
            score = None if one.result is None else one.result.score
            self.told[one.partition.digest] = (one.reference, score, one.alarms)
        self.verdicts = judging.verdicts


levels = st.lists(st.sampled_from(range(len(LEVELS))), min_size=1, max_size=14)


@settings(deadline=None, max_examples=40)
@given(levels, st.data())
def test_one_by_one_as_all_at_once(given_levels: list[int], data: st.DataObject) -> None:
    days = range(len(given_levels))
    accepted = frozenset(f"{day:032x}" for day in days if data.draw(st.booleans()))
    at_once, one_by_one = Log(given_levels, accepted), Log(given_levels, accepted)
    at_once.judge(days, days)
    for day in days:
        one_by_one.judge(range(day + 1), [day])
    assert one_by_one.told == at_once.told


@settings(deadline=None, max_examples=40)
@given(levels, st.data())
def test_the_order_of_arrival_does_not_matter_after_a_replay(
    given_levels: list[int], data: st.DataObject
) -> None:
    days = range(len(given_levels))
    at_once, late = Log(given_levels), Log(given_levels)
    at_once.judge(days, days)
    present: list[int] = []
    for day in data.draw(st.permutations(days)):
        present.append(day)
        late.judge(present, [day])
    late.judge(days, days)
    assert late.told == at_once.told


@settings(deadline=None, max_examples=40)
@given(levels)
def test_nothing_that_drifted_is_compared_with_unless_it_is_accepted(
    given_levels: list[int],
) -> None:
    log = Log(given_levels)
    days = range(len(given_levels))
    log.judge(days, days)
    for reference, _, _ in log.told.values():
        assert len(reference) <= log.window
        assert not any(log.verdicts[digest] for digest in reference)
