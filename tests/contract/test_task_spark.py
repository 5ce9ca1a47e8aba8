"""Spark reads the same lake and tells the same metrics."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from tests.private_spark import spark as spark

import mltrace as mt
from mltrace.verbs import default_workspace

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.sqlite_only("Spark reads files of the lake, whatever the catalog is"),
]
DAY = dt.datetime(2026, 5, 4, tzinfo=dt.UTC)


def log_binary() -> mt.Task:
    """Log predictions of two models with repeats, late, corrected, missing and odd labels."""
    random = np.random.default_rng(4)
    task = mt.Task("late", kind="binary", slices=["carrier"])
    start = np.datetime64("2026-05-04", "us")
    for model in ("old", "new"):
        ids = random.choice(3_000, 2_500)
        at = start + (random.random(2_500) * 20 * 86_400e6).astype("timedelta64[us]")
        scores = np.where(random.random(2_500) < 0.01, np.nan, random.random(2_500).round(3))
        features = {"carrier": random.choice(["UA", "B6", "AA"], 2_500), "n": ids % 3}
        task.log_predictions(ids, (scores > 0.6).astype(int), scores, features, at=at, model=model)
    default_workspace().sync()  # some rows are compacted, the others are not
    task.log_predictions("one", 1, 0.9, {"carrier": "UA", "n": 1}, at=DAY)
    for _ in range(2):
        ids = random.choice(3_300, 2_000)
        known = start + (random.random(2_000) * 40 * 86_400e6).astype("timedelta64[us]")
        task.log_feedback(ids, random.random(2_000) < 0.3, at=known)
    return task


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"window": "7d", "every": "1d", "as_of": "2026-05-20"},
        {"window": "1d", "by": ["carrier", "n"], "since": "2026-05-10", "until": "2026-05-12"},
        {"by": "model", "window": "7d"},
        {"where": {"carrier": "UA"}, "metrics": ["mcc", lambda t, p: float((t == p).sum())]},
    ],
)
def test_spark_tells_the_same_of_classes(store: Path, spark: Any, asked: dict[str, Any]) -> None:
    task = log_binary()
    metrics = asked.pop("metrics", ["f1", "roc_auc", "log_loss", "ece"])
    assert_same(task.metrics(metrics, **asked), task.metrics(metrics, **asked, engine=spark))


def test_spark_tells_the_same_of_other_kinds(store: Path, spark: Any) -> None:
    numbers = mt.Task("minutes", kind="regression", repeats="all")
    numbers.log_predictions([1, 2, 2], [1.0, float("nan"), 3.0], at=DAY)
    numbers.log_feedback([1, 2], [2.0, 4.0])
    assert_same(numbers.metrics(), numbers.metrics(engine=spark))
    sorts = mt.Task("weather", kind="multiclass", classes=["rain", "sun"])
    sorts.log_predictions(["a", "b"], scores=[[0.9, 0.1], [0.2, 0.8]], at=DAY)
    sorts.log_feedback(["a", "b"], ["rain", "snow"])
    names = ["accuracy", "log_loss", "confusion_matrix"]
    assert_same(sorts.metrics(names), sorts.metrics(names, engine=spark))


def test_features_of_any_name_are_names_and_no_code(store: Path, spark: Any) -> None:
    task = mt.Task("late", kind="binary")
    names = ["a.b", "a b`", "`) as x, reflect('java.lang.System', 'exit', 1) as `y"]
    for _ in range(2):  # the second time some rows are compacted
        task.log_predictions(["a", "b"], [1, 0], features={name: ["x", "y"] for name in names})
        task.log_feedback(["a", "b"], [1, 1])
        assert_same(task.metrics("f1", by=names), task.metrics("f1", by=names, engine=spark))
        mt.sync()


def test_without_labels_there_are_no_values(store: Path, spark: Any) -> None:
    task = mt.Task("late", kind="binary")
    task.log_predictions("a", 1, at=DAY)
    assert_same(task.metrics("f1"), task.metrics("f1", engine=spark))


def test_other_engines_are_refused(store: Path) -> None:
    task = mt.Task("late", kind="binary")
    task.log_predictions("a", 1, at=DAY)
    with pytest.raises(ValueError, match="give 'local', 'spark'"):
        task.metrics(engine="flink")


def assert_same(ours: Any, theirs: Any) -> None:
    assert len(ours) == len(theirs) > 0
    for mine, other in zip(ours, theirs, strict=True):
        same = {name: getattr(mine, name) for name in ("value", "ci_low", "ci_high", "known_at")}
        assert msgspec.structs.replace(other, **same) == mine
        for name in ("value", "ci_low", "ci_high"):
            assert getattr(other, name) == pytest.approx(getattr(mine, name), abs=1e-12)
