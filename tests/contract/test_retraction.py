"""Labels of data subjects, retracted: what they touch, what was rebuilt, what still must be."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import RetractionReport

RAW = "user\nalice\nbob\n"
CLEAN = "user\nbob\n"


@mt.component
def clean(source: str, target: str) -> None:
    Path(target).write_text(Path(source).read_text().upper())


@mt.component
def train(data: str, model: str) -> None:
    Path(model).write_text(f"model of {Path(data).read_text()}")


@mt.component
def predict(model: str, ids: list[str]) -> mt.Ids:
    Path(model).read_text()
    return mt.Ids(ids, name="scores")


def _pipeline(raw: str = RAW, ids: tuple[str, ...] = ("p1", "p2")) -> None:
    Path("raw.csv").write_text(raw)
    clean("raw.csv", "clean.csv")
    train("clean.csv", "model.txt")
    predict("model.txt", list(ids))


def _states(report: RetractionReport) -> dict[str, str]:
    return {one.name: one.state for one in report.touched}


@pytest.fixture
def labelled(store: Path) -> Path:
    _pipeline()
    mt.subject(["alice", "bob"], on="raw.csv")
    return store


def test_label_spreads_to_everything_made_from_what_holds_it(labelled: Path) -> None:
    report = mt.retract("alice", reason="asked for it")
    assert _states(report) == dict.fromkeys(
        ["raw.csv", "clean.csv", "model.txt", "scores"], "pending"
    )
    assert [one.component for one in report.touched] == [None, "clean", "train", "predict"]
    assert [one.holds_label for one in report.touched] == [True, False, False, False]
    assert report.predictions == ("p1", "p2")
    assert (report.num_touched, report.num_pending, report.num_rebuilt) == (4, 4, 0)
    assert (report.num_predictions, report.num_predictions_pending) == (2, 2)
    assert report.is_retracted
    assert report.retracted_at is not None
    assert report.reason == "asked for it"


def test_label_that_nothing_holds_touches_nothing(labelled: Path) -> None:
    report = mt.retract("carol")
    assert report.num_touched == report.num_predictions == 0
    assert "No artifact is known to hold this label" in str(report)


def test_rebuilt_pipeline_is_reported_as_such(labelled: Path) -> None:
    mt.retract("alice")
    Path("raw.csv").write_text(CLEAN)
    clean("raw.csv", "clean.csv")
    report = mt.retract("alice")
    assert _states(report) == {
        "raw.csv": "rebuilt",
        "clean.csv": "rebuilt",
        "model.txt": "pending",
        "scores": "pending",
    }
    rebuilt = {one.name: one for one in report.touched}
    assert rebuilt["clean.csv"].rebuilt_by == mt.history("clean")[0].id
    assert rebuilt["raw.csv"].rebuilt_by is None
    assert rebuilt["raw.csv"].rebuilt_at is not None
    train("clean.csv", "model.txt")
    predict("model.txt", ["p1"])
    report = mt.retract("alice")
    assert _states(report)["model.txt"] == "rebuilt"
    assert (report.num_predictions, report.num_predictions_pending) == (2, 1)


def test_pending_versions_come_most_upstream_first_whatever_was_run_last(labelled: Path) -> None:
    train("clean.csv", "model.txt")
    clean("raw.csv", "clean.csv")
    names = [one.name for one in mt.retract("alice").touched]
    assert names == ["raw.csv", "clean.csv", "model.txt", "scores"]


def test_versions_that_alternate_are_touched_while_they_hold_the_label(store: Path) -> None:
    _pipeline(RAW)
    mt.subject("alice", on="raw.csv")
    _pipeline(CLEAN)
    assert mt.retract("alice").num_pending == 0
    _pipeline(RAW)
    report = mt.retract("alice")
    assert _states(report)["model.txt"] == "pending"
    assert report.num_pending == report.num_touched == 4
    _pipeline(CLEAN)
    assert _states(mt.retract("alice"))["model.txt"] == "rebuilt"


def test_output_that_is_the_same_without_the_label_counts_as_rebuilt(store: Path) -> None:
    @mt.component
    def count_columns(source: str) -> str:
        Path("columns.txt").write_text(Path(source).read_text().partition("\n")[0])
        return "columns.txt"

    Path("raw.csv").write_text(RAW)
    count_columns("raw.csv")
    mt.subject("alice", on="raw.csv")
    mt.retract("alice")
    Path("raw.csv").write_text(CLEAN)
    count_columns("raw.csv")
    assert _states(mt.retract("alice"))["columns.txt"] == "rebuilt"


def test_anonymising_component_stops_the_label(store: Path) -> None:
    @mt.component(anonymising=True)
    def totals(source: str) -> str:
        Path("totals.txt").write_text(str(len(Path(source).read_text())))
        return "totals.txt"

    @mt.component
    def plot(data: str) -> str:
        Path("plot.svg").write_text(f"<svg>{Path(data).read_text()}</svg>")
        return "plot.svg"

    Path("raw.csv").write_text(RAW)
    clean("raw.csv", "clean.csv")
    plot(totals("clean.csv"))
    mt.subject("alice", on="raw.csv")
    assert set(_states(mt.retract("alice"))) == {"raw.csv", "clean.csv"}
    assert {one.name: one.anonymising for one in mt.components()} == {
        "clean": False,
        "totals": True,
        "plot": False,
    }


def test_pipelines_that_share_names_are_told_apart(store: Path) -> None:
    @mt.component
    def load(source: str) -> pd.DataFrame:
        return pd.read_csv(source)

    @mt.component
    def features(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(length=frame["user"].str.len())

    Path("ours.csv").write_text(RAW)
    Path("theirs.csv").write_text("user\nzoe\n")
    features(load("ours.csv"))
    mt.subject("alice", on="ours.csv")
    features(load("theirs.csv"))
    report = mt.retract("alice")
    assert _states(report) == {"ours.csv": "pending", "load": "pending", "features": "pending"}
    Path("ours.csv").write_text(CLEAN)
    features(load("ours.csv"))
    assert mt.retract("alice").num_pending == 0


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_column_of_a_frame_is_taken_as_labels(store: Path, make: Callable[..., Any]) -> None:
    @mt.component
    def total(visits: Any) -> dict[str, int]:
        return {"rows": len(visits)}

    visits = make({"user": ["alice", "bob", "alice"], "minutes": [3, 5, 2]})
    said = mt.subject(visits["user"], on=visits)
    assert said.num_labels == 2
    with mt.Component("summarise").start(visits=visits) as run:
        run.write(make({"minutes": [10]}), name="summary")
    report = mt.retract("alice")
    assert _states(report) == {"visits": "pending", "summary": "pending"}
    assert report.touched[0].digest == said.digest


def test_source_in_memory_is_rebuilt_once_its_reader_reads_it_without_the_label(
    store: Path,
) -> None:
    @mt.component
    def summarise(df: pd.DataFrame) -> pd.DataFrame:
        return df.groupby("user", as_index=False).sum()

    @mt.component
    def other(df: pd.DataFrame) -> pd.DataFrame:
        return df.head(1)

    frame = pd.DataFrame({"user": ["alice", "bob"], "minutes": [3, 5]})
    summarise(frame)
    mt.subject(frame["user"], on=frame)
    other(pd.DataFrame({"user": ["zoe"], "minutes": [1]}))
    assert mt.retract("alice").num_pending == 2
    summarise(frame[frame["user"] != "alice"])
    assert mt.retract("alice").num_pending == 0


def test_artifact_that_no_run_made_or_read_is_reported(store: Path) -> None:
    Path("export.csv").write_text(RAW)
    mt.subject("alice", on=Path("export.csv"))
    mt.subject("alice", on=pd.DataFrame({"user": ["alice"]}))
    report = mt.retract("alice")
    assert [(Path(one.identity).name, one.state) for one in report.touched] == [
        ("export.csv", "pending"),
        ("", "pending"),
    ]
    assert str(report)


def test_files_in_a_folder_that_holds_the_label_are_touched(store: Path) -> None:
    folder = Path("raw")
    folder.mkdir()
    (folder / "a.csv").write_text(RAW)
    (folder / "b.csv").write_text("user\ncarol\n")

    @mt.component
    def join(parts: Path) -> None:
        Path("all.csv").write_text("".join(path.read_text() for path in sorted(parts.iterdir())))

    join(folder)
    clean("raw/a.csv", "clean.csv")
    mt.subject("alice", on=folder)
    report = mt.retract("alice")
    assert "clean.csv" in _states(report)
    assert "raw" in _states(report)


def test_copy_of_what_holds_the_label_holds_it(labelled: Path) -> None:
    Path("copy.csv").write_text(RAW)
    train("copy.csv", "other.txt")
    assert {"copy.csv", "other.txt"} <= set(_states(mt.retract("alice")))


def test_labels_of_several_calls_add_up(store: Path) -> None:
    _pipeline()
    mt.subject("alice", on="raw.csv")
    mt.subject(["bob"], on="raw.csv")
    assert mt.retract("alice").num_touched == mt.retract("bob").num_touched == 4


@pytest.mark.parametrize("label", ["ålice", "王芳", "a b\tc", "caf\udce9", "👩‍🚀", "x" * 5000])
def test_any_text_can_be_a_label(store: Path, label: str) -> None:
    Path("raw.csv").write_text(RAW)
    mt.subject([label, "other"], on="raw.csv")
    assert mt.retract(label).num_touched == 1
    assert mt.retracted()[0].num_touched == 1
    assert str(mt.retracted())


def test_number_and_uuid_are_their_text(store: Path) -> None:
    Path("raw.csv").write_text(RAW)
    user = UUID(int=7)
    mt.subject([1, 2], on="raw.csv")
    mt.subject(user, on="raw.csv")
    assert mt.retract("1").num_touched == mt.retract(2).num_touched == 1
    assert mt.retract(str(user)).label == str(user)
    assert mt.retract(1).retracted_at == mt.retract("1").retracted_at


def test_version_is_named_by_ref_digest_or_suffix(labelled: Path) -> None:
    ref = mt.history("train")[0].outputs[0]
    for on in (ref, f"model.txt@{(ref.digest or '')[:8]}", mt.File("model.txt")):
        assert mt.subject("dave", on=on).digest == ref.digest
    assert mt.subject("dave", on="s3://bucket/raw.csv").digest is None
    assert mt.retract("dave").num_touched == 3  # the model, its predictions, the URI


def test_subject_is_said_inside_of_a_run(store: Path) -> None:
    @mt.component
    def load() -> pd.DataFrame:
        frame = pd.DataFrame({"user": ["alice"], "minutes": [3]})
        mt.subject(frame["user"], on=frame)
        return frame

    load()
    assert _states(mt.retract("alice")) == {"load": "pending"}


def test_dry_run_reports_and_retracts_nothing(labelled: Path) -> None:
    report = mt.retract("alice", dry_run=True)
    assert (report.num_touched, report.is_retracted, report.retracted_at) == (4, False, None)
    assert mt.retracted() == []


def test_undone_retraction_touches_nothing(labelled: Path) -> None:
    mt.retract("alice")
    mt.retract("bob")
    report = mt.retract("alice", undo=True)
    assert (report.is_retracted, report.num_touched) == (False, 0)
    assert [one.label for one in mt.retracted()] == ["bob"]
    mt.retract("bob", undo=True)
    assert mt.retracted() == []
    assert not (labelled / "touched").exists()


def test_retracted_lists_the_newest_first(labelled: Path) -> None:
    mt.retract("alice")
    mt.retract("carol")
    listed = mt.retracted()
    assert [(one.label, one.num_touched) for one in listed] == [("carol", 0), ("alice", 4)]
    assert listed.to_pandas()["num_pending"].tolist() == [0, 4]


def test_labels_are_in_no_file_but_the_catalog_and_the_spool(labelled: Path) -> None:
    mt.retract("alice")
    mt.sync()
    for path in labelled.rglob("*"):
        if path.is_file() and path.parent.name not in ("spool", "parts"):
            holds = b"alice" in path.read_bytes()
            assert not holds or path.name.startswith("catalog.db") or "blobs" in path.parts, path


def test_equal_sets_are_kept_once_even_where_no_values_are(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLTRACE_KEEP", "0")
    for name in ("a.csv", "b.csv"):
        Path(name).write_text(name)
        mt.subject(["alice", "bob"] if name == "a.csv" else ["bob", "alice"], on=name)
    assert len([path for path in (store / "blobs/parts").rglob("*") if path.is_file()]) == 1
    assert mt.retract("bob").num_touched == 2


@pytest.mark.parametrize(
    ("labels", "on", "error", "match"),
    [
        ([], "raw.csv", mt.ArgumentError, "no labels"),
        ([""], "raw.csv", mt.ArgumentError, "position 0 is an empty text"),
        ([1.5], "raw.csv", mt.ArgumentError, "position 0 is a float"),
        ([None, "a", 1.5], "raw.csv", mt.ArgumentError, "position 2 is a float"),
        ([None], "raw.csv", mt.ArgumentError, "no labels"),
        ([2.0**60], "raw.csv", mt.ArgumentError, "position 0 is a float"),
        ("alice", "clean.cvs", mt.UnknownNameError, "Did you mean 'clean.csv'"),
        ("alice", Path("gone.csv"), mt.UnknownNameError, "gone.csv"),
        ("alice", 5, mt.ArgumentError, "not a int"),
        ("alice", {"a": 1}, mt.ArgumentError, "not a dict"),
        ("alice", "p1", mt.UnknownNameError, "names an output id, not an artifact"),
        (pd.DataFrame({"a": [1]}), "raw.csv", mt.ArgumentError, "one column, not a table"),
    ],
)
def test_mistakes_in_subject_are_said(
    labelled: Path, labels: Any, on: Any, error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        mt.subject(labels, on=on)


def test_mistakes_in_retract_are_said(labelled: Path) -> None:
    mt.retract("alice")
    with pytest.raises(mt.UnknownNameError, match="Did you mean 'alice'"):
        mt.retract("alcie", undo=True)
    with pytest.raises(mt.ArgumentError, match="no age"):
        mt.retract("alice", grace=5)  # type: ignore[call-overload]
    with pytest.raises(mt.ArgumentError, match="not an age"):
        mt.retract("alice", grace="soon")
    with pytest.raises(mt.ArgumentError, match="one text, not a list"):
        mt.retract(["alice"])
    with pytest.raises(mt.ArgumentError, match="None names nobody"):
        mt.retract(None)
    with pytest.raises(mt.ArgumentError, match="retract takes"):
        mt.retract(1.5)
    with pytest.raises(mt.ArgumentError, match="no text"):
        mt.retract("alice", reason=3)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1.0, None, 2.0]),
        pd.Series([1, None, 2], dtype="Int64"),
        pd.Series([1, pd.NA, "2"], dtype="object"),
        pd.Series(["1", None, "2"], dtype="category"),
        pd.Series([1, pd.NaT, 2], dtype="object"),
        pl.Series([1, None, 2]),
        pa.chunked_array([pa.array([1.0, None, 2.0])]),
        {1, None, "2"},
    ],
)
def test_missing_labels_of_a_column_are_left_out_and_counted(labelled: Path, column: Any) -> None:
    said = mt.subject(column, on="raw.csv")
    assert (said.num_labels, said.num_missing) == (2, 1)
    assert [mt.retract(label).num_touched for label in (1, 2.0)] == [4, 4]


def test_frame_that_says_whose_data_it_holds_is_rebuilt_by_its_component(store: Path) -> None:
    visits = pd.DataFrame({"user": ["alice", "bob"], "minutes": [3, 5]})

    @mt.component
    def load(day: int) -> pd.DataFrame:
        frame = visits.copy()
        mt.subject(frame["user"], on=frame)
        return frame

    @mt.component
    def fit(rows: pd.DataFrame) -> str:
        Path("fitted.txt").write_text(str(rows["minutes"].sum()))
        return "fitted.txt"

    fit(load(1))
    assert _states(mt.retract("alice")) == {"load": "pending", "fitted.txt": "pending"}
    visits = visits[visits["user"] != "alice"]
    fit(load(1))
    report = mt.retract("alice")
    assert _states(report) == {"load": "rebuilt", "fitted.txt": "rebuilt"}
    assert report.touched[0].rebuilt_by == mt.history("load")[0].id


def test_retracting_again_keeps_the_first_time_and_takes_reason_and_grace(labelled: Path) -> None:
    first = mt.retract("alice", reason="asked", grace="2h")
    mt.retract("bob")  # a later retraction does not hide the change from writers
    again = mt.retract("alice", grace="1h")
    assert first.retracted_at is not None
    assert again.block_from is not None
    assert again.retracted_at == first.retracted_at
    assert (again.block_from - first.retracted_at).total_seconds() == pytest.approx(3600, abs=1)
    assert again.reason == "asked"
    later = mt.retract("alice", reason="asked twice")
    assert (later.reason, later.block_from) == ("asked twice", again.block_from)
    assert "the policy warn knows no grace period" in str(later)
    assert "no grace period" not in str(mt.retract("bob"))


def test_value_that_no_run_saw_is_listed_as_such(store: Path) -> None:
    frame = pd.DataFrame({"user": ["alice"]})
    mt.subject("alice", on=frame)
    report = str(mt.retract("alice"))
    assert "ARTIFACT" in report
    assert "(a value in no run)" in report


def test_folder_that_no_run_saw_is_listed_as_one_would_write_it_here(store: Path) -> None:
    Path("parts").mkdir()
    Path("parts", "x.csv").write_text("alice\n")
    mt.subject("alice", on="parts/")
    (found,) = mt.retract("alice").touched
    assert (found.name, found.kind) == ("parts", "file")


def _age_kept_values(store: Path) -> None:
    mt.sync()
    for path in (store / "blobs").rglob("*"):
        if path.is_file():
            os.utime(path, (1e9, 1e9))


def test_purge_removes_kept_copies_of_what_is_rebuilt_and_no_others(labelled: Path) -> None:
    old = mt.artifact("raw.csv").ref
    Path("raw.csv").write_text(CLEAN)
    clean("raw.csv", "clean.csv")
    _age_kept_values(labelled)
    report = mt.retract("alice")
    assert report.num_kept == sum(one.is_kept for one in report.touched) == 4
    assert "Copies kept in the store: 4" in str(report)
    purged = mt.retract("alice", purge=True)
    assert (purged.num_purged, purged.num_kept) == (2, 2)
    assert {one.name for one in purged.touched if one.is_kept} == {"model.txt", "scores"}
    with pytest.raises(mt.ValueNotKeptError):
        mt.artifact(old).load()
    assert mt.artifact("raw.csv").load() is not None
    assert mt.retract("alice").num_kept == 2


def test_purge_leaves_copies_that_may_be_in_use(labelled: Path) -> None:
    _pipeline(CLEAN)
    purged = mt.retract("alice", purge=True)
    assert (purged.num_pending, purged.num_purged, purged.num_kept) == (0, 0, 3)
    with pytest.raises(mt.ArgumentError, match="neither undo nor dry_run"):
        mt.retract("alice", undo=True, purge=True)
