"""Recent, history, run, components, tags, notes: records as the contract has them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt
from mltrace.cli.output import csv_text

if TYPE_CHECKING:
    from pathlib import Path

RUN_FIELDS = [
    "id",
    "component",
    "status",
    "started_at",
    "ended_at",
    "duration_seconds",
    "params",
    "metrics",
    "inputs",
    "outputs",
    "checks",
    "error",
    "git_commit",
    "git_dirty",
    "code",
    "parent_id",
    "host",
    "notes",
    "stale",
    "upstream",
]
REF_FIELDS = [
    "name",
    "digest",
    "kind",
    "size_bytes",
    "num_rows",
    "columns",
    "produced_by",
    "flagged",
]


@mt.component
def work(number: int) -> int:
    return number


def test_run_has_the_fields_of_the_contract(pipeline: Path) -> None:
    run = mt.recent(limit=1)[0]
    for name in RUN_FIELDS:
        assert hasattr(run, name), name
    for ref in (*run.inputs, *run.outputs):
        for name in REF_FIELDS:
            assert hasattr(ref, name), name
    assert isinstance(run.inputs, tuple)
    assert run.host
    assert run.started_at.utcoffset() == timedelta(0)
    assert run.ended_at is not None
    assert run.ended_at >= run.started_at
    assert run.duration_seconds is not None
    assert 0 <= run.duration_seconds < 60
    assert abs(datetime.now(UTC) - run.started_at) < timedelta(minutes=2)


def test_run_ids_are_uuids_in_order_of_time(store: Path) -> None:
    import uuid

    for number in range(50):
        work(number)
    ids = [run.id for run in mt.recent(limit=100)]
    times = [text[:13] for text in ids]
    assert times == sorted(times, reverse=True)
    assert {uuid.UUID(text).version for text in ids} == {7}


def test_lists_come_newest_first_and_limited(store: Path) -> None:
    for number in range(30):
        work(number)
    assert [run.params["number"] for run in mt.recent()] == list(range(29, 9, -1))
    assert [run.params["number"] for run in mt.recent(limit=2)] == [29, 28]
    assert [run.params["number"] for run in mt.history("work")] == list(range(29, 19, -1))
    assert [run.params["number"] for run in mt.history("work", limit=3)] == [29, 28, 27]


def test_history_is_of_one_component(pipeline: Path) -> None:
    assert [run.component for run in mt.history("train")] == ["train"]


def test_history_takes_times_of_every_kind(store: Path) -> None:
    work(1)
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    for since in ("1h", now - hour, (now - hour).isoformat(), hour):
        assert len(mt.history("work", since=since)) == 1
        assert len(mt.history("work", until=since)) == 0
    assert len(mt.history("work", since=now + hour)) == 0
    assert len(mt.history("work", until=now + hour)) == 1


@pytest.mark.parametrize("since", ["soon", "", "7 parsecs", datetime(2013, 1, 1)])
def test_time_that_is_none_raises(store: Path, since: Any) -> None:
    work(1)
    with pytest.raises(ValueError) as caught:
        mt.history("work", since=since)
    assert isinstance(caught.value, mt.MltraceError)


@pytest.mark.parametrize("limit", [-1, "many"])
def test_bad_limit_raises(store: Path, limit: Any) -> None:
    with pytest.raises((ValueError, TypeError)) as caught:
        mt.recent(limit=limit)
    assert isinstance(caught.value, mt.MltraceError)


def test_run_is_found_by_id_prefix_and_itself(store: Path) -> None:
    work(1)
    run = mt.recent()[0]
    for key in (run.id, run.id[:-3], run.id[:8], run):
        assert mt.run(key).id == run.id
    assert mt.run(run.id).to_dict() == run.to_dict()


def test_prefix_of_several_runs_is_refused(store: Path) -> None:
    work(1)
    work(2)
    with pytest.raises(mt.MltraceError) as caught:
        mt.run(mt.recent()[0].id[:6])
    assert isinstance(caught.value, KeyError)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: mt.history("trian"),
        lambda: mt.trace("modle.txt"),
        lambda: mt.impact("modle.txt"),
        lambda: mt.flag("modle.txt"),
    ],
)
def test_unknown_names_get_the_nearest_matches(pipeline: Path, ask: Any) -> None:
    with pytest.raises(KeyError) as caught:
        ask()
    assert isinstance(caught.value, mt.MltraceError)
    assert "train" in str(caught.value) or "model.txt" in str(caught.value)


@pytest.mark.parametrize("key", ["ffffffff-ffff-7fff-8fff-ffffffffffff", "zzz", ""])
def test_unknown_run_raises(pipeline: Path, key: str) -> None:
    with pytest.raises((KeyError, ValueError)) as caught:
        mt.run(key)
    assert isinstance(caught.value, mt.MltraceError)


def test_components_are_filtered_by_owner_and_tag(pipeline: Path) -> None:
    assert {c.name for c in mt.components()} == {"clean", "train", "predict"}
    assert {c.name for c in mt.components(owner="ml")} == {"train", "predict"}
    assert {c.name for c in mt.components(tag="flights")} == {"clean", "train"}
    assert {c.name for c in mt.components(owner="ml", tag="model")} == {"train"}
    (train,) = mt.components(tag="model")
    assert (train.owner, train.num_runs, sorted(train.tags)) == ("ml", 1, ["flights", "model"])
    assert train.last_run_at == mt.history("train")[0].started_at


def test_tags_are_listed_once(pipeline: Path) -> None:
    assert [tag.name for tag in mt.tags()] == ["flights", "model"]


def test_records_print_and_turn_into_plain_values_and_frames(pipeline: Path) -> None:
    answers: list[Any] = [
        mt.recent(),
        mt.components(),
        mt.run(mt.recent()[0].id),
        mt.trace("scores.csv"),
        mt.impact("raw.csv"),
        mt.review(),
    ]
    for answer in answers:
        assert str(answer).strip()
        json.dumps(answer.to_dict(), allow_nan=False)
        for frame in (answer.to_arrow(), answer.to_pandas(), answer.to_polars()):
            assert frame is not None
    assert mt.recent().to_arrow().num_rows == 3
    assert len(mt.recent().to_pandas()) == len(mt.recent().to_polars()) == 3
    assert "component" in mt.recent().to_pandas().columns
    assert mt.recent().to_polars()["component"].to_list() == ["predict", "train", "clean"]


def test_answers_without_rows_have_the_columns_of_those_with_rows(pipeline: Path) -> None:
    predicted, trained, _ = mt.recent()
    empty = [mt.review(), mt.diff(predicted, predicted), mt.retract("u7", dry_run=True)]
    mt.flag("scores.csv", reason="wrong")
    mt.subject("u7", on="raw.csv")
    full = [mt.review(), mt.diff(trained, predicted), mt.retract("u7", dry_run=True)]
    for one, other in zip(empty, full, strict=True):
        assert one.rows() == []
        columns = list(other.rows()[0])
        assert list(one.to_pandas().columns) == list(other.to_pandas().columns) == columns
        assert one.to_polars().columns == one.to_arrow().column_names == columns
        assert csv_text(one).split(",") == columns == csv_text(other).split("\n")[0].split(",")
    for lineage in (mt.trace("scores.csv"), mt.impact("raw.csv")):
        assert list(lineage.rows()[0]) == list(lineage.row_names())


def test_empty_answers_turn_into_frames_too(store: Path) -> None:
    assert mt.recent().to_arrow().num_rows == 0
    assert len(mt.recent().to_pandas()) == 0
    assert len(mt.recent().to_polars()) == 0
    assert mt.recent().to_dict() == []
    assert str(mt.recent()).strip()


def test_records_cannot_be_changed(pipeline: Path) -> None:
    run = mt.recent()[0]
    with pytest.raises((AttributeError, TypeError)):
        run.status = "failed"  # type: ignore[misc]


def test_note_can_be_added_to_a_finished_run(store: Path) -> None:
    work(1)
    run = mt.recent()[0]
    mt.note(run, "first")
    mt.note(run.id[:13], "zweite Notiz: übel")
    assert mt.run(run.id).notes == ("first", "zweite Notiz: übel")
    assert "übel" in str(mt.run(run.id))


def test_kept_value_can_be_loaded_back(store: Path) -> None:
    import pandas as pd

    frame = pd.DataFrame({"x": [1, 2], "s": ["a", None]})

    @mt.component
    def make() -> pd.DataFrame:
        return frame

    make()
    (ref,) = mt.recent()[0].outputs
    keys: list[Any] = [ref.name, ref.digest, ref]
    for key in keys:
        pd.testing.assert_frame_equal(mt.artifact(key).load(), frame)


def test_kept_model_is_not_unpickled_unless_trusted(store: Path) -> None:
    from sklearn.tree import DecisionTreeRegressor

    @mt.component
    def fit() -> DecisionTreeRegressor:
        return DecisionTreeRegressor().fit([[0.0], [1.0]], [0.0, 2.0])

    fit()
    (ref,) = mt.recent()[0].outputs
    with pytest.raises(mt.MltraceError, match="trusted"):
        mt.artifact(ref.name).load()
    assert mt.artifact(ref.name).load(trusted=True).predict([[1.0]]) == pytest.approx([2.0])
