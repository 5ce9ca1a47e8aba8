"""Questions in SQL as users ask them: views, parameters, kept tables, results."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy
import pandas as pd
import pytest

import mltrace as mt
from mltrace.query import asking
from mltrace.query.asking import Bounds
from mltrace.query.row_files import RowFiles
from mltrace.query.views import VIEWS
from mltrace.store.mirroring import marks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def prices(store: Path) -> Callable[..., pd.DataFrame]:
    """Log clean -> features -> train, with values kept."""

    @mt.component(owner="data-eng", tags=["prices"], after=[mt.RowCount(min=2)])
    def clean(number: int) -> pd.DataFrame:
        return pd.DataFrame({"id": range(number), "price": [1.5 * n for n in range(number)]})

    @mt.component
    def features(frame: pd.DataFrame) -> pd.DataFrame:
        changed = frame.copy()
        changed.loc[1, "price"] = 99.0
        return changed.drop(index=2)

    def log(number: int) -> pd.DataFrame:
        return features(clean(number))

    log(3)
    return log


def test_views_join_runs_with_what_they_read_and_checked(prices: Callable[..., Any]) -> None:
    (row,) = mt.sql(
        "SELECT c.component, c.check_name, c.status, d.component AS reader, a.num_rows "
        "FROM checks c JOIN dependencies d ON d.upstream_run_id = c.run_id "
        "JOIN artifacts a USING (digest) WHERE a.name = 'clean' ORDER BY 1"
    )
    assert row == {
        "component": "clean",
        "check_name": "RowCount",
        "status": "passed",
        "reader": "features",
        "num_rows": 3,
    }


def test_every_view_has_the_columns_that_it_declares(prices: Callable[..., Any]) -> None:
    arrow = {
        "VARCHAR": ("string",),
        "BIGINT": ("int64",),
        "DOUBLE": ("double",),
        "BOOLEAN": ("bool",),
        "DOUBLE[]": ("list<element: double>", "list<l: double>", "list<item: double>"),
        "TIMESTAMP WITH TIME ZONE": ("timestamp[us, tz=UTC]",),
        "STRUCT": ("struct<none: string>",),
    }
    for view in VIEWS.values():
        answer = mt.sql(f"SELECT * FROM {view.name}")
        assert answer.columns == tuple(column.name for column in view.columns), view.name
        for column, found in zip(view.columns, answer.types, strict=True):
            assert found in arrow[column.type], (view.name, column.name)


def test_views_tell_of_themselves(store: Path) -> None:
    told = {row["name"]: row["num_columns"] for row in mt.sql("FROM views")}
    assert told == {name: len(view.columns) for name, view in VIEWS.items()}
    (row,) = mt.sql("SELECT type, about FROM columns WHERE view = 'runs' AND name = 'run_id'")
    assert row == {"type": "VARCHAR", "about": "its id, a UUIDv7 as text"}


def test_profiles_have_a_row_for_each_column(prices: Callable[..., Any]) -> None:
    rows = mt.sql(
        "SELECT column_name, num_table_rows, max, p50 FROM profiles JOIN artifacts USING (digest) "
        "WHERE name = 'clean' ORDER BY column_name"
    )
    assert list(rows) == [
        {"column_name": "id", "num_table_rows": 3, "max": 2.0, "p50": 1.0},
        {"column_name": "price", "num_table_rows": 3, "max": 3.0, "p50": 1.5},
    ]


def test_predictions_are_joined_with_their_labels_in_batches_and_compacted(store: Path) -> None:
    late = mt.Task("late", kind="binary")
    ids = ["UA-1", "B6-7", "DL-4"]
    late.log_predictions(ids, [1, 0, 0], scores=[0.9, 0.2, 0.4], features={"carrier": list("UBD")})
    late.log_predictions("B6-7", 1, scores=0.6, features={"carrier": "B"})
    late.log_feedback(ids[:2], [1, 0])
    mt.Task("minutes", kind="regression").log_predictions(ids, [31.5, -4.0, 12.0])
    wrong = (
        "SELECT features.carrier, l.prediction, l.label FROM labelled l JOIN predictions p "
        "ON p.id = l.id AND p.predicted_at = l.predicted_at WHERE l.task = 'late' AND NOT is_same"
    )
    for _ in range(2):
        assert list(mt.sql(wrong)) == [{"carrier": "B", "prediction": "1", "label": "0"}]
        counted = mt.sql("SELECT task, sum(number) AS s FROM predictions GROUP BY 1 ORDER BY 1")
        assert list(counted) == [{"task": "late", "s": 2.0}, {"task": "minutes", "s": 39.5}]
        accuracy = "SELECT value, num_labels FROM metrics WHERE task = $t AND metric = 'accuracy'"
        assert list(mt.sql(accuracy, t="late")) == [{"value": 0.5, "num_labels": 2}]
        mt.sync()


@pytest.mark.sqlite_only("the lake lies beside either catalog")
@pytest.mark.parametrize("is_there", [True, False])
def test_predictions_that_cannot_be_read_are_not_left_out(store: Path, is_there: bool) -> None:
    mt.Task("late", kind="binary").log_predictions(["a", "b"], [0, 1])
    mt.sync()
    for segment in store.rglob("lake/**/*.parquet"):
        segment.write_bytes(b"damaged") if is_there else segment.unlink()
    with pytest.raises(mt.StoreCorruptError, match="damaged" if is_there else "2 pred.* missing"):
        mt.sql("SELECT count(*) FROM predictions")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (numpy.int64(7), 7),
        (0.5, 0.5),
        (numpy.float64(0.5), 0.5),
        (numpy.str_("a"), "a"),
        (numpy.array(["a", "b"]), ["a", "b"]),
        (pd.Series([1, 2]), [1, 2]),
        (numpy.datetime64("2026-01-02", "ns"), datetime(2026, 1, 2, tzinfo=UTC)),
        (pd.Timestamp("2026-01-02"), datetime(2026, 1, 2, tzinfo=UTC)),
        (pd.Timestamp("2026-01-02", tz="UTC"), datetime(2026, 1, 2, tzinfo=UTC)),
        (pd.NaT, None),
        ("it's; DROP TABLE runs --", "it's; DROP TABLE runs --"),
        (b"\x00", b"\x00"),
        (uuid.UUID(int=1), str(uuid.UUID(int=1))),
        (datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)),
        (["a", "b"], ["a", "b"]),
    ],
)
@pytest.mark.sqlite_only("DuckDB sees neither kind of catalog")
def test_parameters_are_values(store: Path, value: Any, told: Any) -> None:
    assert mt.sql("SELECT $given AS found", given=value)[0]["found"] == told


@pytest.mark.sqlite_only("DuckDB sees neither kind of catalog")
def test_a_wrong_parameter_is_refused(store: Path) -> None:
    with pytest.raises(mt.ArgumentError, match=r"\$given is a object; accepted: None"):
        mt.sql("SELECT $given", given=object())
    with pytest.raises(mt.ArgumentError, match="given"):
        mt.sql("SELECT $given")
    with pytest.raises(mt.ArgumentError, match="whole number of more than 64 bits"):
        mt.sql("SELECT $given", given=2**70)
    with pytest.raises(mt.ArgumentError, match=r"\$given has a half of a surrogate pair at 1"):
        mt.sql("SELECT $given", given="a\ud800")
    with pytest.raises(mt.ArgumentError, match="The query is a int; give a text"):
        mt.sql(5)  # type: ignore[arg-type]


@pytest.mark.sqlite_only("DuckDB sees neither kind of catalog")
def test_a_message_points_at_what_is_wrong(store: Path) -> None:
    with pytest.raises(mt.ArgumentError, match=r"LINE 2: FROM runz\n             \^"):
        mt.sql("SELECT 1\nFROM runz")
    with pytest.raises(mt.ArgumentError, match=r'near "wher"|LINE 1'):
        mt.sql("SELECT 1 FROM runs wher x = 1")
    with pytest.raises(mt.ArgumentError, match=r'"statuz" not found[^\n]*\nLINE 1'):
        mt.sql("SELECT statuz FROM runs")


@pytest.mark.sqlite_only("DuckDB sees neither kind of catalog")
def test_a_result_turns_into_what_is_wanted(store: Path) -> None:
    result = mt.sql("SELECT range AS n, sum(range) OVER () AS s, 1.5 AS d FROM range(3)")
    assert (len(result), result.columns) == (3, ("n", "s", "d"))
    assert result[-1]["n"] == 2
    assert result.to_arrow().num_rows == 3
    assert result.to_pandas()["s"].tolist() == [3, 3, 3]
    assert result.to_polars()["n"].to_list() == [0, 1, 2]
    assert result.to_dict()[0] == {"n": 0, "s": 3, "d": 1.5}
    assert str(result).splitlines()[0].split() == ["n", "s", "d"]
    assert mt.sql("SELECT 1 AS a, 2 AS a, 3 AS a_1").columns == ("a", "a_2", "a_1")
    assert mt.sql(f"SELECT 1 AS a{', 1 AS a' * 10_000}").columns[-1] == "a_10000"  # not by squares


def test_a_kept_table_is_called_by_name_and_version(prices: Callable[..., Any]) -> None:
    prices(5)
    old = mt.versions("clean")[1]
    assert mt.sql("SELECT sum(price) AS s FROM artifact('clean')")[0]["s"] == 15.0
    assert old.digest is not None
    named = f"clean@{old.digest[:8]}"
    assert mt.sql("SELECT count(*) AS n FROM artifact($ref)", ref=named)[0]["n"] == 3
    before = mt.history("clean")[0].started_at.isoformat()
    at = "SELECT count(*) AS n FROM artifact_at('clean', $at)"
    assert mt.sql(at, at=before)[0]["n"] == 3
    joined = "SELECT count(*) AS n FROM artifact('clean') a JOIN artifact('features') b USING (id)"
    assert mt.sql(joined)[0]["n"] == 4


@pytest.mark.sqlite_only("kept values lie beside either catalog")
def test_a_called_table_has_the_names_that_the_query_gives(prices: Callable[..., Any]) -> None:
    named = mt.sql("SELECT cost FROM artifact('clean') AS t(number, cost) WHERE number = 1")
    assert list(named) == [{"cost": 1.5}]
    beside = "WITH artifact_1 AS (SELECT 1) SELECT count(*) AS n FROM artifact('clean')"
    assert mt.sql(beside)[0] == {"n": 3}
    by_place = mt.sql("SELECT #2 FROM artifact('clean') ORDER BY 1 DESC LIMIT 1")
    assert list(by_place) == [{"price": 3.0}]


def test_changes_are_told_by_key(prices: Callable[..., Any]) -> None:
    clean, features = mt.versions("clean")[0], mt.versions("features")[0]
    params = {"a": f"clean@{clean.digest}", "b": f"features@{features.digest}"}
    rows = mt.sql("FROM changes('clean', $a, $b) ORDER BY id", **params)
    assert list(rows) == [
        {
            "change": "changed",
            "id": 1,
            "changed": ["price"],
            "before": {"price": 1.5},
            "after": {"price": 99.0},
        },
        {"change": "removed", "id": 2, "changed": [], "before": {"price": 3.0}, "after": None},
    ]
    back = mt.sql("SELECT change, id FROM changes('clean', $b, $a, 'id') ORDER BY id", **params)
    assert [row["change"] for row in back] == ["changed", "added"]
    with pytest.raises(mt.ArgumentError, match=r"'idd' is not in both versions\. Did you mean"):
        mt.sql("FROM changes('clean', $a, $b, 'idd')", **params)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("FROM artifact('claen')", "Did you mean 'clean'"),
        ("FROM artifact(1)", "write artifact"),
        ("FROM artifact(lower('CLEAN'))", "with arguments that it does not take"),
        ("FROM artifact('clean', 'x')", "with arguments that it does not take"),
        ("FROM artifact_at('clean', 'someday')", "is not a time"),
    ],
)
@pytest.mark.sqlite_only("calls are read from the query")
def test_a_wrong_call_is_refused(prices: Callable[..., Any], query: str, said: str) -> None:
    with pytest.raises(mt.MltraceError, match=said):
        mt.sql(query)


@pytest.mark.sqlite_only("kept values lie beside either catalog")
def test_a_kept_table_is_bounded(prices: Callable[..., Any]) -> None:
    with pytest.raises(mt.NotEvaluatedError, match="clean has more than 1 rows"):
        mt.Workspace().sql("FROM artifact('clean')", bounds=Bounds(num_rows_read=1))


def test_old_rows_come_from_the_mirror(
    prices: Callable[..., Any], store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "ROWS", 2)
    for number in range(4, 8):
        prices(number)
    query = "SELECT component, count(*) AS n, count(DISTINCT run_id) AS d FROM reads GROUP BY ALL"
    before = mt.sql(query).to_dicts()
    assert before == [{"component": "features", "n": 5, "d": 5}]
    assert list((store / "mirror").glob("reads-*.parquet"))
    assert mt.sql("SELECT count(*) AS n FROM runs")[0]["n"] == 10
    run = mt.recent(limit=10)[-1].id
    assert mt.sql("SELECT component FROM runs WHERE run_id = $run", run=run)[0] == {
        "component": "clean"
    }


@pytest.mark.parametrize("are_in_memory", [True, False])
def test_what_is_logged_between_queries_is_seen_beside_the_mirror(
    prices: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, are_in_memory: bool
) -> None:
    monkeypatch.setattr(marks, "ROWS", 2)
    if not are_in_memory:
        monkeypatch.delattr("os.memfd_create", raising=False)
        monkeypatch.setattr(asking, "row_files", RowFiles())
    for number in range(4, 9):
        prices(number)
        (row,) = mt.sql("SELECT count(*) AS n, max(component) AS last FROM runs")
        assert row == {"n": 2 * (number - 2), "last": "features"}
        (row,) = mt.sql("SELECT started_at, run_id FROM runs ORDER BY ALL DESC LIMIT 1")
        assert row["run_id"] == mt.recent(limit=1)[0].id


def test_a_store_that_is_not_there_answers_and_is_not_made(store: Path) -> None:
    assert mt.sql("SELECT count(*) AS n FROM runs")[0]["n"] == 0
    assert not (store / "catalog.db").exists()
