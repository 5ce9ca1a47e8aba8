"""Metrics tell how good predictions are, as far as labels are known, and as was known then."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, log_loss, roc_auc_score

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

DAY = dt.datetime(2026, 5, 4, tzinfo=dt.UTC)  # a Monday


def day(number: int) -> dt.datetime:
    return DAY + dt.timedelta(days=number)


def test_values_are_those_of_the_pairs(store: Path) -> None:
    random = np.random.default_rng(3)
    truth = random.random(5_000) < 0.3
    scores = np.clip(truth * 0.2 + random.random(5_000) * 0.8, 0, 1)
    ids = [f"id-{number}" for number in range(5_000)]
    task = mt.Task("late", kind="binary")
    task.log_predictions(ids, scores=scores, at=DAY)
    task.log_feedback(ids[::-1], truth[::-1], at=day(3))
    values = {
        row.metric: row.value for row in task.metrics(["f1", "roc_auc", "pr_auc", "log_loss"])
    }
    assert values == pytest.approx(
        {
            "f1": f1_score(truth, scores >= 0.5),
            "roc_auc": roc_auc_score(truth, scores),
            "pr_auc": average_precision_score(truth, scores),
            "log_loss": log_loss(truth, scores),
        },
        abs=1e-9,
    )


def test_windows_are_by_when_predictions_were_made_the_newest_first(store: Path) -> None:
    task = mt.Task("late", kind="binary")
    task.log_predictions(["a", "b", "c"], [1, 1, 0], at=[day(0), day(0), day(2)])
    task.log_feedback(["a", "b", "c"], [1, 0, 0], at=day(9))
    rows = task.metrics("accuracy", window="1d")
    assert [(row.window_start, row.value, row.num_predictions) for row in rows] == [
        (day(2), 1.0, 1),
        (day(1), None, 0),
        (day(0), 0.5, 2),
    ]
    weeks = task.metrics("accuracy", window="7d", every="1d")
    assert [(row.window_end, row.num_labels) for row in weeks] == [
        (day(3), 3),
        (day(2), 2),
        (day(1), 2),
    ]
    (week,) = task.metrics("accuracy", window="7d")
    assert (week.window_start, week.window_end) == (day(0), day(7))


@pytest.mark.sqlite_only("no other statement is asked")
@pytest.mark.parametrize("year", [1678, 1970, 2261])
def test_a_prediction_of_a_wrong_time_does_not_flood_the_answer(store: Path, year: int) -> None:
    odd = dt.datetime(year, 12, 31, tzinfo=dt.UTC)
    task = mt.Task("late", kind="binary")
    task.log_predictions(["a", "b"], [1, 1], at=[day(0), day(2)])
    task.log_feedback(["a", "b"], [1, 0], at=day(9))
    task.log_predictions("odd", 1, at=odd)
    for window, every, num in [("1d", None, 4), ("7d", "1d", 10), ("1h", None, 50)]:
        rows = task.metrics("accuracy", window=window, every=every)
        assert len(rows) == num
        (note,) = rows.notes
        assert "windows without predictions, from " in note
        assert "choose others by since and until" in note
        assert note in " ".join(str(rows).split())
    assert len(task.metrics("accuracy", window="1d", since=day(0), until=day(9))) == 3
    by_model = task.metrics("accuracy", window="1d", by="model")
    assert (len(by_model), by_model.notes) == (3, ())
    (newest, *_) = task.metrics("accuracy", window="365d")
    assert newest.outlook == "open" if year == 2261 else "complete"
    chart = str(task.metrics("accuracy", window="1d")).splitlines()[2]
    assert "…█▁" in chart or "█▁…" in chart


@pytest.mark.sqlite_only("no other statement is asked")
def test_empty_windows_are_told_unless_they_are_many(store: Path) -> None:
    task = mt.Task("late", kind="binary")
    task.log_predictions(["a", "b", "c"], [1, 1, 1], at=[day(0), day(101), day(203)])
    rows = task.metrics("accuracy", window="1d")
    assert [row.window_start for row in rows] == [
        *(day(203), day(101)),
        *(day(number) for number in reversed(range(101))),
    ]
    assert rows.notes[0].startswith(
        "101 windows without predictions, from 2026-08-14 to 2026-11-23, are left out;"
    )


@pytest.mark.sqlite_only("no other statement is asked")
def test_more_windows_with_predictions_than_anybody_reads_are_refused(store: Path) -> None:
    task = mt.Task("late", kind="binary")
    hours = np.datetime64("2026-05-04", "h") + np.arange(30) * np.timedelta64(1, "h")
    task.log_predictions(range(30), [1] * 30, at=hours)
    with pytest.raises(mt.ArgumentError, match=r"104,401 windows, one every 1 second, are more"):
        task.metrics("accuracy", window="1s")


def test_as_of_a_moment_no_row_tells_of_what_came_later(store: Path) -> None:
    task = mt.Task("late", kind="binary")
    task.log_predictions(["a", "b"], [1, 1], at=day(0))
    task.log_feedback(["a", "b"], [1, 0], at=day(1))
    then = task.metrics("accuracy", as_of=day(2))
    task.log_predictions("c", 1, at=day(8))
    task.log_predictions("d", 1, at=day(-8), known_at=day(8))
    assert task.metrics("accuracy", as_of=day(2)) == then
    assert task.metrics("accuracy", as_of=day(-1)) == []


def test_slices_of_columns_of_several_types_stay_when_they_are_compacted(store: Path) -> None:
    task = mt.Task("late", kind="binary")
    columns = [[True, False], [1, 2], [1.0, 0.5], np.array([0, 1]), ["1", "x"], [DAY, day(1)]]
    for number, column in enumerate([*columns, np.array(["2026-05-04", "9999-01-01"], "M8[s]")]):
        ids = [f"{number}-0", f"{number}-1"]
        task.log_predictions(ids, [1, 1], features={"kind": column}, at=DAY)
        task.log_feedback(ids, [1, 1])
    task.log_predictions("one", 1, features={"kind": 1.0}, at=DAY)
    before = {row.slice: row.num_predictions for row in task.metrics("accuracy", by="kind")}
    assert before["kind=1"] == 6
    assert before["kind=2026-05-04T00:00:00+00:00"] == 2
    mt.sync()
    after = {row.slice: row.num_predictions for row in task.metrics("accuracy", by="kind")}
    assert after == before


def test_a_declared_feature_that_no_prediction_has_is_not_its_own_nearest(store: Path) -> None:
    task = mt.Task("late", kind="binary", slices=["carrier"])
    task.log_predictions("a", 1, at=DAY)
    with pytest.raises(mt.UnknownNameError, match=r"No feature 'carrier'\. No prediction has it"):
        task.metrics("accuracy", by="carrier")


def test_what_is_known_later_than_now_is_told_by_no_question(store: Path) -> None:
    now = dt.datetime.now(dt.UTC)
    task = mt.Task("late", kind="binary")
    task.log_predictions(["a", "b"], [1, 1], at=[now - dt.timedelta(days=2), DAY])
    task.log_feedback(["a", "b"], [1, 0], at=[DAY, now + dt.timedelta(days=2)])
    for as_of in (None, now + dt.timedelta(days=3)):
        (row,) = task.metrics("accuracy", as_of=as_of)
        assert (row.num_labels, row.value) == (1, 1.0)
        assert row.known_at < now + dt.timedelta(days=1)


def test_as_of_tells_what_was_known_then(store: Path) -> None:
    task = mt.Task("late", kind="binary")
    task.log_predictions(["a", "b"], [1, 1], at=day(0))
    task.log_feedback("a", 0, at=day(1))
    task.log_feedback("a", 1, at=day(5))
    task.log_feedback("b", 1, at=day(3))
    task.log_predictions("c", 1, at=day(0), known_at=day(4))

    def known(number: int) -> tuple[float | None, int, int]:
        (row,) = task.metrics("accuracy", as_of=day(number))
        return row.value, row.num_labels, row.num_predictions

    assert known(0) == (None, 0, 2)
    assert known(1) == (0.0, 1, 2)
    assert known(3) == (0.5, 2, 2)
    assert known(4) == (0.5, 2, 3)
    assert known(5) == (1.0, 2, 3)
    assert task.metrics("accuracy")[0].value == 1.0
    assert task.metrics("accuracy", as_of=day(1))[0].known_at == day(1)


def test_the_latest_prediction_counts_of_each_model_its_own(store: Path) -> None:
    task = mt.Task("late", kind="binary")
    task.log_predictions(["a", "b"], [0, 1], model="old", at=day(0))
    task.log_predictions("a", 1, model="new", at=day(1))
    task.log_feedback(["a", "b"], [1, 1])
    (row,) = task.metrics("accuracy")
    assert (row.value, row.num_predictions) == (1.0, 2)
    by_model = task.metrics("accuracy", by="model")
    assert [(one.model, one.slice, one.value) for one in by_model] == [
        ("new", "model=new", 1.0),
        ("old", "model=old", 0.5),
    ]
    every = mt.Task("all", kind="binary", repeats="all")
    every.log_predictions("a", 0, at=day(0))
    every.log_predictions("a", 1, at=day(1))
    every.log_feedback("a", 1)
    assert every.metrics("accuracy")[0].value == 0.5


def test_slices_are_by_features_declared_or_not(store: Path) -> None:
    task = mt.Task("late", kind="binary", slices=["carrier"])
    features = {"carrier": ["UA", "UA", "B6"], "stops": [0, 1, 1]}
    task.log_predictions(["a", "b", "c"], [1, 1, 0], features=features, at=day(0))
    task.log_feedback(["a", "b", "c"], [1, 0, 0])
    found = {row.slice: row.value for row in task.metrics("accuracy", by="carrier")}
    assert found == {"carrier=B6": 1.0, "carrier=UA": 0.5}
    found = {row.slice: row.value for row in task.metrics("accuracy", by=["carrier", "stops"])}
    assert found == {
        "carrier=B6, stops=1": 1.0,
        "carrier=UA, stops=0": 1.0,
        "carrier=UA, stops=1": 0.0,
    }
    (row,) = task.metrics("accuracy", where={"stops": 1})
    assert (row.value, row.slice) == (0.5, "stops=1")


def test_what_is_odd_is_left_out_and_counted(store: Path) -> None:
    task = mt.Task("late", kind="binary")
    task.log_predictions(["a", "b", "c"], [1, 1, 0], scores=[0.9, 1.5, float("nan")], at=day(0))
    task.log_feedback(["a", "b", "c"], [1, 1, 1])
    (row,) = task.metrics("log_loss")
    assert row.num_excluded == 2
    assert row.value == pytest.approx(-np.log(0.9))


def test_functions_measure_and_their_faults_are_told(store: Path) -> None:
    def bias(y_true: Any, y_pred: Any) -> float:
        return float((y_pred - y_true).mean())

    def broken(y_true: Any, y_pred: Any) -> float:
        raise ZeroDivisionError

    task = mt.Task("minutes", kind="regression")
    task.log_predictions([1, 2], [3.0, 5.0])
    task.log_feedback([1, 2], [1.0, 1.0])
    rows = task.metrics([bias, broken, "mae"])
    assert [(row.metric, row.value) for row in rows] == [
        ("bias", 3.0),
        ("broken", None),
        ("mae", 3.0),
    ]
    assert "ZeroDivisionError" in rows[1].message


def test_a_window_is_provisional_while_its_labels_come(store: Path) -> None:
    task = mt.Task("late", kind="binary")
    for number in range(40):
        ids = [f"{number}-{one}" for one in range(50)]
        task.log_predictions(ids, [1] * 50, at=day(number))
        task.log_feedback(ids, [1] * 50, at=day(number + 5))
    rows = task.metrics("accuracy", window="1d", as_of=day(39))
    assert [row.is_provisional for row in rows][:8] == [True] * 5 + [False] * 3


def test_questions_that_cannot_be_are_refused(store: Path) -> None:
    task = mt.Task("late", kind="binary")
    with pytest.raises(KeyError, match="No task 'late'"):
        task.metrics()
    task.log_predictions("a", 1)
    with pytest.raises(KeyError, match="Did you mean 'accuracy'"):
        task.metrics("acuracy")
    with pytest.raises(ValueError, match="not of binary ones"):
        task.metrics("mae")
    with pytest.raises(mt.UnknownNameError, match="No feature 'carier'"):
        task.metrics(by="carier")
    with pytest.raises(ValueError, match="give window= as well"):
        task.metrics(every="1d")
    with pytest.raises(ValueError, match="is not an age"):
        task.metrics(window="week")


def test_the_command_tells_the_same(
    store: Path, cli: Callable[..., subprocess.CompletedProcess[str]], cli_json: Callable[..., Any]
) -> None:
    task = mt.Task("late", kind="binary")
    task.log_predictions(["a", "b", "c"], [1, 1, 0], at=[day(0), day(0), day(1)])
    task.log_feedback(["a", "b"], [1, 0], at=day(9))
    rows = cli_json("metrics", "late", "f1", "--window", "1d")
    assert [row["value"] for row in rows] == [None, pytest.approx(2 / 3)]
    assert rows[1]["label_coverage"] == 1.0
    shown = cli("metrics", "late", "f1", "--window", "1d").stdout
    assert "windows of 1 day" in shown
    assert "2026-05-04" in shown
    assert [one["name"] for one in cli_json("metrics")] == ["late"]
    wrong = cli("metrics", "lat")
    assert wrong.returncode == 2
    assert "Did you mean 'late'?" in wrong.stderr


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("typed", "place", "found"),
    [("metrics la", "2", ["plain,late"]), ("metrics late roc", "3", ["plain,roc_auc"])],
)
def test_tasks_and_metrics_are_completed(
    typed: str,
    place: str,
    found: list[str],
    store: Path,
    cli: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    mt.Task("late", kind="binary").log_predictions("a", 1)
    words = f"mltrace {typed}"
    offered = cli(_MLTRACE_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=place)
    assert offered.stdout.split() == found


@pytest.mark.sqlite_only
def test_what_is_asked_of_no_task_is_refused(
    store: Path, cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    answer = cli("metrics", "--window", "7d")
    assert answer.returncode == 2
    assert "--window is of no use to metrics without TASK; leave it out." in answer.stderr
