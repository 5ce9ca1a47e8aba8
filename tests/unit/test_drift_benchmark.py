"""The drift benchmark breaks partitions as it says, and counts right."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from benchmarks.drift import trials
from benchmarks.drift.dataset import Dataset, Partition
from benchmarks.drift.detectors import Verdict
from benchmarks.drift.faults import FAULTS, break_partition
from benchmarks.drift.figures import auroc, figures_of
from benchmarks.drift.sources import flights
from benchmarks.drift.trials import Judged, Subject, judge_draws

if TYPE_CHECKING:
    from collections.abc import Sequence

DAY = 100


@cache
def some_flights() -> Dataset:
    return flights()


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_changes_the_columns_that_it_names_and_no_others(name: str) -> None:
    dataset = some_flights()
    clean = dataset.partitions[DAY].frame
    broken = break_partition(dataset, DAY, name=name)
    if broken is None:
        assert name == "unit: °C as °F", "flights have nothing in °C"
        return
    frame, columns = broken
    again = break_partition(dataset, DAY, name=name)
    assert again is not None
    assert frame.equals(again[0])
    if len(frame) == len(clean) and columns:
        changed = {c for c in dataset.columns if c not in frame or not frame[c].equals(clean[c])}
        assert changed == columns


def test_a_fault_does_not_touch_the_clean_partition() -> None:
    dataset = some_flights()
    before = dataset.partitions[DAY].frame.copy()
    for name in FAULTS:
        break_partition(dataset, DAY, name=name)
    assert dataset.partitions[DAY].frame.equals(before)


def test_draws_have_the_shares_of_the_whole_table() -> None:
    dataset = some_flights()
    drawn = list(dataset.draw(10_000, 3, seed=1))
    assert {len(part.frame) for part in drawn} == {10_000}
    assert not drawn[0].frame.equals(drawn[1].frame)
    share = (dataset.rows["origin"] == "JFK").mean()
    for part in drawn:
        assert (part.frame["origin"] == "JFK").mean() == pytest.approx(share, abs=0.025)


class ByRows:
    """Raises an alarm about partitions with fewer rows than the history ever had."""

    def fit(self, history: Sequence[Partition]) -> None:
        self.least = min(len(part.frame) for part in history)

    def score(self, partition: Partition) -> Verdict:
        missing = self.least - len(partition.frame)
        return Verdict(missing > 0, missing, frozenset())


def test_draws_of_one_size_give_no_alarm_to_a_detector_of_sizes() -> None:
    judged = list(judge_draws(some_flights(), {"rows": ByRows}, 200, 5))
    assert [one.verdict.is_alarm for one in judged] == [False] * 5


def test_what_raised_an_alarm_does_not_enter_the_history(monkeypatch: pytest.MonkeyPatch) -> None:
    days = some_flights().partitions
    small = [Partition(days[0].frame.head(10 if place == 4 else 50)) for place in range(12)]
    dataset = Dataset("rows", small, ["dep_delay"], num_history=3, refit_every=1)
    monkeypatch.setattr(trials, "BAD_SHARE", 0)
    judged = list(trials.judge_stream(dataset, {"rows": ByRows}))
    assert [one.subject.place for one in judged if one.verdict.is_alarm] == [4]
    least = [one.verdict.score + 50 for one in judged if one.subject.place != 4]
    assert set(least) == {50}


def test_auroc_counts_ties_half() -> None:
    assert auroc([1, 2, 3, 4], [2.5, 4]) == pytest.approx((0.5 + 0.875) / 2)


def test_figures_count_alarms_of_clean_and_of_broken_partitions() -> None:
    part = some_flights().partitions[DAY]

    def judged(score: float, fault: str | None = None) -> Judged:
        broken = frozenset({"temp"} if fault else ())
        verdict = Verdict(score > 5, score, frozenset({"temp", "dewp"} if score > 8 else ()))
        return Judged("one", "real", Subject(part, DAY, fault, broken), verdict)

    clean = [judged(score) for score in range(10)]
    figures = figures_of([*clean, judged(9.5, "nulls"), judged(7, "nulls"), judged(1, "shift")])
    assert figures.false_alarms == 0.4
    assert figures.faults["nulls"].recall == 1
    assert figures.faults["nulls"].recall_at_5 == 0.5
    assert figures.recall == 0.5
    assert figures.named == 0.5
