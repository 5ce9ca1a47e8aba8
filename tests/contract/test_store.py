"""Where the store is, who touches it, and that nothing is lost or doubled."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

WRITE = """
    import sys
    import mltrace as mt

    @mt.component
    def work(number):
        return number

    for number in range(int(sys.argv[1])):
        work(number)
    loaded = {"sqlalchemy", "sqlite3", "pandas", "polars", "pyarrow", "duckdb"} & set(sys.modules)
    print(*sorted(loaded))
"""


def _databases(folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if path.read_bytes()[:15] == b"SQLite format 3"]


def test_store_is_made_in_the_working_folder(workdir: Path, script: Callable[..., str]) -> None:
    script(WRITE, "1")
    assert (workdir / ".mltrace").is_dir()
    assert len(mt.recent()) == 1


def test_nearest_store_above_is_used(
    workdir: Path, script: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (workdir / ".mltrace").mkdir()
    deep = workdir / "a" / "b"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    script(WRITE, "2")
    assert not (deep / ".mltrace").exists()
    assert len(mt.recent()) == 2
    monkeypatch.chdir(workdir)
    assert len(mt.recent()) == 2


@pytest.mark.parametrize("uri", ["folder", "./deep/folder", "sqlite:///x.db", "sqlite:///{}/y.db"])
def test_uri_chooses_the_store(
    workdir: Path, script: Callable[..., str], monkeypatch: pytest.MonkeyPatch, uri: str
) -> None:
    monkeypatch.setenv("MLTRACE_URI", uri.format(workdir))
    script(WRITE, "3")
    assert len(mt.recent()) == 3
    assert not (workdir / ".mltrace").exists()
    if uri.startswith("sqlite"):
        assert [path.parent for path in _databases(workdir)] == [workdir]
        assert (workdir / Path(uri).name).is_file()


def test_store_can_change_within_a_process(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @mt.component
    def work(number: int) -> int:
        return number

    for number, uri in enumerate(["one", "two", "one"]):
        monkeypatch.setenv("MLTRACE_URI", uri)
        work(number)
    assert [run.params["number"] for run in mt.recent()] == [2, 0]
    monkeypatch.setenv("MLTRACE_URI", "two")
    assert [run.params["number"] for run in mt.recent()] == [1]


@pytest.mark.sqlite_only("looks for the file of the catalog")
def test_writers_never_open_the_database(store: Path, script: Callable[..., str]) -> None:
    assert script(WRITE, "5").split() == []
    assert _databases(store) == []
    assert len(mt.recent()) == 5
    assert len(_databases(store)) == 1


def test_own_writes_are_seen_at_once(store: Path) -> None:
    @mt.component
    def work(number: int) -> int:
        return number

    for number in range(5):
        work(number)
        assert mt.recent(limit=1)[0].params["number"] == number


def test_reading_twice_changes_nothing(store: Path, script: Callable[..., str]) -> None:
    script(WRITE, "20")
    first = mt.recent(limit=100).to_dict()
    assert mt.recent(limit=100).to_dict() == first
    again = script(
        "import mltrace as mt\nprint(len(mt.recent(limit=100)), mt.recent(limit=1)[0].id)"
    )
    assert again.split() == ["20", first[0]["id"]]


def test_racing_readers_lose_and_double_nothing(
    store: Path, script: Callable[..., str], start: Callable[..., subprocess.Popen[str]]
) -> None:
    for _ in range(3):
        script(WRITE, "400")
    readers = [
        start("import mltrace as mt\nprint(len({r.id for r in mt.recent(limit=9999)}))")
        for _ in range(3)
    ]
    answers = [reader.communicate(timeout=60) for reader in readers]
    assert [out.strip() for out, _ in answers] == ["1200"] * 3, answers
    assert len(mt.recent(limit=9999)) == 1200


def test_readers_race_a_living_writer(
    store: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    writer = start(WRITE, "2000")
    seen = 0
    while writer.poll() is None:
        now = len(mt.recent(limit=9999)) if store.exists() else 0
        assert now >= seen
        seen = now
    assert len({run.id for run in mt.recent(limit=9999)}) == 2000


@pytest.mark.sqlite_only("looks for the file of the catalog")
def test_store_folder_can_be_copied(
    store: Path, script: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    script(WRITE, "3")
    before = [run.id for run in mt.recent()]
    script(WRITE, "1")
    shutil.copytree(store, store.with_name("copy"))
    monkeypatch.setenv("MLTRACE_URI", str(store.with_name("copy")))
    assert [run.id for run in mt.recent()][1:] == before


def test_half_written_last_line_is_skipped(store: Path, script: Callable[..., str]) -> None:
    script(WRITE, "3")
    (spool,) = [path for path in store.rglob("*") if path.is_file() and path.stat().st_size > 200]
    content = spool.read_bytes()
    spool.write_bytes(content[:-20])
    runs = mt.recent()
    assert len(runs) == 3
    assert {run.status for run in runs} <= {"succeeded", "aborted"}


@pytest.mark.sqlite_only("looks for the file of the catalog")
def test_store_of_a_newer_mltrace_is_refused_in_words(
    store: Path, script: Callable[..., str], start: Callable[..., subprocess.Popen[str]]
) -> None:
    script(WRITE, "1")
    mt.recent()
    (path,) = _databases(store)
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA user_version = 9999")
    database.execute("UPDATE store_info SET value = '9999' WHERE key LIKE '%version%'")
    database.close()
    out, _ = start(
        """
        import mltrace as mt

        try:
            mt.recent()
        except mt.MltraceError as error:
            print("refused:", error)
        """
    ).communicate(timeout=60)
    assert out.startswith("refused:")
    assert "9999" in out
    assert "upgrade" in out or "newer" in out
    script(WRITE, "1")


def test_package_versions_are_stored_once_per_environment(
    store: Path, script: Callable[..., str]
) -> None:
    for _ in range(3):
        script(WRITE, "2")
    assert len({run.environment for run in mt.recent()}) == 1
    assert mt.recent()[0].environment


def test_empty_store_answers_with_nothing(store: Path) -> None:
    assert list(mt.recent()) == []
    assert list(mt.components()) == []
    assert list(mt.flagged()) == []
    assert list(mt.stale()) == []
    assert mt.review().suspects == ()
