"""A store on a disk that is mounted read-only answers everything, and nothing is made there."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.faults.conftest import Disk

WRITE = """
    import mltrace as mt
    import numpy as np

    @mt.component(tags=["t"])
    def make(number):
        return np.arange(number * 100.0)

    @mt.component
    def use(array):
        return array.sum()

    for number in range(1, 4):
        use(make(number))
"""
ALERT = """
    from datetime import UTC, datetime
    import mltrace as mt

    class AllWrong(mt.Monitor):
        def measure(self, workspace, known):
            yield self.observation("all", "now", at=datetime.now(UTC), state="bad", message="bad")

    print(*mt.evaluate_monitors(AllWrong()).opened)
    mt.sync()
"""


@pytest.fixture
def store(workdir: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name a store on the small disk, in force here and in scripts."""
    monkeypatch.setenv("MLTRACE_URI", str(disk.path / "store"))
    return disk.path / "store"


def _names(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file()
    }


def _ask_everything(uri: Path) -> list[object]:
    workspace = mt.Workspace(uri)
    use = workspace.history("use")[0]
    return [
        workspace.recent().to_dict(),
        workspace.run(use.id).to_dict(),
        workspace.components().to_dict(),
        workspace.tags().to_dict(),
        workspace.trace(use).to_dict(),
        workspace.impact(workspace.history("make")[0]).to_dict(),
        workspace.flagged().to_dict(),
        workspace.review().to_dict(),
        workspace.stale().to_dict(),
        workspace.versions("make").to_dict(),
        workspace.retracted().to_dict(),
        workspace.artifact(workspace.history("make")[0].outputs[0]).load().sum(),
    ]


@pytest.mark.parametrize("is_drained", [True, False])
def test_every_question_is_answered(
    store: Path, disk: Disk, script: Callable[..., str], is_drained: bool, tmp_path: Path
) -> None:
    script(WRITE)
    shutil.copytree(store, tmp_path / "copy")
    expected = _ask_everything(tmp_path / "copy")
    if is_drained:
        script("import mltrace as mt\nmt.sync()")
    disk.remount("ro")
    before = _names(disk.path)
    assert _ask_everything(store) == expected
    health = mt.Workspace(store).doctor(deep=True)
    assert health.is_healthy, health
    assert health.pending is not None
    assert bool(health.pending.num_facts) is not is_drained
    assert _names(disk.path) == before


def test_what_a_killed_reader_left_in_its_log_is_seen(
    store: Path, disk: Disk, script: Callable[..., str]
) -> None:
    script(WRITE)
    script("import mltrace as mt, os\nmt.sync()\nos._exit(0)")  # SQLite does not tidy up
    assert (store / "catalog.db-wal").stat().st_size
    (store / "catalog.db-shm").unlink()
    disk.remount("ro")
    assert len(mt.recent()) == 6


def test_store_of_an_earlier_version_is_read(store: Path, disk: Disk) -> None:
    store.mkdir()
    source = Path(__file__).parents[1] / "unit" / "store" / "database" / "catalog_1.sql"
    database = sqlite3.connect(store / "catalog.db")
    database.executescript(source.read_text())
    database.close()
    disk.remount("ro")
    assert mt.recent()
    assert mt.doctor().schema_version == 1


def test_store_on_a_read_only_disk_is_merged_and_exported(
    store: Path, disk: Disk, script: Callable[..., str], tmp_path: Path
) -> None:
    script(WRITE)
    disk.remount("ro")
    merged = mt.merge(store, tmp_path / "other")
    assert (merged.num_runs, len(mt.Workspace(tmp_path / "other").recent())) == (6, 6)
    assert mt.merge(store, tmp_path / "other").num_values == 0
    assert mt.export(tmp_path / "exported").num_rows["runs"] == 6


def test_writing_is_refused_in_words(store: Path, disk: Disk, script: Callable[..., str]) -> None:
    script(WRITE)
    disk.remount("ro")
    with pytest.raises(mt.StoreError, match=r"[Rr]ead-only"):
        mt.merge(store, disk.path / "new")
    with pytest.raises((mt.StoreError, OSError), match=r"[Rr]ead-only"):
        mt.note(mt.recent()[0], "x")


def test_copies_go_with_the_process(
    store: Path, disk: Disk, script: Callable[..., str], tmp_path: Path
) -> None:
    script(WRITE)
    disk.remount("ro")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    os.environ["TMPDIR"] = str(temporary)
    try:
        assert script("import mltrace as mt\nprint(len(mt.recent()))").strip() == "6"
    finally:
        del os.environ["TMPDIR"]
    assert not list(temporary.iterdir())


def test_marks_are_refused_in_words(store: Path, disk: Disk, script: Callable[..., str]) -> None:
    script(f"{WRITE}\n    mt.sync()")
    disk.remount("ro")
    use = mt.history("use")[0]
    for mark in (mt.pin, lambda run: mt.note(run, "slow"), lambda _: mt.retract("ann")):
        with pytest.raises(mt.StoreError, match=r"^The store at .* is read-only\.$"):
            mark(use)


def test_alerts_are_listed_and_shown_there_but_not_changed(
    store: Path,
    disk: Disk,
    script: Callable[..., str],
    spawn: Callable[..., subprocess.Popen[str]],
) -> None:
    name = script(ALERT).strip()
    disk.remount("ro")
    before = _names(store)

    def cli(*words: str) -> tuple[int, str]:
        process = spawn([sys.executable, "-m", "mltrace", "alerts", *words])
        out, err = process.communicate(timeout=120)
        return process.returncode, out + err

    code, listed = cli()
    assert (code, name in listed) == (1, True)
    assert cli("show", name)[0] == cli("history", name)[0] == 0
    for words in (("ack", name), ("resolve", name), ("snooze", name, "--until", "2h")):
        code, refused = cli(*words)
        assert code == 3, refused
        assert "is read-only" in refused
    assert _names(store) == before
    disk.remount("rw")
    assert mt.alert(name).state == "open"


def test_monitors_are_not_evaluated_and_say_why(
    store: Path, disk: Disk, script: Callable[..., str]
) -> None:
    script(WRITE)
    disk.remount("ro")
    with pytest.raises(mt.StoreError, match=r"[Rr]ead-only"):
        mt.evaluate_monitors(mt.FailureRateMonitor("make", max_rate=0.5))
    assert not mt.alerts()
