"""Predictions and feedback reach the store as they were given, from wherever they are logged."""

from __future__ import annotations

import asyncio
import copy
import datetime as dt
import logging
import pickle
import sys
import threading
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from tests.logged_rows import HOLDERS, read_rows

import mltrace as mt
from mltrace.capture.predictions import logger
from mltrace.capture.recorder import current_recorder
from mltrace.store.database import schema
from mltrace.verbs import default_workspace

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

NOON = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)


def values_of(kind: Any = "predictions", column: str = "value") -> dict[str, Any]:
    return {str(row["id"]): row.get(column) for row in read_rows(kind)}


def test_rows_come_back_as_they_were_given(store: Path) -> None:
    task = mt.Task("late", kind="binary")
    task.log_predictions(
        ["a", "b"], [1, 0], [0.75, 0.25], {"carrier": ["UA", "B6"]}, at=NOON, model="m"
    )
    task.log_predictions("c", True, 0.5, {"carrier": "DL"}, at=NOON, known_at="2024-05-02")
    task.log_feedback(["a", "c"], [0, 1], at=NOON)
    first, _, last = read_rows()
    assert (first["value"], first["score"], first["at"]) == ("1", 0.75, NOON)
    assert (first["feature_carrier"], first["model"], first.get("run")) == ("UA", "m", None)
    assert (last["value"], last["score"], last["feature_carrier"]) == ("1", 0.5, "DL")
    assert last["known_at"] == NOON.replace(day=2, hour=0)
    assert [(row["value"], row["known_at"]) for row in read_rows("feedback")] == [
        ("0", NOON),
        ("1", NOON),
    ]


@pytest.mark.sqlite_only("the rows are the same whatever the catalog is")
@pytest.mark.parametrize("holder", HOLDERS)
def test_columns_of_every_library_give_the_same_rows(store: Path, holder: str) -> None:
    hold = HOLDERS[holder]
    task = mt.Task("late", kind="binary")
    task.log_predictions(
        hold(["a", "b"]), hold([1, 0]), hold([0.5, 0.25]), {"n": hold([3, 4])}, at=hold([NOON] * 2)
    )
    task.log_feedback(hold([5, 7]), hold(["late", "fine"]))
    rows = read_rows()
    assert [(row["id"], row["value"], row["score"], row["feature_n"]) for row in rows] == [
        ("a", "1", 0.5, 3),
        ("b", "0", 0.25, 4),
    ]
    assert [row["at"] for row in rows] == [NOON, NOON]
    assert values_of("feedback") == {"5": "late", "7": "fine"}


def test_ids_are_texts_whatever_they_were(store: Path) -> None:
    task = mt.Task("late", kind="binary")
    number = UUID(int=9)
    for one in (5, "5", np.int64(5), number):
        task.log_predictions(one, 1)
    for ids in ([5], np.array([5]), np.array(["5"]), [number]):
        task.log_predictions(ids, [1])
    assert {str(row["id"]) for row in read_rows()} == {"5", str(number)}
    assert len(read_rows()) == 8


def test_a_run_is_linked_once_with_all_its_predictions(store: Path) -> None:
    task, other = mt.Task("late", kind="binary"), mt.Task("fare", kind="regression")

    @mt.component
    def predict() -> None:
        for start in range(0, 50, 10):
            task.log_predictions(range(start, start + 10), [1] * 10)
        task.log_predictions("x", 1)
        other.log_predictions("x", 1.5)

    predict()
    predict()
    task.log_predictions("outside", 1)
    runs = mt.history("predict")
    assert [[ref.name for ref in run.outputs] for run in runs] == [["late", "fare"]] * 2 or [
        sorted(ref.name for ref in run.outputs) for run in runs
    ] == [["fare", "late"]] * 2
    assert {ref.kind for run in runs for ref in run.outputs} == {"ids"}
    assert len({ref.digest for run in runs for ref in run.outputs}) == 4
    made_by = values_of(column="run")
    assert made_by["x"] in {run.id for run in runs}
    assert made_by["outside"] is None


def test_a_run_can_be_named_and_linked_from_anywhere(store: Path) -> None:
    @mt.component
    def predict() -> str | None:
        return mt.current_run().id

    predict()
    (run,) = mt.history("predict")
    task = mt.Task("late", kind="binary")
    task.log_predictions("a", 1, run=run)
    task.log_predictions(["b"], [1], run=run.id)
    assert values_of(column="run") == {"a": run.id, "b": run.id}
    assert [ref.name for ref in mt.run(run.id).outputs] == ["late"]


@pytest.mark.sqlite_only("it is about what the writer is told")
def test_a_program_that_is_run_by_exec_is_the_run(
    store: Path, cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    program = """
import mltrace as mt
task = mt.Task("late", kind="binary")
task.log_predictions(["a", "b"], [1, 0])
"""
    answer = cli("exec", "--component", "scoring", "--", sys.executable, "-c", program)
    assert answer.returncode == 0, answer.stderr
    (run,) = mt.history("scoring")
    assert {row["run"] for row in read_rows()} == {run.id}
    assert [ref.name for ref in run.outputs] == ["late"]


def test_the_model_that_a_run_read_made_its_predictions(store: Path) -> None:
    task = mt.Task("fare", kind="regression")
    X = np.arange(6.0).reshape(-1, 1)

    @mt.component
    def predict(model: Any, *others: Any) -> None:
        task.log_predictions(range(6), model.predict(X))
        task.log_predictions("x", 1.0)

    model, other = LinearRegression().fit(X, X[:, 0]), LinearRegression().fit(X, -X[:, 0])
    predict(model)
    (run,) = mt.history("predict")
    ref = next(ref for ref in run.inputs if ref.kind == "model")
    named = f"model@{(ref.digest or '')[:12]}"
    assert {row["model"] for row in read_rows(name="fare")} == {named}
    assert mt.artifact(named).ref.digest == ref.digest
    predict(model, other)
    task.log_predictions("named", 1.0, model=ref)
    task.log_predictions("itself", 1.0, model=other)
    by_id = {str(row["id"]): row["model"] for row in read_rows(name="fare")}
    assert by_id["named"] == named
    assert by_id["itself"].startswith("LinearRegression@")
    assert sum(row["model"] is None for row in read_rows(name="fare")) == 7


@pytest.mark.parametrize("run", ["nonsense", 5, "01a217f5"], ids=repr)
def test_what_is_no_run_is_refused(store: Path, run: Any) -> None:
    with pytest.raises(mt.ArgumentError, match="is no run; give a Run, or its id in full"):
        mt.Task("late", kind="binary").log_predictions("a", 1, run=run)


def test_what_is_no_model_is_refused(store: Path) -> None:
    with pytest.raises(mt.ArgumentError, match="model= is a dict; give a name, an ArtifactRef"):
        mt.Task("late", kind="binary").log_predictions("a", 1, model={})


def test_nothing_is_written_of_what_is_refused(store: Path) -> None:
    task = mt.Task("late", kind="binary")
    for ids, predictions in ((["a"], [1, 0]), (["a", None], [1, 1]), ("a", [1]), (["a"], [[1]])):
        with pytest.raises(mt.ArgumentError):
            task.log_predictions(ids, predictions)
        with pytest.raises(mt.ArgumentError):
            task.log_feedback(ids, predictions)
    assert not store.exists()


def test_a_task_is_declared_when_it_is_logged(store: Path) -> None:
    task = mt.Task("late", kind="binary", positive="late", classes=["late", "fine"], owner="ml")
    assert not store.exists()
    task.log_feedback("a", "late")
    default_workspace().sync()
    with default_workspace().store.reading() as connection:
        (row,) = connection.execute(schema.task.select())
    assert (row.name, row.kind) == ("late", "binary")
    assert '"positive":"late"' in row.settings


def test_another_kind_under_a_name_is_refused_here(store: Path) -> None:
    mt.Task("late", kind="binary").log_feedback("a", 1)
    with pytest.raises(mt.ArgumentError, match="'late' is binary in this process, and cannot be"):
        mt.Task("late", kind="regression").log_feedback("a", 1.5)
    mt.Task("late").log_feedback("b", 1)
    assert values_of("feedback") == {"a": "1", "b": "1"}


def test_a_task_whose_kind_nobody_said_is_refused(store: Path) -> None:
    with pytest.raises(mt.ArgumentError, match="kind of the task 'fresh' is not known"):
        mt.Task("fresh").log_feedback("a", 1)


def test_rows_that_do_not_count_are_told_once(
    store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    task = mt.Task("odd", kind="binary")
    with caplog.at_level(logging.WARNING, "mltrace"):
        for _ in range(3):
            task.log_predictions(["a", "b"], [1, 0], [0.5, float("nan")])
            task.log_predictions("c", 1, 1.5)
            task.log_predictions("d", None, 0.5)
            task.log_feedback("c", None)
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2
    assert "odd: 1 of 2 rows have scores that are NaN or not from 0 to 1" in told[0]
    assert "odd: 1 of 1 rows have labels that are missing or not finite" in told[1]
    assert all("which count in no metric" in one for one in told)
    found = {str(row["id"]): row for row in read_rows(name="odd")}
    assert np.isnan(found["b"]["score"])
    assert found["c"]["score"] == 1.5
    assert found["d"]["value"] == "1"


@pytest.mark.parametrize("ids", ["a", ["a", "b"]], ids=["one", "column"])
@pytest.mark.sqlite_only("it is about what the writer says")
def test_predictions_that_are_dated_ahead_of_the_clock_are_told_once(
    store: Path, caplog: pytest.LogCaptureFixture, ids: Any
) -> None:
    now = dt.datetime.now(dt.UTC)
    task = mt.Task("odd", kind="regression")
    values = [1.0] * len(ids)
    with caplog.at_level(logging.WARNING, "mltrace"):
        for days in (0.5, 2, 3):
            at = now + dt.timedelta(days)
            task.log_predictions(ids, values[0] if ids == "a" else values, at=at)
            task.log_predictions(["c", "d"], [1.0, 1.0], at=[at, now])
    (told,) = [record.getMessage() for record in caplog.records]
    assert f"odd: {len(ids)} of {len(ids)} rows have times that are more than a day ahead" in told


@pytest.mark.parametrize("ids", ["a", ["a"]], ids=["one", "column"])
@pytest.mark.sqlite_only("it is about what the writer says")
def test_a_class_that_the_task_does_not_name_is_told_once(
    store: Path, caplog: pytest.LogCaptureFixture, ids: Any
) -> None:
    task = mt.Task("weather", kind="multiclass", classes=["rain", "sun"])
    values: list[Any] = ["snow", "rain"] if ids == "a" else [["snow"], ["rain"]]
    with caplog.at_level(logging.WARNING, "mltrace"):
        for value in values * 2:
            task.log_predictions(ids, value)
            task.log_feedback(ids, value)
    (told,) = [record.getMessage() for record in caplog.records]
    assert "weather: 1 of 1 rows have classes that the task does not name" in told


@pytest.mark.sqlite_only("nothing is written")
def test_disabled_tasks_do_nothing(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLTRACE_DISABLED", "1")
    task = mt.Task("late", kind="binary")
    task.log_predictions(["a"], [1])
    task.log_feedback("a", 1)
    mt.Task("late").log_feedback("a", 1)
    assert not store.exists()


@pytest.mark.sqlite_only("it is about what the writer loads")
def test_logging_loads_no_database_and_no_frames(store: Path, script: Callable[..., str]) -> None:
    out = script(
        """
        import sys
        import mltrace as mt
        task = mt.Task("late", kind="binary")
        print("numpy" in sys.modules)
        task.log_predictions("a", 1, 0.5)
        task.log_predictions(["a", "b"] * 5000, [1, 0] * 5000, scores=[0.5, 0.25] * 5000)
        task.log_feedback(["a"], [1])
        heavy = "pandas polars pyarrow sqlalchemy duckdb narwhals sklearn sqlite3"
        print(*(name for name in heavy.split() if name in sys.modules))
        """
    )
    assert out.split() == ["False"]


def test_threads_tasks_and_coroutines_log_at_once(store: Path) -> None:
    tasks = [mt.Task(name, kind="binary") for name in ("late", "fine")]

    @mt.component
    def predict(number: int) -> None:
        for row in range(50):
            tasks[row % 2].log_predictions(f"{number}-{row}", 1)
        tasks[0].log_predictions([f"{number}-x", f"{number}-y"], [1, 0])

    @mt.component
    async def later(number: int) -> None:
        await asyncio.sleep(0)
        tasks[0].log_predictions(f"async-{number}", 1)

    async def all_at_once() -> None:
        await asyncio.gather(*(later(number) for number in range(5)))

    threads = [threading.Thread(target=predict, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asyncio.run(all_at_once())
    rows = read_rows()
    assert len(rows) == 8 * 27 + 5
    assert len({row["run"] for row in rows}) == 8 + 5
    assert len(read_rows(name="fine")) == 8 * 25


@pytest.mark.sqlite_only("children write to the same spool folder either way")
def test_forked_children_log_under_their_own_name(store: Path, script: Callable[..., str]) -> None:
    script(
        """
        import os
        import mltrace as mt
        task = mt.Task("late", kind="binary")
        with mt.Component("predict").start():
            task.log_predictions("parent", 1)
            for number in range(3):
                if (pid := os.fork()) == 0:
                    task.log_predictions(f"child-{number}", 1)
                    ids = [f"more-{number}-{row}" for row in range(3000)]
                    task.log_predictions(ids, [1] * 3000)
                    os._exit(0)
                assert os.waitpid(pid, 0)[1] == 0
        """
    )
    assert len(read_rows()) == 1 + 3 + 9000
    (run,) = mt.history("predict")
    assert [ref.name for ref in run.outputs] == ["late"]
    assert {row["run"] for row in read_rows()} == {run.id}


def test_a_task_goes_to_another_process_with_the_work(store: Path) -> None:
    task = mt.Task("late", kind="binary", positive="late")
    task.log_predictions("a", "late")
    pickle.loads(pickle.dumps(task)).log_predictions("b", "late")
    copy.deepcopy(task).log_predictions("c", "late")
    assert values_of() == {"a": "late", "b": "late", "c": "late"}


def test_a_bad_setting_leaves_the_caller_alone(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLTRACE_URI", "nonsense://x")
    mt.Task("late", kind="binary").log_predictions(["a"], [1])


def test_very_many_rows_are_logged_in_parts(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logger, "MOST_ROWS", 400)
    task = mt.Task("late", kind="binary")
    task.log_predictions(range(1000), np.arange(1000) % 2, np.linspace(0, 1, 1000))
    rows = read_rows()
    assert {row["id"]: row["value"] for row in rows} == {
        str(one): str(one % 2) for one in range(1000)
    }
    assert mt.list_tasks()[0].num_predictions == 1000


def test_no_rows_are_logged_as_none(store: Path) -> None:
    mt.Task("late", kind="binary").log_predictions([], [])
    assert read_rows() == []
    assert current_recorder() is not None


def test_what_was_logged_is_counted_whatever_is_kept_of_it(store: Path, tmp_path: Path) -> None:
    task = mt.Task("late", kind="binary")
    for number in range(200):
        ids = [f"{number}-a", f"{number}-a", f"{number}-b"]
        task.log_predictions(ids, [1, 1, 0], at=NOON)
        task.log_feedback(ids, [1, 1, 1], at=NOON)
    task.log_feedback("c", 1, at=NOON)

    def counted() -> list[tuple[int, int]]:
        return [(one.num_predictions, one.num_feedback) for one in mt.list_tasks()]

    assert counted() == [(600, 601)]
    mt.sync()
    assert len(read_rows(name="late")) == 400
    assert counted() == [(600, 601)]
    mt.merge(default_workspace().settings.uri, into=tmp_path / "other")
    assert mt.Workspace(tmp_path / "other").list_tasks()[0].num_predictions == 600
    assert mt.Workspace().gc(predictions_older_than="30d", yes=True).num_predictions > 0
    assert read_rows(name="late") == []
    assert counted() == [(600, 601)]


def test_tasks_are_listed_with_what_was_logged(store: Path) -> None:
    assert list(mt.list_tasks()) == []
    mt.Task("fare", kind="regression", owner="ml").log_feedback("a", 1.5, at=NOON)
    task = mt.Task("late", kind="binary", slices=["carrier"])
    task.log_predictions(["a", "b"], [1, 0], at=[NOON, NOON + dt.timedelta(1)], model="m2")
    task.log_predictions("c", 1, at="2024-04-01", model="m1")
    late, fare = mt.list_tasks()
    assert (fare.name, fare.kind, fare.num_predictions, fare.num_feedback) == (
        *("fare", "regression"),
        *(0, 1),
    )
    assert (fare.last_prediction_at, fare.last_feedback_at) == (None, NOON)
    assert (late.num_predictions, late.models) == (3, ("m1", "m2"))
    assert late.last_prediction_at == NOON + dt.timedelta(1)
    assert late.settings["slices"] == ["carrier"]
    assert "late  binary" in str(mt.list_tasks())
