"""What is matched stays right with many processes, some killed, on a full or a read-only disk."""

from __future__ import annotations

import json
import os
import shutil
import signal
from typing import TYPE_CHECKING, Any

import pytest
from tests.matched_tasks import METRICS, asked, computed_anew, forget, kept_files, log_task

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.conftest import Disk

ASKING = f"""
    import json, os, sys
    import mltrace as mt

    metrics = {METRICS!r}
    task = mt.Task("late", kind="binary")
    for step in range(int(sys.argv[1])):
        number = f"{{os.getpid()}}-{{step % 50}}"
        task.log_predictions([f"{{number}}-{{row}}" for row in range(40)], [step % 2] * 40,
                             scores=[0.5] * 40, at="2026-05-02T10:00")
        task.log_feedback([f"{{number}}-{{row}}" for row in range(step % 40)], [1] * (step % 40))
        rows = task.metrics(metrics, window="1d")
        os.write(1, b".")
    print(json.dumps([[row.metric, row.value, row.num_labels] for row in rows]))
"""


def _told() -> list[Any]:
    return [[row["metric"], row["value"], row["num_labels"]] for row in asked()]


def test_processes_that_ask_and_log_at_once_agree_with_one_computation(
    store: Path, start: Callable[..., subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    log_task(0, 50)
    processes = [start(ASKING, "6") for _ in range(3)]
    for process in processes:
        out, err = process.communicate(timeout=100)
        assert process.returncode == 0, err
        assert json.loads(out.lstrip("."))
    assert asked() == computed_anew(monkeypatch)
    assert len([path for path in kept_files(store) if path.name == "manifest"]) == 1


def test_killed_processes_leave_what_is_right_and_little_else(
    store: Path, start: Callable[..., subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    log_task(0, 50)
    for patience in (1, 2, 4):
        process = start(ASKING, "100000")
        assert process.stdout is not None
        process.stdout.read(patience)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        answer = _told()
        assert answer == [
            [row["metric"], row["value"], row["num_labels"]] for row in computed_anew(monkeypatch)
        ]
    assert len(kept_files(store)) < 20


def test_full_disk_spoils_no_answer(disk: Disk) -> None:
    log_task(0, 50)
    mt.sync()
    disk.fill()
    first = asked()
    forget()
    assert asked() == first
    assert kept_files(disk.path / "store") == []
    disk.free()
    forget()
    assert asked() == first
    assert len(kept_files(disk.path / "store")) == 3


@pytest.mark.parametrize("is_asked_before", [False, True])
def test_store_that_may_only_be_read_is_answered_from_what_is_kept_or_anew(
    disk: Disk, script: Callable[..., str], *, is_asked_before: bool
) -> None:
    told = script(ASKING, "1")
    if not is_asked_before:
        shutil.rmtree(disk.path / "store" / "matched")
    disk.remount("ro")
    files = kept_files(disk.path / "store")
    assert _told() == json.loads(told.lstrip("."))
    assert bool(files) == is_asked_before
    assert kept_files(disk.path / "store") == files
    disk.remount("rw")
