"""Stores that are copied or merged while others write and read: nothing acknowledged is lost."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable

NUM_COPIES = 4
WRITER = """
    import os, sys
    import mltrace as mt

    @mt.component
    def work(number):
        return number

    turn = 0
    while True:
        pid = os.fork()  # a process of its own, whose spool file goes once it is drained
        if pid == 0:
            for number in range(turn * 30, turn * 30 + 30):
                work(number)
                os.write(1, b"%d\\n" % number)
            os._exit(0)
        os.waitpid(pid, 0)
        turn += 1
"""
READER = """
    import mltrace as mt

    print("reads", flush=True)
    while True:
        mt.sync()
"""


@pytest.fixture
def acknowledged(
    store: Path, workdir: Path, start: Callable[..., subprocess.Popen[str]]
) -> Callable[[], set[int]]:
    """Write runs for as long as the test lasts; tell which are acknowledged so far."""
    writer = start(WRITER)
    assert writer.stdout is not None
    lines = writer.stdout
    seen: set[int] = set()

    def _acknowledged() -> set[int]:
        wanted = len(seen) + 60
        while len(seen) < wanted:
            seen.add(int(lines.readline()))
        return set(seen)

    return _acknowledged


def _numbers(uri: Path) -> list[int]:
    workspace = mt.Workspace(uri)
    runs = workspace.recent(None, status="succeeded")
    workspace.close()
    return [run.params["number"] for run in runs]


@pytest.mark.parametrize("is_read", [False, True])
def test_merge_takes_all_that_was_acknowledged(
    store: Path,
    acknowledged: Callable[[], set[int]],
    start: Callable[..., subprocess.Popen[str]],
    is_read: bool,
) -> None:
    if is_read:
        reader = start(READER)
        assert reader.stdout is not None
        assert reader.stdout.readline() == "reads\n"
    for turn in range(NUM_COPIES):
        before = acknowledged()
        mt.merge(store, f"copy{turn}")
        numbers = _numbers(Path(f"copy{turn}"))
        assert before <= set(numbers)
        assert len(numbers) == len(set(numbers))


def test_copy_of_a_folder_that_only_writers_use_has_all_that_was_acknowledged(
    store: Path, acknowledged: Callable[[], set[int]]
) -> None:
    for turn in range(NUM_COPIES):
        before = acknowledged()
        copy = Path(f"copy{turn}")
        subprocess.run(["cp", "-r", str(store), str(copy)], check=False, capture_output=True)
        numbers = _numbers(copy)
        assert before <= set(numbers)
        assert len(numbers) == len(set(numbers))
        if turn == 2:
            assert before <= set(_numbers(store))  # now and then it is drained, but not meanwhile


def test_spool_copied_before_the_catalog_loses_and_doubles_nothing(
    store: Path, acknowledged: Callable[[], set[int]]
) -> None:
    for turn in range(NUM_COPIES):
        before = acknowledged()
        copy = Path(f"copy{turn}")
        shutil.copytree(store / "spool", copy / "spool", ignore=shutil.ignore_patterns("*.new"))
        assert before <= set(_numbers(store))  # drains: spool files go, offsets move on
        for path in store.glob("catalog.db*"):
            shutil.copyfile(path, copy / path.name)
        numbers = _numbers(copy)
        assert before <= set(numbers)
        assert len(numbers) == len(set(numbers))


def test_copy_merged_back_changes_nothing(store: Path, script: Callable[..., str]) -> None:
    script(
        """
        import mltrace as mt

        @mt.component
        def work(number):
            return number

        for number in range(50):
            work(number)
        mt.sync()
        """
    )
    before = mt.recent(None).to_dict()
    shutil.copytree(store, "copy")
    merged = mt.merge("copy", store)
    assert (merged.num_new_runs, merged.num_changed_runs) == (0, 0)
    assert mt.recent(None).to_dict() == before
