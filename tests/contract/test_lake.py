"""What is kept of predictions and labels: compacted, moved, removed and examined by users."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from typing import TYPE_CHECKING, Any

import numpy
import pyarrow.parquet
import pytest

import mltrace as mt
from mltrace.store.lake.reading import LakeReader
from mltrace.store.lake.segments import live_segments
from mltrace.verbs import default_workspace

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from mltrace.store.lake.segments import Segment

NOON = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)


def log_some(num_rows: int, *, day: int = 0, prefix: str = "id") -> None:
    ids = [f"{prefix}-{day}-{number:06d}" for number in range(num_rows)]
    task = mt.Task("late", kind="binary")
    task.log_predictions(
        ids,
        scores=numpy.linspace(0, 1, num_rows),
        features={"carrier": ["UA"] * num_rows},
        at=NOON + dt.timedelta(days=day),
    )


def segments() -> list[Segment]:
    workspace = default_workspace()
    workspace.sync()
    with workspace.store.reading() as connection:
        return live_segments(connection)


def rows() -> list[tuple[Any, ...]]:
    store = default_workspace().store
    with store.reading() as connection:
        reader = LakeReader(connection, store.location.lake)
        found = reader.read("late", "predictions").to_pylist()
        assert not reader.left_out
    return sorted((row["id"], row["score"], row["at"]) for row in found)


@pytest.fixture
def artifacts(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Share a folder of values and of the lake."""
    folder = workdir.parent / "artifacts"
    monkeypatch.setenv("MLTRACE_ARTIFACTS", str(folder))
    return folder


def test_sync_compacts_what_was_logged_and_keeps_every_row(
    store: Path, cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    for day in range(3):
        log_some(3_000, day=day)
    task = mt.Task("late", kind="binary")
    task.log_predictions("single", 1, 0.5, at=NOON)
    task.log_feedback(["single"], [0])
    before = rows()
    assert cli("sync").returncode == 0
    found = segments()
    assert [(one.kind, one.num_rows, one.is_compacted) for one in found] == [
        ("predictions", 9_001, True),
        ("feedback", 1, True),
    ]
    assert rows() == before


def test_rows_on_a_server_are_in_its_catalog_unless_a_folder_is_shared(
    store: Path, database: str
) -> None:
    log_some(5_000)
    (segment,) = segments()
    assert (segment.file is None) == (database == "postgresql")
    assert (store / "lake").exists() == (database == "sqlite")


def test_rows_in_a_shared_folder_are_plain_parquet(store: Path, artifacts: Path) -> None:
    log_some(5_000)
    (segment,) = segments()
    path = artifacts / "lake" / str(segment.file)
    table = pyarrow.parquet.read_table(path)
    assert table.num_rows == 5_000
    assert set(table.column("task").to_pylist()) == {"late"}
    assert table.schema.field("at").type == pyarrow.timestamp("us", "UTC")


def test_host_that_does_not_see_the_folder_is_told_which_files_are_missing(
    store: Path, artifacts: Path, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    log_some(5_000)
    segments()
    monkeypatch.setenv("MLTRACE_ARTIFACTS", str(artifacts.with_name("elsewhere")))
    default_workspace().close()
    health = mt.doctor()
    (finding,) = [one for one in health.findings if one.about == "lake"]
    assert "1 file is missing" in finding.message
    assert "5,000 predictions" in finding.message
    assert ("MLTRACE_ARTIFACTS" in finding.remedy) == (database == "postgresql")
    assert not health.is_healthy


def test_merged_store_has_the_rows_once_however_often_it_is_merged(
    store: Path, workdir: Path
) -> None:
    log_some(5_000)
    mt.Task("late", kind="binary").log_predictions("single", 1, 0.5, at=NOON)
    target = workdir.parent / "target"
    uri = default_workspace().settings.uri
    assert mt.merge(uri, into=target).num_predictions == 5_001
    mt.sync()
    assert mt.merge(uri, into=target).num_predictions == 0
    with mt.Workspace(target).store.reading() as connection:
        assert sum(one.num_rows for one in live_segments(connection)) == 5_001


@pytest.mark.sqlite_only("a folder is copied")
def test_copied_store_has_all_rows_and_brings_back_what_it_has_more(
    store: Path, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_some(5_000)
    mt.sync()
    before = rows()
    copy = workdir.parent / "copy"
    shutil.copytree(store, copy)
    monkeypatch.setenv("MLTRACE_URI", str(copy))
    assert rows() == before
    log_some(10, day=1)
    mt.sync()
    monkeypatch.setenv("MLTRACE_URI", str(store))
    assert mt.merge(copy).num_predictions == 10
    assert len(rows()) == 5_010


def test_gc_lets_predictions_go_by_their_age(
    store: Path, cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    log_some(300)
    mt.sync()
    log_some(200, day=(dt.datetime.now(dt.UTC) - NOON).days)
    told = cli("gc", "--predictions-older-than", "30d")
    assert "300 predictions and labels" in told.stdout
    assert len(rows()) == 500
    assert cli("gc", "--predictions-older-than", "30d", "--yes").returncode == 0
    assert len(rows()) == 200
    assert "There is nothing to remove" in cli("gc", "--predictions-older-than", "30d").stdout


def test_setting_says_when_predictions_go(store: Path, workdir: Path) -> None:
    log_some(300)
    text = '[retention]\npredictions_older_than = "30d"\n'
    (workdir / "mltrace.toml").write_text(text, encoding="utf-8")
    collected = mt.Workspace().gc(yes=True)
    assert collected.num_predictions == 300
    assert rows() == []


def test_doctor_tells_how_many_predictions_there_are(
    store: Path, cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    log_some(5_000)
    mt.sync()
    said = cli("doctor", "--deep")
    assert "5,000 predictions and labels" in said.stdout
    assert said.returncode == 0


@pytest.mark.sqlite_only("the files are the same")
def test_doctor_finds_damaged_and_abandoned_files(store: Path) -> None:
    log_some(5_000)
    mt.sync()
    (path,) = (store / "lake" / "segments").iterdir()
    content = bytearray(path.read_bytes())
    content[500] ^= 1
    path.write_bytes(content)
    assert mt.doctor().is_healthy
    (finding,) = [one for one in mt.doctor(deep=True).findings if one.about == "lake"]
    assert "Damaged: 5,000 predictions" in finding.message
    left = store / "lake" / "batches" / "x.batch"
    left.write_bytes(b"")
    os.utime(left, (0, 0))
    (finding,) = [one for one in mt.doctor().findings if one.about == "lake"]
    assert finding.severity == "notice"
    assert "1 file is left" in finding.message


def test_rows_that_stay_are_listed_by_their_times_in_whatever_order_they_were_logged(
    store: Path,
) -> None:
    now = dt.datetime.now(dt.UTC)
    times = [now - dt.timedelta(days=days) for days in (1, 20, 3, 2)]
    mt.Task("late", kind="binary").log_predictions(["a", "b", "c", "d"], [1, 0, 1, 0], at=times)
    mt.Workspace().gc(predictions_older_than="10d", yes=True)
    (segment,) = segments()
    assert segment.num_rows == 3
    assert segment.last_at - segment.first_at == 2 * 86_400 * 10**9


@pytest.mark.sqlite_only("the tables are the same")
def test_export_lists_tasks_and_the_segments_in_force(store: Path, workdir: Path) -> None:
    log_some(5_000)
    mt.sync()
    mt.export("exported")
    (task,) = pyarrow.parquet.read_table("exported/tasks.parquet").to_pylist()
    assert (task["name"], task["kind"]) == ("late", "binary")
    (segment,) = pyarrow.parquet.read_table("exported/segments.parquet").to_pylist()
    assert (segment["num_rows"], segment["first_at"]) == (5_000, NOON)
    assert (store / "lake" / segment["file"]).exists()
