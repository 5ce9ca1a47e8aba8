"""Predictions and labels in SQL: found by their ids, and labelled within bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import mltrace as mt
from mltrace.query import asking, task_views

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sqlite_only("the lake lies beside either catalog")


@pytest.fixture(params=["in batches", "compacted", "both"])
def late(store: Path, request: pytest.FixtureRequest) -> mt.Task:
    """Log flights of a task, some again, with labels that were corrected; one other task."""
    task = mt.Task("late", kind="binary")
    ids = [f"f{number}" for number in range(40)]
    carriers = ["UA", "B6"] * 20
    task.log_predictions(ids, [0, 1] * 20, scores=[0.25, 0.75] * 20, features={"carrier": carriers})
    mt.Task("minutes", kind="regression").log_predictions(ids, [1.5] * 40)
    if request.param == "both":
        mt.sync()
    task.log_predictions(ids[:3], [1, 1, 1], scores=[0.5, 0.5, 0.5], model="m@2")
    task.log_feedback(ids[:20], [1] * 20, at="2026-01-01")
    task.log_feedback(ids[:5], [0] * 5, at="2026-01-02")
    if request.param == "compacted":
        mt.sync()
    return task


def test_rows_of_an_id_are_those_among_all(late: mt.Task) -> None:
    for view in ("predictions", "feedback", "labelled"):
        for one in ("f1", "f4", "f30", "nothing"):
            found = mt.sql(f"SELECT * FROM {view} WHERE id = $id ORDER BY ALL", id=one)
            among = mt.sql(f"SELECT * FROM {view} WHERE id || '' = $id ORDER BY ALL", id=one)
            assert found.to_dicts() == among.to_dicts(), (view, one)
    several = "SELECT task, id, number FROM predictions WHERE id IN ('f1', 'f2') ORDER BY ALL"
    assert [row["number"] for row in mt.sql(several)] == [1.0, 1.0, 0.0, 1.0, 1.5, 1.5]


def test_features_have_their_names_also_of_an_id_that_is_not_there(late: mt.Task) -> None:
    carrier = "SELECT features.carrier AS carrier FROM predictions WHERE id = $id AND number = 0"
    assert list(mt.sql(carrier, id="f0")) == [{"carrier": "UA"}]
    assert list(mt.sql(carrier, id="nothing")) == []


def test_an_id_of_many_rows_is_looked_for_by_duckdb(
    late: mt.Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "SELECT count(*) AS n FROM predictions WHERE id = 'f1'"
    assert mt.sql(query)[0] == {"n": 3}
    monkeypatch.setattr(task_views, "_FEW_ROWS", 1)
    assert mt.sql(query)[0] == {"n": 3}


def test_labelled_is_the_same_when_it_is_made_in_slices(
    late: mt.Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries = (
        "SELECT * FROM labelled ORDER BY ALL",
        "SELECT is_same, count(*), max(score) FROM labelled GROUP BY ALL ORDER BY ALL",
        "SELECT count(*) FROM labelled a JOIN labelled b USING (task, id)",
    )
    at_once = [mt.sql(query).to_dicts() for query in queries]
    monkeypatch.setattr(asking, "_ROW_BYTES", 40 * 1024 * 1024)
    assert [mt.sql(query).to_dicts() for query in queries] == at_once
    assert len(at_once[0]) == 20
    assert {row["label"] for row in at_once[0] if row["id"] in ("f0", "f4")} == {"0"}
    (again,) = (row for row in at_once[0] if row["id"] == "f0")
    assert (again["prediction"], again["model"], again["score"]) == ("1", "m@2", 0.5)


@pytest.mark.parametrize("is_there", [True, False])
def test_an_id_is_not_said_to_be_absent_where_files_are_damaged(
    store: Path, is_there: bool
) -> None:
    mt.Task("late", kind="binary").log_predictions(["a", "b"], [0, 1])
    mt.sync()
    for segment in store.rglob("lake/**/*.parquet"):
        segment.write_bytes(b"damaged") if is_there else segment.unlink()
    with pytest.raises(mt.StoreCorruptError, match="2 predictions of the task 'late' are"):
        mt.sql("SELECT count(*) FROM predictions WHERE id = 'a'")
