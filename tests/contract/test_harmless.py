"""A store that is off, bad or gone never breaks the pipeline."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mltrace as mt
from mltrace.capture.recorder import flush

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _use_everything() -> None:
    @mt.component
    def plain(value: int) -> int:
        return value + 1

    @mt.component(owner="x", tags=["y"])
    async def later(value: int) -> int:
        return value + 2

    @mt.component
    def count(limit: int) -> Iterator[int]:
        yield from range(limit)

    @mt.component
    def fail() -> None:
        raise ValueError("mine")

    Path("raw.txt").write_text("x")
    assert plain(1) == 2
    assert asyncio.run(later(1)) == 3
    assert list(count(3)) == [0, 1, 2]
    with pytest.raises(ValueError, match="mine"):
        fail()
    with mt.Component("block").start(month=3) as run:
        run.read("raw.txt")
        run.write([1, 2], name="out")
        run.param("n", 1)
        run.metric("m", 2)
        run.note("fine")


def test_disabled_means_nothing_happens(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLTRACE_DISABLED", "1")
    _use_everything()
    assert sorted(path.name for path in workdir.iterdir()) == ["raw.txt"]
    assert list(mt.recent()) == []


def test_disabling_needs_no_new_process(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @mt.component
    def work() -> int:
        return 1

    work()
    monkeypatch.setenv("MLTRACE_DISABLED", "1")
    work()
    monkeypatch.delenv("MLTRACE_DISABLED")
    assert len(mt.recent()) == 1


@pytest.mark.parametrize(
    "uri", ["nosuch://host/db", "sqlite:///", "mysql://u:p@h/db", "file.txt/store"]
)
def test_bad_store_leaves_the_pipeline_alone(
    workdir: Path, monkeypatch: pytest.MonkeyPatch, uri: str
) -> None:
    Path("file.txt").write_text("a file, not a folder")
    monkeypatch.setenv("MLTRACE_URI", uri)
    _use_everything()
    with pytest.raises(mt.MltraceError):
        mt.recent()


def test_store_that_cannot_be_made_leaves_the_pipeline_alone(
    workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLTRACE_URI", "/proc/store")
    _use_everything()
    assert mt.recent() == []


def test_vanished_store_leaves_the_pipeline_alone(store: Path) -> None:
    _use_everything()
    assert flush()
    shutil.rmtree(store)
    _use_everything()


def test_vanished_working_folder_leaves_the_pipeline_alone(
    workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @mt.component
    def work(name: str) -> str:
        return name

    gone = workdir / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert work("x") == "x"


@pytest.mark.sqlite_only("damages or locks the file of the catalog")
def test_corrupt_catalog_leaves_the_pipeline_alone(store: Path) -> None:
    _use_everything()
    mt.recent()
    (catalog,) = _databases(store)
    for name in (catalog.name + "-wal", catalog.name + "-shm"):
        (store / name).unlink(missing_ok=True)
    catalog.write_bytes(b"no database at all " * 500)
    _use_everything()


@pytest.mark.sqlite_only("damages or locks the file of the catalog")
def test_locked_catalog_does_not_hold_up_the_pipeline(store: Path) -> None:
    _use_everything()
    mt.recent()
    (catalog,) = _databases(store)
    lock = sqlite3.connect(catalog, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
        _use_everything()
    finally:
        lock.close()
    assert len(mt.history("plain")) == 2


def _databases(folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if path.read_bytes()[:15] == b"SQLite format 3"]


def test_bad_artifact_folder_leaves_the_pipeline_alone(
    store: Path, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workdir / "plain.txt").write_text("x")
    monkeypatch.setenv("MLTRACE_ARTIFACTS", str(workdir / "plain.txt" / "blobs"))
    _use_everything()
    monkeypatch.delenv("MLTRACE_ARTIFACTS")
    assert len(mt.history("plain")) == 1


def test_nothing_is_printed(store: Path, script: Callable[..., str]) -> None:
    out = script(
        """
        import mltrace as mt

        @mt.component
        def work(path):
            return path

        work("nothing")
        """
    )
    assert out == ""


def test_working_folder_and_environment_stay_as_they_are(store: Path, workdir: Path) -> None:
    before = dict(os.environ)
    _use_everything()
    mt.recent()
    assert dict(os.environ) == before
    assert Path.cwd() == workdir
    assert [path.name for path in workdir.iterdir()] == ["raw.txt"]
