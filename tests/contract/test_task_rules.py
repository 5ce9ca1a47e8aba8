"""Which predictions and labels count, whatever came late, twice, out of order or never."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

import mltrace as mt

if TYPE_CHECKING:
    from pathlib import Path

MAY = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)


def hour(number: float) -> dt.datetime:
    return MAY + dt.timedelta(hours=number)


def only(task: mt.Task, metric: str = "mae", **question: object) -> mt.MetricRow:
    (row,) = task.metrics(metric, **question)  # type: ignore[arg-type]
    return row


class Event(NamedTuple):
    is_prediction: bool
    id: str
    value: float
    at: float


def log(task: mt.Task, events: list[Event], *, one_by_one: bool) -> None:
    """Log events in their order, those of a kind that follow each other together or not."""
    while events:
        num = 1
        while not one_by_one and num < len(events) and events[num][0] == events[0][0]:
            num += 1
        now, events = events[:num], events[num:]
        ids = [one.id for one in now]
        values, at = [one.value for one in now], [hour(one.at) for one in now]
        verb = task.log_predictions if now[0].is_prediction else task.log_feedback
        if one_by_one:
            verb(ids[0], values[0], at=at[0])
        else:
            verb(ids, np.array(values), at=at)


def expected(events: list[Event]) -> tuple[float | None, int, int]:
    """Say by the rules: the mean absolute error, how many predictions, how many labels."""
    latest: dict[tuple[bool, str], tuple[float, float]] = {}
    for is_prediction, one, value, at in events:
        key = is_prediction, one
        latest[key] = max(latest.get(key, (at, value)), (at, value))
    predicted = {one: value for (is_one, one), (_, value) in latest.items() if is_one}
    labels = {one: value for (is_one, one), (_, value) in latest.items() if not is_one}
    errors = [abs(value - labels[one]) for one, value in predicted.items() if one in labels]
    return (sum(errors) / len(errors) if errors else None), len(predicted), len(errors)


@pytest.mark.parametrize("one_by_one", [True, False], ids=["one by one", "together"])
def test_late_repeated_and_shuffled_rows_count_by_the_rules(
    store: Path, *, one_by_one: bool
) -> None:
    for seed in range(3):
        draw = random.Random(seed)
        events = [
            Event(
                draw.random() < 0.5,
                f"id-{draw.randrange(20)}",
                draw.randrange(100),
                # predictions of one moment and other values would be told apart by when logged
                number / 7 if draw.random() < 0.9 else 3.0,
            )
            for number in range(60)
        ]
        events = [one for one in events if not one.is_prediction or one.at != 3.0]
        again = events + draw.sample(events, 20)
        for order in range(2):
            draw.shuffle(again)
            task = mt.Task(f"delay-{seed}-{order}", kind="regression")
            log(task, list(again), one_by_one=one_by_one)
            row = only(task)
            value, num_predictions, num_labels = expected(events)
            assert row.value == pytest.approx(value)
            assert (row.num_predictions, row.num_labels) == (num_predictions, num_labels)


def test_a_label_waits_for_its_prediction(store: Path) -> None:
    task = mt.Task("delay", kind="regression")
    task.log_feedback(["a", "b"], [5, 6], at=hour(0))
    assert [row.num_predictions for row in task.metrics("mae")] in ([], [0])
    task.log_predictions(["a", "c"], [4, 4], at=hour(1))
    row = only(task)
    assert (row.value, row.num_predictions, row.num_labels) == (1.0, 2, 1)
    assert row.label_coverage == 0.5


def test_rows_of_one_moment_count_by_what_is_known_last_then_greatest(store: Path) -> None:
    task = mt.Task("delay", kind="regression")
    task.log_predictions("a", 9, at=hour(0), known_at=hour(1))
    task.log_predictions("a", 4, at=hour(0), known_at=hour(2))
    task.log_feedback("a", 3, at=hour(3))
    task.log_feedback("a", 7, at=hour(3))
    task.log_feedback("a", 5, at=hour(3))
    assert only(task).value == 3.0


def test_all_predictions_count_where_the_task_says_so_but_equal_ones_once(store: Path) -> None:
    task = mt.Task("delay", kind="regression", repeats="all")
    for _ in range(2):
        task.log_predictions(["a", "a"], [1, 3], at=[hour(0), hour(1)])
    task.log_feedback("a", 1)
    row = only(task)
    assert (row.value, row.num_predictions) == (1.0, 2)


def test_ids_of_every_type_meet(store: Path) -> None:
    task = mt.Task("late", kind="binary")
    task.log_predictions(["1", "2", "3"], [1, 0, 1], at=hour(0))
    task.log_feedback(1, True)
    task.log_feedback(np.array([2]), [0.0])
    task.log_feedback(["3"], ["1"])  # a text, which is another class
    row = only(task, "accuracy")
    assert (row.value, row.num_labels) == (pytest.approx(2 / 3), 3)


def test_what_is_missing_counts_nowhere_until_it_is_corrected(store: Path) -> None:
    task = mt.Task("delay", kind="regression")
    task.log_predictions(["a", "b"], [1, float("nan")], at=hour(0))
    task.log_feedback(["a", "b"], [None, 2], at=hour(1))
    assert only(task).value is None
    task.log_feedback("a", 3, at=hour(2))
    task.log_predictions("b", 2, at=hour(0.5))
    row = only(task)
    assert (row.value, row.num_excluded) == (1.0, 0)
