"""Stores that may be read and not written, by readers and by writers."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.faults.conftest import Disk

WRITE = """
    import sys
    import mltrace as mt

    @mt.component
    def work(number):
        return number + 1

    for number in map(int, sys.argv[1:]):
        assert work(number) == number + 1
"""
AS_NOBODY = """
    import os, sys
    import mltrace as mt
    from mltrace.capture import guard

    @mt.component
    def work(number):
        return number + 1

    store, os.environ["MLTRACE_URI"] = os.environ["MLTRACE_URI"], sys.argv[1]
    work(0)  # loads what is needed, for nobody need not be able to read it
    mt.note(mt.recent()[0].id, "mine")
    os.environ["MLTRACE_URI"] = store
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    assert [work(number) for number in range(100, 105)] == [101, 102, 103, 104, 105]
    print(sum(guard.faults().values()))
    try:
        print(sorted(run.params["number"] for run in mt.history("work", limit=None)))
        mt.note(mt.recent()[0].id, "mine")
    except (mt.StoreError, PermissionError) as error:
        print(error)
"""


@pytest.fixture
def opened(store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Name a store where everyone may come, unlike the folders of pytest, and stand there."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        monkeypatch.setenv("MLTRACE_URI", f"{folder}/store")
        monkeypatch.chdir(folder)
        yield Path(folder) / "store"
        monkeypatch.chdir("/")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_user_who_may_only_read_reads_and_drops(
    opened: Path, tmp_path: Path, script: Callable[..., str]
) -> None:
    elsewhere = str(tmp_path / "elsewhere")
    script(WRITE, "1", "2")
    mt.sync()
    num_faults, numbers, refused = script(AS_NOBODY, elsewhere).splitlines()
    assert int(num_faults) > 0
    assert numbers == "[1, 2]"
    assert "Permission denied" in refused or "read-only" in refused
    script(WRITE, "3")
    assert (
        script(AS_NOBODY, elsewhere).splitlines()[1] == "[1, 2]"
    )  # what is pending cannot be moved
    assert [run.params["number"] for run in mt.history("work")] == [3, 2, 1]
    assert script(AS_NOBODY, elsewhere).splitlines()[1] == "[1, 2, 3]"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_store_that_cannot_even_be_read_is_refused_in_words(
    opened: Path, tmp_path: Path, script: Callable[..., str]
) -> None:
    script(WRITE, "1")
    mt.sync()
    opened.chmod(0o700)
    elsewhere = str(tmp_path / "elsewhere")
    num_faults, refused = script(AS_NOBODY, elsewhere).splitlines()
    assert int(num_faults) > 0
    assert "cannot be used" in refused
    assert "ermission denied" in refused or "unable to open" in refused


def test_disk_that_is_read_only_for_a_while_costs_facts_but_no_result(
    disk: Disk, script: Callable[..., str]
) -> None:
    @mt.component
    def work(number: int) -> int:
        return number + 1

    script(WRITE, "1")
    script("import mltrace as mt; mt.sync()")
    script(WRITE, "2")
    disk.remount("ro")
    assert [work(number) for number in range(10, 15)] == [11, 12, 13, 14, 15]
    assert [run.params["number"] for run in mt.history("work")] == [2, 1]  # with what is pending
    disk.remount("rw")
    assert work(3) == 4
    assert [run.params["number"] for run in mt.history("work")] == [3, 2, 1]
