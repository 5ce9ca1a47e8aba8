"""Monitors of metrics and parameters of runs, and of the results of checks."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

import pytest
from tests.told_runs import ToldRuns, observed, tell

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def told(store: object) -> ToldRuns:
    return ToldRuns()


def add_metrics(told: ToldRuns, *values: float, start: int = 0) -> None:
    for minute, value in enumerate(values, start):
        told.run("train", minute, metrics={"roc_auc": value})
    told.tell()


def test_a_metric_is_held_within_a_fixed_range(told: ToldRuns) -> None:
    add_metrics(told, 0.82, 0.71, 0.99)
    found = mt.MetricMonitor("train", "roc_auc", min=0.8, max=0.95).evaluate()
    assert [(one.state, one.message, one.threshold) for one in reversed(found)] == [
        ("ok", "roc_auc is 0.82", 0.95),
        ("bad", "roc_auc is 0.71; at least 0.8 is expected", 0.8),
        ("bad", "roc_auc is 0.99; at most 0.95 is expected", 0.95),
    ]
    assert found[0].subject == "train: roc_auc"
    assert found[0].component == "train"
    assert found[0].run_id == found[0].point == mt.history("train", limit=1)[0].id


@pytest.mark.parametrize("drop", [0.05, "6 %"])
def test_a_drop_is_told_beside_the_median_before(told: ToldRuns, drop: float | str) -> None:
    add_metrics(told, *[0.82, 0.83, 0.81, 0.82] * 3, 0.78, 0.74)
    found = mt.MetricMonitor("train", "roc_auc", drop=drop).evaluate()
    assert [one.state for one in found] == ["bad", *["ok"] * 5, *["learning"] * 8]
    assert found[0].message.startswith(
        "roc_auc is 0.74; the median of 13 runs before is 0.82, at least 0.77"
    )


def test_the_usual_range_is_learnt_on_the_side_asked_for(told: ToldRuns) -> None:
    add_metrics(told, *[0.82, 0.83, 0.81, 0.82] * 5, 0.95, 0.60)
    both = mt.MetricMonitor("train", "roc_auc").evaluate()
    assert [one.state for one in both[:3]] == ["bad", "bad", "ok"]
    assert both[0].message == "roc_auc is 0.6; in 21 runs before between 0.81 and 0.83"
    below = mt.MetricMonitor("train", "roc_auc", side="below", name="below").evaluate()
    assert [one.state for one in below[:3]] == ["bad", "ok", "ok"]


def test_a_metric_that_is_no_number_is_bad(told: ToldRuns) -> None:
    add_metrics(told, 0.8)
    trained = mt.Component("train")
    with trained.start() as run:
        run.metric("roc_auc", math.nan)
    found = mt.MetricMonitor("train", "roc_auc", min=0.5).evaluate()
    assert (found[0].state, found[0].value) == ("bad", None)
    assert found[0].message == "roc_auc is no finite number"


def test_a_parameter_counts_like_a_metric_and_runs_without_are_left_out(told: ToldRuns) -> None:
    told.run("train", 0, params={"depth": 4})
    told.run("train", 1, params={"depth": "deep"})
    told.run("train", 2, params={"depth": 40})
    told.run("train", 3, error="OSError", params={"depth": 50})
    told.tell()
    found = mt.MetricMonitor("train", "depth", max=10).evaluate()
    assert [(one.state, one.value) for one in reversed(found)] == [("ok", 4.0), ("bad", 40.0)]


def test_settings_of_metrics_that_cannot_be_are_refused() -> None:
    with pytest.raises(mt.ArgumentError, match="drop='much'"):
        mt.MetricMonitor("train", "roc_auc", drop="much")
    with pytest.raises(mt.ArgumentError, match=r"side='left'\): accepted: both, below, above"):
        mt.MetricMonitor("train", "roc_auc", side="left")
    with pytest.raises(mt.ArgumentError, match=r"min='high'\): give a number"):
        mt.MetricMonitor("train", "roc_auc", min="high")  # type: ignore[arg-type]


def test_each_test_of_each_check_is_judged_by_itself(told: ToldRuns) -> None:
    for minute in range(30):
        told.run(
            "clean",
            minute,
            checks={
                "NoNulls(delay).test_nulls": "failed" if minute % 3 == 0 else "passed",
                "NoNulls(fare).test_nulls": "passed",
                "RowCount.test_rows": "skipped" if minute < 20 else "error",
            },
        )
    told.tell()
    found = mt.CheckRateMonitor("clean", max_rate=0.05).evaluate()
    latest = {one.subject: one for one in reversed(found)}
    assert {subject: one.state for subject, one in latest.items()} == {
        "clean: NoNulls(delay).test_nulls": "bad",
        "clean: NoNulls(fare).test_nulls": "ok",
        "clean: RowCount.test_rows": "bad",
    }
    assert latest["clean: NoNulls(delay).test_nulls"].message == (
        "10 of the last 30 results did not pass (33 %); at most 5 % may"
    )
    assert latest["clean: RowCount.test_rows"].value == 1
    for check in ("NoNulls", "NoNulls(*"):
        some = mt.CheckRateMonitor("clean", check, max_rate=0.05, name=check).evaluate()
        assert len({one.subject for one in some}) == 2


def test_results_that_were_only_counted_are_judged_by_the_minute(told: ToldRuns) -> None:
    for minute in range(10):
        told.left_out("score", minute, 500, checks={"Range": (499, 1)})
        told.run("score", minute + 0.5, checks={"Range.test": "failed"})
    told.left_out("score", 10, 500, checks={"Range": (450, 50)})
    told.tell()
    found = mt.CheckRateMonitor("score").evaluate()
    assert (len(found), found[0].state) == (11, "bad")
    assert found[0].message == (
        "50 of the last 500 results did not pass (10 %); of 501 before them 0.4 %"
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda name: mt.MetricMonitor("train", "roc_auc", name=name),
        lambda name: mt.MetricMonitor("train", "roc_auc", drop="20%", name=name),
        lambda name: mt.CheckRateMonitor("train", window=12, name=name),
    ],
    ids=["learnt", "drop", "checks"],
)
def test_one_by_one_at_once_and_late_is_the_same(
    told: ToldRuns, make: Callable[[str], mt.Monitor]
) -> None:
    draw = random.Random(2)
    one_by_one = make("one by one")
    parts = []
    for minute in range(50):
        fails = draw.random() < (0.05 if minute < 35 else 0.8)
        told.run(
            "train",
            minute,
            metrics={"roc_auc": draw.gauss(0.8, 0.02) * (0.6 if minute > 40 else 1)},
            checks={"Range": "failed" if fails else "passed"},
        )
        parts.append(told.take())
    late = parts.pop(20)
    for place, part in enumerate(parts):
        tell(part)
        if place == 45:
            tell(late)
        if place % 4 == 0:
            one_by_one.evaluate()
    one_by_one.evaluate()
    at_once = make("at once").evaluate()
    assert {one.state for one in at_once} >= {"ok", "bad"}
    assert {(one.subject, one.point): one.state for one in observed("one by one")} == {
        (one.subject, one.point): one.state for one in at_once
    }


def test_limits_that_nothing_is_within_are_refused() -> None:
    with pytest.raises(mt.ArgumentError, match=r"min=0\.8, max=0\.1\): no value is within"):
        mt.MetricMonitor("train", "roc_auc", min=0.8, max=0.1)
