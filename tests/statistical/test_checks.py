"""Checks that allow for noise: how often they cry wolf, and whether they see what they should.

Each check is simulated where its null hypothesis holds at the edge: no effect is allowed beside
noise, and none is there. The rate of false alarms stays below the one that was asked for, within
three standard errors of the simulation. Power is that against an effect of the size stated.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy
import pandas
import pytest

from mltrace.checks import (
    BetterThanBaseline,
    Calibration,
    Correlations,
    Distribution,
    NoDroppedGroups,
    Outliers,
    Overfit,
    PredictionBias,
    TrainServeSkew,
    TrainTestOverlap,
)
from mltrace.checks.engine import run_checks

if TYPE_CHECKING:
    from collections.abc import Callable

    Generator = numpy.random.Generator
    Draw = Callable[[Generator, int], Any]

RATE: Final = 0.05
NUM_RUNS: Final = 200
TOLERANCE: Final = 3 * math.sqrt(RATE * (1 - RATE) / NUM_RUNS)
CARRIERS: Final = ["AA", "UA", "DL", "B6"]


def _failed(check: Any, **variables: Any) -> bool:
    results = run_checks([check], "after", variables)
    assert all(one.status in ("passed", "failed", "skipped") for one in results), results
    assert any(one.status != "skipped" for one in results), results
    return any(one.status == "failed" for one in results)


def _share(trial: Callable[[Generator], bool], *, num_runs: int = NUM_RUNS) -> float:
    rng = numpy.random.default_rng(2024)
    return sum(trial(rng) for _ in range(num_runs)) / num_runs


def _frame(rng: Generator, num_rows: int, *, tail: float = 1.0) -> pandas.DataFrame:
    return pandas.DataFrame(
        {
            "normal": rng.normal(size=num_rows),
            "skewed": rng.lognormal(sigma=tail, size=num_rows),
            "count": rng.poisson(2, size=num_rows),
            "holes": numpy.where(rng.random(num_rows) < 0.2, numpy.nan, rng.random(num_rows)),
            "carrier": rng.choice(CARRIERS, num_rows, p=[0.7, 0.2, 0.08, 0.02]),
            "tail": rng.integers(0, 200, num_rows).astype(str),
        }
    )


@pytest.mark.parametrize("num_rows", [40, 1_000])
def test_distribution_alarms_falsely_no_more_often_than_asked(num_rows: int) -> None:
    def trial(rng: Generator) -> bool:
        reference, frame = _frame(rng, num_rows), _frame(rng, 2 * num_rows)
        check = Distribution(reference=reference, max_distance=0, false_alarm_rate=RATE)
        return _failed(check, result=frame)

    assert _share(trial) <= RATE + TOLERANCE


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.assign(normal=frame["normal"] + 0.8),
        lambda frame: frame.assign(normal=frame["normal"] * 3),
        lambda frame: frame.assign(holes=frame["holes"].where(frame["normal"] < 0.3)),
        lambda frame: frame.assign(carrier=frame["carrier"].replace("AA", "UA")),
    ],
    ids=["mean", "spread", "nulls", "categories"],
)
def test_distribution_sees_what_moved_by_a_quarter(change: Any) -> None:
    def trial(rng: Generator) -> bool:
        check = Distribution(reference=_frame(rng, 1_000))
        return _failed(check, result=change(_frame(rng, 1_000)))

    assert _share(trial, num_runs=50) >= 0.95


@pytest.mark.parametrize("num_rows", [60, 1_000])
def test_outliers_alarm_falsely_no_more_often_than_asked(num_rows: int) -> None:
    true_share = 0.05

    def trial(rng: Generator) -> bool:
        reference = pandas.DataFrame({"x": rng.normal(size=num_rows)})
        far = rng.random(num_rows) < true_share
        frame = pandas.DataFrame({"x": numpy.where(far, 50.0, rng.normal(size=num_rows))})
        check = Outliers(max_share=true_share, reference=reference, false_alarm_rate=RATE)
        return _failed(check, result=frame)

    assert _share(trial) <= RATE + TOLERANCE


def test_outliers_see_twice_the_share_that_is_allowed() -> None:
    def trial(rng: Generator) -> bool:
        far = rng.random(1_000) < 0.1
        return _failed(
            Outliers(), result=pandas.DataFrame({"x": rng.normal(size=1_000) + 50 * far})
        )

    assert _share(trial, num_runs=50) >= 0.9


@pytest.mark.parametrize(("num_rows", "strength"), [(50, 0.0), (50, 0.9), (1_000, 0.5)])
def test_correlations_alarm_falsely_no_more_often_than_asked(
    num_rows: int, strength: float
) -> None:
    def draw(rng: Generator) -> pandas.DataFrame:
        shared = rng.normal(size=num_rows)
        own = math.sqrt(1 - strength)
        columns = {
            name: math.sqrt(strength) * shared + own * rng.normal(size=num_rows) for name in "abcd"
        }
        return pandas.DataFrame(columns)

    def trial(rng: Generator) -> bool:
        check = Correlations(reference=draw(rng), max_change=0, false_alarm_rate=RATE)
        return _failed(check, result=draw(rng))

    assert _share(trial) <= RATE + TOLERANCE


@pytest.mark.parametrize("num_rows", [60, 1_000])
def test_skew_alarms_falsely_no_more_often_than_asked(num_rows: int) -> None:
    def trial(rng: Generator) -> bool:
        check = TrainServeSkew(max_nulls=0, max_shift=0, max_unseen=0, false_alarm_rate=RATE / 3)
        train, serve = _frame(rng, num_rows, tail=0.5), _frame(rng, num_rows, tail=0.5)
        return _failed(check, train=train, serve=serve)

    assert _share(trial) <= RATE + TOLERANCE


def test_skew_sees_a_mean_that_moved_by_half_a_deviation() -> None:
    def trial(rng: Generator) -> bool:
        serve = _frame(rng, 1_000)
        return _failed(
            TrainServeSkew(),
            train=_frame(rng, 1_000),
            serve=serve.assign(normal=serve.normal + 0.5),
        )

    assert _share(trial, num_runs=50) >= 0.95


@pytest.mark.parametrize("num_groups", [3, 40, 1_000])
def test_overlap_of_a_random_split_alarms_falsely_no_more_often_than_asked(
    num_groups: int,
) -> None:
    def trial(rng: Generator) -> bool:
        rows = pandas.DataFrame(
            {"x": rng.zipf(1.5, 300) % num_groups, "y": rng.integers(0, 3, 300)}
        )
        check = TrainTestOverlap(false_alarm_rate=RATE)
        return _failed(check, train=rows[:200], test=rows[200:])

    assert _share(trial) <= RATE + TOLERANCE


def test_overlap_sees_a_tenth_of_the_rows_among_coarse_ones() -> None:
    def trial(rng: Generator) -> bool:
        rows = pandas.DataFrame(rng.integers(0, 30, (2_000, 3)), columns=list("abc"))
        train = rows[:1_500]
        test = pandas.concat([rows[1_500:], train[:100]])
        return _failed(TrainTestOverlap(), train=train, test=test)

    assert _share(trial, num_runs=50) >= 0.95


@pytest.mark.parametrize("num_rows", [20, 100, 1_000])
def test_groups_of_a_random_sample_alarm_falsely_no_more_often_than_asked(num_rows: int) -> None:
    def trial(rng: Generator) -> bool:
        before = pandas.DataFrame({"x": (rng.zipf(1.5, 2_000) % 200).astype(str)})
        after = before.sample(num_rows, random_state=rng)
        return _failed(NoDroppedGroups(false_alarm_rate=RATE), before=before, result=after)

    assert _share(trial) <= RATE + TOLERANCE


def test_dropped_groups_see_one_of_a_fiftieth() -> None:
    def trial(rng: Generator) -> bool:
        before = pandas.DataFrame({"x": rng.choice(["a", "b", "c"], 1_000, p=[0.6, 0.38, 0.02])})
        return _failed(NoDroppedGroups(), before=before, result=before[before["x"] != "c"])

    assert _share(trial, num_runs=50) >= 0.95


@pytest.mark.parametrize("num_rows", [40, 1_000])
def test_calibration_of_true_probabilities_alarms_falsely_no_more_often_than_asked(
    num_rows: int,
) -> None:
    def trial(rng: Generator) -> bool:
        scores = rng.beta(0.3, 1.5, num_rows)
        labels = rng.random(num_rows) < scores
        check = Calibration(max_error=0, false_alarm_rate=RATE)
        return _failed(check, scores=scores, labels=labels)

    assert _share(trial) <= RATE + TOLERANCE


def test_calibration_sees_probabilities_that_are_off_by_a_seventh() -> None:
    def trial(rng: Generator) -> bool:
        scores = rng.uniform(0.2, 0.8, 2_000)
        return _failed(Calibration(), scores=scores - 1 / 7, labels=rng.random(2_000) < scores)

    assert _share(trial, num_runs=50) >= 0.95


@pytest.mark.parametrize("kind", ["scores", "classes", "numbers"])
@pytest.mark.parametrize("num_rows", [40, 1_000])
def test_models_without_skill_pass_no_more_often_than_asked(kind: str, num_rows: int) -> None:
    def trial(rng: Generator) -> bool:
        labels = rng.normal(size=num_rows) if kind == "numbers" else rng.random(num_rows) < 0.3
        guesses: dict[str, Any] = {
            "scores": {"scores": rng.random(num_rows)},
            "classes": {"predictions": rng.random(num_rows) < 0.6},
            "numbers": {"predictions": rng.normal(scale=0.05, size=num_rows)},
        }
        check = BetterThanBaseline(false_pass_rate=RATE)
        return not _failed(check, labels=labels, **guesses[kind])

    assert _share(trial) <= RATE + TOLERANCE


def test_models_with_some_skill_pass() -> None:
    def trial(rng: Generator) -> bool:
        labels = rng.random(500) < 0.1
        scores = 1 / (1 + numpy.exp(-(labels + rng.normal(size=500))))
        return not _failed(BetterThanBaseline(), labels=labels, scores=scores)

    assert _share(trial, num_runs=50) >= 0.95


@pytest.mark.parametrize("kind", ["scores", "numbers"])
@pytest.mark.parametrize("num_rows", [40, 1_000])
def test_unbiased_answers_alarm_falsely_no_more_often_than_asked(kind: str, num_rows: int) -> None:
    def trial(rng: Generator) -> bool:
        check = PredictionBias(max_bias=0, false_alarm_rate=RATE)
        if kind == "numbers":
            labels = rng.normal(size=num_rows)
            return _failed(check, labels=labels, predictions=labels + rng.normal(size=num_rows))
        scores = rng.uniform(0.1, 0.6, num_rows)
        return _failed(check, labels=rng.random(num_rows) < scores, scores=scores)

    assert _share(trial) <= RATE + TOLERANCE


class _Coin:
    """A model whose answers are right with a chance of its own, on any data."""

    classes_ = numpy.array([0, 1])

    def __init__(self, *chances: float) -> None:
        self.chances = list(chances)

    def predict(self, features: Any) -> Any:
        """Answer 1 where it is right, which is what all labels are."""
        rng, chance = numpy.random.default_rng(int(features[0, 0])), self.chances.pop(0)
        return (rng.random(len(features)) < chance).astype(int)


@pytest.mark.parametrize(("num_rows", "train_score", "fails"), [(50, 0.8, 0), (1_000, 0.95, 1)])
def test_overfit_allows_for_noise_and_sees_a_gap(
    num_rows: int, train_score: float, fails: int
) -> None:
    def trial(rng: Generator) -> bool:
        features = rng.integers(0, 2**31, (2, num_rows, 1))
        return _failed(
            Overfit(max_gap=0, false_alarm_rate=RATE),
            model=_Coin(train_score, 0.8),
            train_features=features[0],
            features=features[1],
            train_labels=[1] * num_rows,
            labels=[1] * num_rows,
        )

    assert abs(_share(trial) - fails) <= RATE + TOLERANCE
