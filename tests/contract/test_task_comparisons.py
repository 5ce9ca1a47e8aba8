"""Two models, or two windows, are compared as a user asks for it."""

from __future__ import annotations

import csv
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

DAY = dt.datetime(2026, 5, 4, tzinfo=dt.UTC)
NUM = 600


def day(number: int) -> dt.datetime:
    return DAY + dt.timedelta(days=number)


def logged(*, is_same_ids: bool = True) -> mt.Task:
    """Log two models, of which `new` is the better one, and the labels of all that they predict."""
    rng = np.random.default_rng(7)
    task = mt.Task("late", kind="binary")
    for place, (model, noise) in enumerate([("old", 0.45), ("new", 0.25)]):
        ids = np.arange(NUM) + (0 if is_same_ids else place * NUM)
        truth = np.random.default_rng(place if not is_same_ids else 0).random(NUM) < 0.5
        scores = np.clip(truth * 0.5 + 0.25 + rng.normal(0, noise, NUM), 0, 1)
        carriers = {"carrier": np.where(np.arange(NUM) % 3 == 0, "UA", "B6")}
        task.log_predictions(ids, scores=scores, features=carriers, at=day(place), model=model)
        if place or is_same_ids:
            task.log_feedback(ids, truth, at=day(3))
        else:
            task.log_feedback(ids, truth, at=day(2))
    return task


def test_models_that_predicted_the_same_ids_are_compared_row_by_row(store: Path) -> None:
    task = logged()
    for metric in ("accuracy", "roc_auc", "log_loss", "f1"):
        found = task.compare("old", "new", metric)
        assert (found.task, found.metric, found.a, found.b) == ("late", metric, "old", "new")
        assert (found.is_paired, found.num_pairs_a, found.num_pairs_b) == (True, NUM, NUM)
        assert found.winner == "new"
        assert found.ci_low is not None
        assert found.ci_high is not None
        assert found.difference is not None
        assert found.ci_low <= found.difference <= found.ci_high
    by_model = {row.model: row.value for row in task.metrics("accuracy", by="model")}
    found = task.compare("old", "new")
    assert (found.value_a, found.value_b) == pytest.approx((by_model["old"], by_model["new"]))


def logged_late() -> mt.Task:
    """Log two models on 40 days, the second from day 20 on; labels come one to five days later."""
    rng = np.random.default_rng(3)
    task = mt.Task("late", kind="binary")
    for number in range(40):
        ids = [f"{number}-{one}" for one in range(50)]
        truth = rng.random(50) < 0.5
        for model, share in [("old", 0.7), ("new", 0.9)][: 1 + (number >= 20)]:
            said = np.where(rng.random(50) < share, truth, ~truth)
            task.log_predictions(ids, said, model=model, at=day(number))
        known = [day(number + 1 + one % 5) for one in range(50)]
        task.log_feedback(ids, truth, at=known)
    return task


def test_a_side_is_provisional_while_its_labels_are_still_to_come(store: Path) -> None:
    task = logged_late()
    found = task.compare("2026-05-09/2026-05-14", "2026-06-02/2026-06-07", as_of=day(35))
    assert (found.label_coverage_a, found.label_coverage_b) == (1.0, 190 / 250)
    assert (found.outlook_a, found.outlook_b) == ("complete", "arriving")
    assert (found.is_provisional_a, found.is_provisional_b) == (False, True)
    assert found.is_provisional
    assert found.winner == "2026-06-02/2026-06-07"
    assert found.conclusion.startswith("So far, 2026-06-02/2026-06-07 has the higher accuracy: ")
    assert found.conclusion.endswith(
        ". This may change: labels of 2026-06-02/2026-06-07 are still to come."
    )
    drawn = [line.split() for line in str(found).splitlines() if "labelled" in line]
    assert drawn[0][2:] == ["250", "pairs,", "100%", "labelled"]
    assert drawn[1][2:] == ["◌", "190", "pairs,", "76%", "labelled"]


@pytest.mark.sqlite_only("no other statement is asked")
def test_what_is_expected_of_labels_is_the_same_as_of_metrics(store: Path) -> None:
    task = logged_late()
    for number in (21, 25, 30, 37, 60):
        asked: dict[str, Any] = {"where": {"model": "old"}, "as_of": day(number)}
        rows = {row.window_start: row for row in task.metrics("accuracy", window="7d", **asked)}
        newest, *others = [(start, rows[start]) for start in rows if start][:3]
        for start, row in others:
            spans = [(one, one + dt.timedelta(7)) for one in (start, newest[0])]
            found = task.compare(spans[0], spans[1], "accuracy", **asked)
            assert (found.outlook_a, found.outlook_b) == (row.outlook, newest[1].outlook)
            assert (found.is_provisional_a, found.is_provisional_b) == (
                row.is_provisional,
                newest[1].is_provisional,
            )
            assert found.is_provisional == (row.is_provisional or newest[1].is_provisional)


@pytest.mark.sqlite_only("no other statement is asked")
def test_a_model_is_judged_by_the_hours_of_its_own_predictions(store: Path) -> None:
    task = logged_late()
    early = task.compare("old", "new", as_of=day(39) + dt.timedelta(minutes=30))
    assert (early.outlook_a, early.outlook_b) == ("open", "open")
    assert early.conclusion.endswith("predictions of old and new may still come.")
    then = task.compare("old", "new", as_of=day(41))
    assert (then.outlook_a, then.outlook_b) == ("arriving", "arriving")
    settled = task.compare("old", "new", until=day(30), as_of=day(41))
    assert (settled.outlook_a, settled.outlook_b) == ("complete", "complete")
    assert not settled.is_provisional
    assert settled.conclusion.startswith("new has the higher accuracy: ")
    assert "◌" not in str(settled)
    for since, until in [(None, None), (None, day(60)), (day(-9), day(60))]:
        whole = task.compare("old", "new", since=since, until=until, as_of=day(59))
        assert (whole.outlook_a, whole.outlook_b) == ("complete", "complete")
    first = task.compare("2026-05-04/2026-05-05", "2026-05-05/2026-05-06", as_of=day(2))
    assert (first.outlook_a, first.outlook_b) == ("unknown", "unknown")
    assert "nobody knows yet how late labels of" in first.conclusion


@pytest.mark.sqlite_only("no other statement is asked")
def test_labels_that_stay_away_are_late_on_both_sides(store: Path) -> None:
    task = logged_late()
    for number in range(40, 50):
        ids = [f"{number}-{one}" for one in range(50)]
        task.log_predictions(ids, [1] * 50, model="old", at=day(number))
    found = task.compare("2026-06-03/2026-06-13", "2026-06-13/2026-06-23", as_of=day(52))
    assert (found.outlook_a, found.outlook_b) == ("complete", "late")
    assert "labels of 2026-06-13/2026-06-23 are later than usual" in found.conclusion
    assert found.conclusion.startswith("So far, accuracy is not defined for 2026-06-13/2026-06-23")


def test_models_of_other_ids_are_compared_as_samples(store: Path) -> None:
    task = logged(is_same_ids=False)
    found = task.compare("new", "old")
    assert (found.is_paired, found.method, found.winner) == (False, "Fisher's exact test", "new")
    assert task.compare("new", "old", sequential=True).e_value is not None


def test_windows_are_compared_of_a_model_and_a_slice(store: Path) -> None:
    task = logged(is_same_ids=False)
    found = task.compare((day(0), day(1)), "2026-05-05/2026-05-06", "roc_auc")
    assert (found.is_paired, found.num_pairs_a, found.num_pairs_b) == (False, NUM, NUM)
    assert found.winner == "2026-05-05/2026-05-06"
    for other in ("2026-05-05", "2026-05-05..2026-05-05"):
        again = task.compare("2026-05-04", other, "roc_auc")
        assert (again.b, again.difference) == (other, found.difference)
    assert task.compare("2026-W18", "2026-W19").num_pairs_b == 2 * NUM
    sliced = task.compare((day(0), day(1)), (day(1), day(2)), where={"carrier": "UA"})
    assert (sliced.num_pairs_a, sliced.slice) == (NUM // 3, "carrier=UA")
    of_old = task.compare((day(0), day(1)), (day(1), day(2)), where={"model": "old"})
    assert (of_old.num_pairs_a, of_old.num_pairs_b) == (NUM, 0)
    assert "not defined for" in of_old.conclusion


@pytest.mark.sqlite_only("no other statement is asked")
def test_windows_by_age_meet_in_either_order(store: Path) -> None:
    logged()
    task = mt.Task("late")
    for a, b in [("14d/7d", "7d/0d"), ("7d/0d", "14d/7d")]:
        assert task.compare(a, b).a == a


def test_a_comparison_tells_what_was_known_then(store: Path) -> None:
    task = logged(is_same_ids=False)
    found = task.compare("old", "new", as_of=day(2))
    assert (found.num_pairs_a, found.num_pairs_b, found.known_at) == (NUM, 0, day(2))
    assert task.compare("old", "new", since=day(1)).num_pairs_a == 0


def test_what_cannot_be_compared_says_why(store: Path) -> None:
    task = logged()
    message = r"No model 'newer'\. Did you mean 'new'\? There are: new, old\. Or give two windows"
    with pytest.raises(mt.UnknownNameError, match=message):
        task.compare("old", "newer")
    with pytest.raises(mt.ArgumentError, match="does not end after it begins"):
        task.compare("2026-05-06..2026-05-04", "2026-05-07")
    with pytest.raises(mt.ArgumentError, match="'old' is compared with itself"):
        task.compare("old", "old")
    with pytest.raises(mt.ArgumentError, match="are a model and a window"):
        task.compare("old", (day(0), day(1)))
    with pytest.raises(mt.ArgumentError, match="overlap; predictions that are in both"):
        task.compare((day(0), day(2)), (day(1), day(3)))
    with pytest.raises(mt.ArgumentError, match="does not end after it begins"):
        task.compare((day(2), day(1)), (day(3), day(4)))
    with pytest.raises(mt.UnknownNameError, match="No metric 'acuracy'"):
        task.compare("old", "new", "acuracy")
    with pytest.raises(mt.ArgumentError, match="f1 cannot be compared sequentially"):
        task.compare("old", "new", "f1", sequential=True)
    with pytest.raises(mt.ArgumentError, match="where= chooses a model"):
        task.compare("old", "new", where={"model": "old"})
    with pytest.raises(mt.UnknownNameError, match="No task 'lat'"):
        mt.Task("lat").compare("old", "new")


def test_the_command_compares(
    store: Path, cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    logged()
    said = cli("metrics", "late", "roc_auc", "--compare", "old", "new").stdout
    assert said.startswith("new has the higher roc_auc: ")
    assert all(len(line) <= 80 for line in said.splitlines())
    told = cli("metrics", "late", "--compare", "old", "new", "--sequential", "--format", "json")
    found = json.loads(told.stdout)
    assert (found["metric"], found["winner"], found["p_value"]) == ("accuracy", "new", None)
    told = cli("metrics", "late", "--compare", "old", "new", "--format", "csv")
    (row,) = csv.DictReader(told.stdout.splitlines())
    assert (row["outlook_a"], row["is_provisional"]) == ("complete", "false")
    wrong = cli("metrics", "late", "--compare", "old", "new", "--window", "1d")
    assert wrong.returncode == 2
    assert "--window is of no use to --compare" in wrong.stderr
