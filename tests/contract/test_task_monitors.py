"""Monitors of metrics of tasks: they judge windows whose labels are in, by intervals."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mltrace.records.alerts import Observation

DAY = dt.datetime(2026, 5, 4, tzinfo=dt.UTC)  # a Monday
RECENT = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def day(number: float, *, start: dt.datetime = DAY) -> dt.datetime:
    return start + dt.timedelta(days=number)


def log_days(
    right: Sequence[float],
    *,
    name: str = "late",
    start: dt.datetime = DAY,
    num: int = 100,
    label_after: float = 2.0,
    labelled: Callable[[int], bool] = lambda _: True,
    **features: Sequence[Any],
) -> mt.Task:
    """Log predictions of days of which such shares are right, and their labels days later."""
    task = mt.Task(name, kind="binary", slices=list(features))
    for number, share in enumerate(right):
        ids = [f"{number}-{one}" for one in range(num)]
        truth = np.arange(num) % 2
        is_right = np.arange(num) % 50 < share * 50
        at = day(number, start=start)
        columns = {key: np.resize(values, num) for key, values in features.items()}
        task.log_predictions(ids, np.where(is_right, truth, 1 - truth), features=columns, at=at)
        if labelled(number):
            known = day(number + label_after, start=start)
            if known <= dt.datetime.now(dt.UTC):
                task.log_feedback(ids, truth, at=known)
    return task


def standing(found: Sequence[Observation]) -> list[tuple[str, str]]:
    return [(one.point, one.state) for one in sorted(found, key=lambda one: one.point)]


def test_a_window_is_bad_only_if_all_of_its_interval_is_beyond_the_limit(store: Path) -> None:
    task = log_days([0.9, 0.76, 0.6])
    monitor = mt.MetricMonitor(task, "accuracy", min=0.8, window="1d")
    found = monitor.evaluate()
    assert standing(found) == [("2026-05-04", "ok"), ("2026-05-05", "ok"), ("2026-05-06", "bad")]
    assert found[0].subject == "late: accuracy"
    assert found[0].value == pytest.approx(0.6)
    assert found[0].threshold == 0.8
    assert found[0].at == day(3)
    assert found[0].message == (
        "accuracy of 2026-05-06 is 0.6 (0.502 to 0.691), with 100 of 100 labels; at least 0.8 is "
        "expected"
    )
    (alert,) = mt.alerts()
    assert (alert.monitor, alert.message) == ("metric:task:late:accuracy", found[0].message)
    assert len(monitor.evaluate()) == 0


def test_a_drop_is_one_from_the_windows_before_or_from_a_span(store: Path) -> None:
    task = log_days([0.9] * 8 + [0.7] * 2)
    before = mt.MetricMonitor(task, "accuracy", drop=0.05, window="1d", reference="4d")
    found = before.evaluate()
    assert [state for _, state in standing(found)] == ["learning"] + ["ok"] * 7 + ["bad"] * 2
    assert found[-1].message.endswith("too few to judge by before")
    assert found[1].message == (
        "accuracy of 2026-05-12 is 0.7 (0.604 to 0.781), with 100 of 100 labels; 0.9 (0.867 to "
        "0.926) in 2026-05-08 to 2026-05-11, so at least 0.85 is expected"
    )
    span = mt.MetricMonitor(
        task, "accuracy", drop="5%", window="1d", name="span", reference="2026-05-04..2026-05-06"
    )
    assert [state for _, state in standing(span.evaluate())] == ["ok"] * 8 + ["bad"] * 2
    worse = mt.Task("minutes", kind="regression")
    for number in range(6):
        errors = np.tile([1.0, 3.0], 50) * (2 if number == 5 else 1)
        ids = [f"{number}-{one}" for one in range(100)]
        worse.log_predictions(ids, errors, at=day(number))
        worse.log_feedback(ids, np.zeros(100), at=day(number))
    rises = mt.MetricMonitor(worse, "mae", drop="20%", window="1d").evaluate()
    assert [state for _, state in standing(rises)] == ["learning"] + ["ok"] * 4 + ["bad"]
    assert "at most 2.4 is expected" in rises[0].message


def test_slices_are_judged_each_by_itself_and_together_at_the_confidence(store: Path) -> None:
    task = log_days([0.9], num=400, carrier=["AA", "UA", "B6", "DL"])
    monitor = mt.MetricMonitor(task, "accuracy", min=0.95, window="1d", by="carrier")
    found = {one.subject: one for one in monitor.evaluate()}
    assert set(found) == {f"late: accuracy, carrier={one}" for one in ("AA", "UA", "B6", "DL")}
    assert "accuracy of carrier=AA in 2026-05-04 is" in found["late: accuracy, carrier=AA"].message
    alone = mt.MetricMonitor(
        task, "accuracy", min=0.95, window="1d", where={"carrier": "AA"}, name="alone"
    ).evaluate()[0]
    assert alone.subject == "late: accuracy, carrier=AA"

    def width(one: Observation) -> float:
        low, _, high = one.message.partition("(")[2].partition(")")[0].split()
        return float(high) - float(low)

    assert width(found[alone.subject]) > width(alone)


def test_a_provisional_window_waits_unless_it_is_asked_for(store: Path) -> None:
    start = day(-45, start=RECENT)
    task = log_days([0.9] * 40 + [0.5] * 5, start=start, label_after=4.5)
    log_some = day(-3, start=RECENT)
    task.log_feedback([f"42-{one}" for one in range(60)], np.arange(60) % 2, at=log_some)
    waits = mt.MetricMonitor(task, "accuracy", min=0.8, window="1d")
    latest = standing(waits.evaluate())[-3:]
    assert [state for _, state in latest] == ["unknown"] * 3
    hasty = mt.MetricMonitor(task, "accuracy", min=0.8, window="1d", provisional=True, name="hasty")
    assert standing(hasty.evaluate())[-3][1] == "bad"
    task.log_feedback([f"42-{one}" for one in range(100)], np.arange(100) % 2)
    (settled,) = waits.evaluate()
    assert (settled.point, settled.state) == (f"{day(-3, start=RECENT):%Y-%m-%d}", "bad")


def test_labels_that_are_corrected_late_take_an_alert_back(store: Path) -> None:
    task = log_days([0.9, 0.5])
    monitor = mt.MetricMonitor(task, "accuracy", min=0.8, window="1d")
    monitor.evaluate()
    assert [one.state for one in mt.alerts()] == ["open"]
    corrected = np.arange(100) % 2
    wrong = np.arange(100) % 50 >= 25
    task.log_feedback([f"1-{one}" for one in range(100)], np.where(wrong, 1 - corrected, corrected))
    (again,) = monitor.evaluate()
    assert (again.point, again.state, again.value) == ("2026-05-05", "ok", 1.0)
    assert [one.state for one in mt.alerts()] == ["resolved"]


def test_labels_that_stop_arriving_are_told(store: Path) -> None:
    start = day(-45, start=RECENT)
    task = log_days([0.9] * 45, start=start, label_after=1, labelled=lambda number: number < 40)
    late = mt.MetricMonitor(task, "label_coverage", window="1d")
    found = standing(late.evaluate())
    assert [state for _, state in found[30:]] == ["ok"] * 10 + ["bad"] * 4 + ["bad"]
    assert "labels are late" in mt.alerts()[0].message
    least = mt.MetricMonitor(task, "label_coverage", min=0.6, window="1d", name="least")
    assert "bad" in {one.state for one in least.evaluate()}
    task.log_feedback(
        [f"{number}-{one}" for number in range(40, 45) for one in range(100)], [1] * 500
    )
    late.evaluate()
    assert [one.monitor for one in mt.alerts(states="open")] == ["least"]


@pytest.mark.sqlite_only("no other statement is asked")
@pytest.mark.parametrize("year", [1970, 2261])
def test_a_prediction_of_a_wrong_time_hides_no_window(store: Path, year: int) -> None:
    task = log_days([0.9, 0.6])
    monitor = mt.MetricMonitor(task, "accuracy", min=0.8, window="1d")
    task.log_predictions("odd", 1, at=dt.datetime(year, 2, 2, tzinfo=dt.UTC))
    assert standing(monitor.evaluate()) == [("2026-05-04", "ok"), ("2026-05-05", "bad")]
    assert [(one.point, one.state) for one in mt.backtest(monitor).points] == [
        ("2026-05-04", "ok"),
        ("2026-05-05", "bad"),
    ]


def test_an_alert_is_placed_at_the_run_that_made_the_predictions(
    store: Path, workdir: Path
) -> None:
    task = mt.Task("late", kind="binary")

    @mt.component(owner="ml")
    def predict(table: str, number: int, share: float) -> None:
        ids = [f"{number}-{one}" for one in range(100)]
        truth = np.arange(100) % 2
        wrong = np.arange(100) % 50 >= share * 50
        task.log_predictions(
            ids, np.where(wrong, 1 - truth, truth), at=day(number), model="m-v1@abcdefabcdefabcd"
        )
        task.log_feedback(ids, truth, at=day(number + 1))

    @mt.component
    def ingest(rows: int) -> str:
        Path("table.csv").write_text("x\n" + "1\n" * rows)
        return "table.csv"

    for number in range(10):
        is_faulty = number == 9
        predict(ingest(10 if is_faulty else 1_000 + number), number, 0.6 if is_faulty else 0.9)
    mt.VolumeMonitor("table.csv", min_rows=100).evaluate()
    monitor = mt.MetricMonitor(task, "accuracy", min=0.8, window="1d")
    found = monitor.evaluate()
    assert found[0].run_id == mt.history("predict", limit=1)[0].id
    assert (found[0].component, found[0].artifact) == ("predict", "late")
    assert ", by m-v1@abcdefabcdef; at least" in found[0].message
    (incident,) = mt.incidents()
    assert incident.cause.component == "ingest"
    assert [one.component for one in incident.consequences] == ["predict"]


def test_a_backtest_judges_each_window_by_what_was_known_when_its_labels_were_in(
    store: Path,
) -> None:
    task = log_days([0.9] * 30 + [0.6] * 3 + [0.9] * 7)
    monitor = mt.MetricMonitor(task, "accuracy", min=0.8, window="1d")
    told = mt.backtest(monitor, incidents=["2026-06-03..2026-06-05"])
    assert (len(told.incidents), told.num_found, told.num_false_alarms) == (1, 1, 0)
    at_once = {one.point: one.state for one in monitor.evaluate()}
    replayed = list(monitor.remeasure(mt.Workspace()))
    assert {one.point: one.state for one in replayed} == at_once
    known = {one.point: one.observed_at for one in replayed}
    assert known["2026-05-30"] == day(28)
    task.log_feedback([f"31-{one}" for one in range(100)], [0] * 100)
    assert mt.backtest(monitor, incidents=["2026-06-03..2026-06-05"]).num_found == 1


def test_a_name_is_a_component_and_a_task_is_named_as_one(
    store: Path, workdir: Path, cli: Callable[..., Any]
) -> None:
    log_days([0.9, 0.6])
    Path("mltrace.toml").write_text(
        '[[monitors]]\nkind = "metric"\ntask = "late"\nmetric = "accuracy"\nmin = 0.8\n'
        'window = "1d"\n'
    )
    done = cli("monitor", "run")
    assert done.returncode == 1
    assert "accuracy of 2026-05-05 is 0.6" in done.stdout
    (note,) = mt.MetricMonitor("late", "accuracy", min=0.8).evaluate().notes
    assert note.endswith("There is a task of that name: give task='late'.")
    (note,) = mt.MetricMonitor(task="lat", metric="accuracy", min=0.8).evaluate().notes
    assert "No task 'lat'. Did you mean 'late'?" in note


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"task": "late", "metric": "f1"}, "needs a limit: give min="),
        (
            {"task": "late", "metric": "f1", "min": 0.4, "side": "below"},
            "is of the metric of a com",
        ),
        ({"component": "train", "metric": "f1", "by": "carrier"}, "is of the metric of a task"),
        ({"component": "train", "task": "late", "metric": "f1"}, "give the name of a component"),
        ({"metric": "f1", "min": 0.4}, "give the name of a component"),
        ({"task": "late", "metric": "f1", "min": 0.4, "window": 7}, "is a length of time"),
        (
            {"task": "late", "metric": "f1", "min": 0.4, "confidence": 1},
            "give a share above 0, below 1",
        ),
        ({"task": "late", "metric": "f1", "drop": 0, "reference": "often"}, "'often' is not an"),
        ({"task": "late", "metric": "", "min": 0}, "give the name of a metric"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(mt.ArgumentError, match=message):
        mt.MetricMonitor(**arguments)
