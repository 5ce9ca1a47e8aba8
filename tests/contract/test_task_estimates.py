"""Metrics are estimated where labels are missing, as a user asks for it."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

DAY = dt.datetime(2026, 5, 4, tzinfo=dt.UTC)
NUM = 2000


def day(number: int) -> dt.datetime:
    return DAY + dt.timedelta(days=number)


def logged(*, has_scores: bool = True) -> tuple[mt.Task, float]:
    """Log two days with all labels and one without; tell the accuracy of that one."""
    rng = np.random.default_rng(5)
    task, accuracy = mt.Task("late", kind="binary"), 0.0
    for number in range(3):
        ids = np.arange(NUM) + number * NUM
        scores = rng.beta(2 + number, 2, NUM)
        truth = rng.random(NUM) < scores
        said = {"scores": scores} if has_scores else {"predictions": scores > 0.5}
        carriers = {"carrier": rng.choice(["UA", "B6"], NUM)}
        task.log_predictions(ids, **said, features=carriers, at=day(number), model="m")
        if number < 2:
            task.log_feedback(ids, truth, at=day(number + 1))
        accuracy = float(((scores > 0.5) == truth).mean())
    return task, accuracy


def test_a_window_without_labels_is_estimated_from_those_before(store: Path) -> None:
    task, truth = logged()
    newest, *_ = found = task.estimate(["accuracy", "roc_auc"], window="1d")
    assert [(row.metric, row.num_labels) for row in found] == [
        ("accuracy", 0),
        ("roc_auc", 0),
        ("accuracy", NUM),
        ("roc_auc", NUM),
        ("accuracy", NUM),
        ("roc_auc", NUM),
    ]
    assert newest.ci_low is not None
    assert newest.ci_high is not None
    assert newest.ci_low <= truth <= newest.ci_high
    assert newest.ci_high - newest.ci_low < 0.06
    assert (newest.window_start, newest.num_reference) == (day(2), 2 * NUM)
    assert (newest.reference_start, newest.method) == (day(0), "confidence-based")
    assert "no concept drift" in newest.assumption


def test_where_all_labels_are_in_an_estimate_is_the_metric(store: Path) -> None:
    task, _ = logged()
    wanted = {row.window_start: row.value for row in task.metrics("accuracy", window="1d")}
    for row in task.estimate("accuracy", window="1d", until=day(2)):
        assert row.value == pytest.approx(wanted[row.window_start])
        assert (row.ci_low, row.ci_high) == pytest.approx((row.value, row.value))


def test_it_is_estimated_by_features_and_without_scores(store: Path) -> None:
    task, truth = logged(has_scores=False)
    newest = task.estimate("accuracy", window="1d", features="carrier", where={"model": "m"})[0]
    assert (newest.method, newest.model, newest.slice) == ("post-stratified", "m", "model=m")
    assert "of the same predicted class, carrier" in newest.assumption
    assert newest.value == pytest.approx(truth, abs=0.06)
    with pytest.raises(mt.ArgumentError, match="roc_auc cannot be estimated from scores"):
        task.estimate("roc_auc", window="1d")


def test_the_reference_is_chosen_and_known_then(store: Path) -> None:
    task, _ = logged()
    newest = task.estimate("f1", window="1d", reference=(day(1), day(2)))[0]
    assert (newest.num_reference, newest.reference_start) == (NUM, day(1))
    before = task.estimate("f1", window="1d", as_of=day(1) + dt.timedelta(hours=1))
    assert [(row.window_start, row.num_labels) for row in before] == [(day(1), 0), (day(0), NUM)]
    assert before[0].num_reference == NUM
    assert before[0].known_at == day(1) + dt.timedelta(hours=1)


def test_errors_of_regressions_are_estimated_by_prediction_and_feature(store: Path) -> None:
    rng = np.random.default_rng(6)
    task = mt.Task("fare", kind="regression")
    distance = rng.choice([1.0, 5.0, 20.0], 3000)
    predicted = distance * 3 + rng.normal(size=3000)
    truth = predicted + rng.normal(size=3000) * distance
    features = {"distance": distance}
    task.log_predictions(np.arange(3000), predicted, features=features, at=day(0))
    is_short = np.flatnonzero((distance < 10) | (rng.random(3000) < 0.1))
    task.log_feedback(is_short, truth[is_short], at=day(1))
    (found,) = task.estimate("mae", features=["distance"])
    (naive,) = task.metrics("mae")
    wanted = float(np.abs(truth - predicted).mean())
    assert found.value == pytest.approx(wanted, rel=0.1)
    assert naive.value is not None
    assert naive.value < 0.6 * wanted


def test_a_multiclass_task_is_estimated_from_the_score_of_what_is_predicted(store: Path) -> None:
    rng = np.random.default_rng(8)
    task = mt.Task("cause", kind="multiclass", classes=["crew", "weather", "none"])
    scores = rng.dirichlet([1.0, 1.0, 1.0], 3000)
    names = np.array(["crew", "weather", "none"])
    truth = names[(scores.cumsum(1) < rng.random((3000, 1))).sum(1)]
    for number, rows in enumerate((slice(2000), slice(2000, 3000))):
        ids = np.arange(3000)[rows]
        task.log_predictions(ids, scores=scores[rows], at=day(number))
        if not number:
            task.log_feedback(ids, truth[rows], at=day(1))
    newest = task.estimate(window="1d")[0]
    wanted = float((names[scores.argmax(1)] == truth)[2000:].mean())
    assert (newest.metric, newest.num_labels) == ("accuracy", 0)
    assert newest.value == pytest.approx(wanted, abs=0.04)
    with pytest.raises(mt.ArgumentError, match="f1 of a multiclass task cannot be estimated"):
        task.estimate("f1")


def test_too_few_labels_have_no_estimate_but_say_so(store: Path) -> None:
    task = mt.Task("late", kind="binary")
    task.log_predictions(range(50), scores=[0.7] * 50, at=day(0))
    task.log_feedback(range(5), [1] * 5, at=day(1))
    (found,) = task.estimate("accuracy")
    assert (found.value, found.num_labels) == (None, 5)
    assert found.message.startswith("There are 5 predictions with labels to learn from")
    assert mt.Task("late").estimate("accuracy", since=day(9)) == []


def test_of_labels_alone_nothing_is_said(store: Path) -> None:
    task = mt.Task("late", kind="binary")
    task.log_feedback(range(50), [1] * 50)
    for ask in (task.estimate, lambda: task.compare("m", "n")):
        with pytest.raises(mt.ArgumentError, match="No prediction of the task is known yet"):
            ask()


def test_what_cannot_be_estimated_says_why(store: Path) -> None:
    task, _ = logged()
    with pytest.raises(mt.ArgumentError, match="mcc cannot be estimated; what can: accuracy"):
        task.estimate("mcc")
    with pytest.raises(mt.UnknownNameError, match="No metric 'acuracy'"):
        task.estimate("acuracy")
    with pytest.raises(mt.ArgumentError, match="'last month' is no window"):
        task.estimate("f1", reference="last month")
    with pytest.raises(mt.ArgumentError, match="parted by features, not by the model"):
        task.estimate("f1", features="model")
    with pytest.raises(mt.UnknownNameError, match="No feature 'carier'"):
        task.estimate("f1", features="carier")
    with pytest.raises(mt.ArgumentError, match="No method 'cbpe' to estimate by"):
        task.estimate("f1", method="cbpe")  # type: ignore[arg-type]
    ranking = mt.Task("search", kind="ranking")
    ranking.log_predictions("q", ["a", "b"])
    with pytest.raises(mt.ArgumentError, match="is ranking; metrics of binary, multiclass, reg"):
        ranking.estimate()


def test_the_command_estimates(
    store: Path, cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    logged()
    said = cli("metrics", "late", "accuracy", "--estimate", "--window", "1d").stdout
    assert said.splitlines()[0].split() == ["METRIC", "WINDOW", "ESTIMATE", "INTERVAL", "LABELS"]
    assert "Assumed: " in said
    assert all(len(line) <= 80 for line in said.splitlines())
    told = cli(
        "metrics", "late", "f1", "--estimate", "--feature", "carrier", "--format", "json"
    ).stdout
    (found,) = json.loads(told)
    assert (found["method"], found["num_predictions"]) == ("post-stratified", 3 * NUM)
    wrong = cli("metrics", "late", "--feature", "carrier")
    assert "--feature is of no use to metrics without" in wrong.stderr
