"""Predictions on a full disk, in processes that are killed, and in a store that is gone."""

from __future__ import annotations

import os
import shutil
import signal
from typing import TYPE_CHECKING

from tests.logged_rows import read_rows

import mltrace as mt
from mltrace.capture import guard
from mltrace.capture.recorder import current_recorder

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from tests.faults.conftest import Disk

KILLED_LOGGER = """
    import os, sys
    import numpy
    import mltrace as mt

    task = mt.Task("late", kind="binary")
    number = 0
    with mt.Component("predict").start():
        while True:
            task.log_predictions(f"one-{number}", 1, 0.5)
            os.write(1, f"one-{number}\\n".encode())  # a pipe: what got here was acknowledged
            if number % 50 == 0:
                ids = numpy.array([f"many-{number}-{row:05d}" for row in range(3000)])
                task.log_predictions(ids, numpy.ones(3000, int))
                os.write(1, f"many-{number}-02999\\n".encode())
            number += 1
"""


def _num_dropped() -> int:
    recorder = current_recorder()
    assert recorder is not None
    return sum(recorder.health._dropped.values())


def test_full_disk_leaves_the_caller_alone_and_counts_the_rows_that_are_lost(disk: Disk) -> None:
    task = mt.Task("late", kind="binary")
    many = [f"id-{number:013d}" for number in range(10_000)]
    task.log_predictions("before", 1)
    task.log_predictions(many, [1] * 10_000)
    disk.fill()
    before = sum(guard.faults().values())
    for number in range(400):
        task.log_predictions(f"full-{number}", 1, features={"text": "x" * 100})
        task.log_feedback(f"full-{number}", 1)
    task.log_predictions(many, [0] * 10_000)
    task.log_feedback(many, [0] * 10_000)
    assert sum(guard.faults().values()) > before
    assert _num_dropped() >= 20_000
    disk.free()
    task.log_predictions("after", 1)
    task.log_predictions(many[:5000], [1] * 5000)
    ids = [row["id"] for row in read_rows()]
    assert {"before", "after"} <= set(ids)
    assert sum(one.startswith("id-") for one in ids) == 15_000
    assert len(list((disk.path / "store" / "lake" / "batches").iterdir())) == 2
    current_recorder().health.append()  # type: ignore[union-attr]
    mt.sync()
    assert sum(mt.doctor().dropped.values()) >= 20_000


def test_rows_of_a_task_that_begins_on_a_full_disk_are_counted_as_lost(disk: Disk) -> None:
    task = mt.Task("late", kind="binary", positive="late")
    disk.fill()
    task.log_predictions("a", "late")
    task.log_predictions(range(9000), ["late"] * 9000)
    assert _num_dropped() == 9001
    disk.free()
    task.log_predictions("b", "late")
    assert [row["id"] for row in read_rows()] == ["b"]
    assert mt.list_tasks()[0].settings["positive"] == "late"


def test_killed_logger_loses_nothing_that_was_acknowledged(
    workdir: Path, start: Callable[..., subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLTRACE_URI", str(workdir / "store"))
    said = []
    for _ in range(3):
        logger = start(KILLED_LOGGER)
        assert logger.stdout is not None
        said += [logger.stdout.readline().strip() for _ in range(220)]
        os.kill(logger.pid, signal.SIGKILL)
        said += logger.stdout.read().split("\n")[:-1]
        logger.wait()
    ids = [row["id"] for row in read_rows()]
    assert {one for one in said if one} <= set(ids)
    assert sum(one.startswith("many-") for one in ids) % 3000 == 0
    runs = mt.history("predict")
    assert [[ref.name for ref in run.outputs] for run in runs] == [["late"]] * 3
    assert {row["run"] for row in read_rows()} == {run.id for run in runs}


def test_store_that_is_removed_is_made_anew(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLTRACE_URI", str(workdir / "store"))
    task = mt.Task("late", kind="binary", positive="late")
    task.log_predictions("before", "late")
    task.log_predictions(range(9000), ["late"] * 9000)
    shutil.rmtree(workdir / "store")
    task.log_predictions("after", "late")
    task.log_predictions(range(9000), ["late"] * 9000)
    assert {row["id"] for row in read_rows()} == {"after", *map(str, range(9000))}
    (status,) = mt.list_tasks()
    assert (status.kind, status.settings["positive"]) == ("binary", "late")
