"""What an export does to the folder that it goes into, whatever interrupts it."""

from __future__ import annotations

import itertools
import os
import signal
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mltrace as mt
from mltrace.store.exporting.shapes import SHAPES

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

NUM_FILES = len(SHAPES) + 1

KILLED_AT_RENAME = """
    import os, signal, sys
    import mltrace as mt

    rename, left = os.rename, int(sys.argv[1])

    def count_down(*places):
        global left
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        rename(*places)

    os.rename = count_down
    mt.export("exported")
"""
KILLED_WHILE_WRITING = """
    import os, signal
    import mltrace as mt

    def stop(work, done, total):
        if work == "Exporting":
            os.kill(os.getpid(), signal.SIGKILL)

    mt.Workspace(on_progress=stop).export("exported")
"""


def _content(folder: str = "exported") -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def _interrupt_rename(patch: pytest.MonkeyPatch, number: int) -> None:
    rename, calls = os.rename, itertools.count()

    def interrupted(source: Path, target: Path) -> None:
        if next(calls) == number:
            raise KeyboardInterrupt
        rename(source, target)

    patch.setattr(os, "rename", interrupted)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("number", [0, 1, 2, NUM_FILES, 2 * NUM_FILES - 1])
def test_an_export_interrupted_while_it_takes_its_place_leaves_the_earlier_one(
    pipeline: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    mt.export("exported")
    before = _content()
    mt.note(mt.history("train")[0], "slow")
    with monkeypatch.context() as patch:
        _interrupt_rename(patch, number)
        with pytest.raises(KeyboardInterrupt):
            mt.export("exported")
    assert _content() == before
    mt.export("exported")
    assert _content().keys() == before.keys()
    assert _content()["notes.parquet"] != before["notes.parquet"]


@pytest.mark.sqlite_only
def test_a_first_export_that_is_interrupted_leaves_nothing(
    pipeline: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        _interrupt_rename(patch, NUM_FILES)
        with pytest.raises(KeyboardInterrupt):
            mt.export("exported")
    assert not Path("exported").exists()


@pytest.mark.sqlite_only
@pytest.mark.parametrize("number", [1, NUM_FILES])
def test_the_next_export_puts_right_what_a_killed_one_left(
    pipeline: Path, script: Callable[..., str], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    mt.export("exported")
    before = _content()
    script(KILLED_AT_RENAME, str(number), code=-signal.SIGKILL)
    with pytest.raises(KeyboardInterrupt):
        mt.Workspace(on_progress=_stop).export("exported")
    assert _content() == before
    script(KILLED_WHILE_WRITING, code=-signal.SIGKILL)
    mt.export("exported")
    assert _content().keys() == before.keys()


def _stop(work: str, _done: int, _total: int) -> None:
    if work == "Exporting":
        raise KeyboardInterrupt


@pytest.mark.sqlite_only
def test_a_killed_first_export_is_replaced(pipeline: Path, script: Callable[..., str]) -> None:
    script(KILLED_WHILE_WRITING, code=-signal.SIGKILL)
    mt.export("exported")
    assert len(_content()) == NUM_FILES
    assert not [path for path in Path().iterdir() if path.name.startswith(".")]


@pytest.mark.sqlite_only
def test_a_private_folder_stays_private(pipeline: Path) -> None:
    Path("exported").mkdir(mode=0o700)
    for _ in range(2):
        mt.export("exported")
        assert stat.S_IMODE(Path("exported").stat().st_mode) == 0o700


@pytest.mark.sqlite_only
def test_a_new_folder_has_the_mode_that_the_umask_says(pipeline: Path) -> None:
    before = os.umask(0o027)
    try:
        mt.export("exported")
    finally:
        os.umask(before)
    assert stat.S_IMODE(Path("exported").stat().st_mode) == 0o750
    assert stat.S_IMODE(Path("exported", "runs.parquet").stat().st_mode) == 0o640


@pytest.mark.sqlite_only
def test_the_working_directory_can_be_exported_into(
    pipeline: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("exported").mkdir()
    monkeypatch.chdir("exported")
    for _ in range(2):
        mt.export(".")
        assert len(_content(os.getcwd())) == NUM_FILES


@pytest.mark.sqlite_only
def test_a_folder_that_cannot_be_written_is_blamed_itself(
    pipeline: Path, cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    answer = cli("export", "/proc/exported")
    assert answer.returncode == 2
    assert "/proc/exported cannot be exported into" in answer.stderr
    assert "name a folder that you may write" in answer.stderr
    assert "store" not in answer.stderr.lower()


@pytest.mark.sqlite_only
def test_two_exports_into_one_folder_do_not_mix(pipeline: Path) -> None:
    num_refused = 0

    def export_too(work: str, _done: int, _total: int) -> None:
        nonlocal num_refused
        if work == "Exporting":
            with pytest.raises(mt.ArgumentError, match="Another export is writing into exported"):
                mt.export("exported")
            num_refused += 1

    mt.Workspace(on_progress=export_too).export("exported")
    assert num_refused > 0
    assert len(_content()) == NUM_FILES
