"""What vanishes under a running process: its store or a part of it, its folder, its descriptors."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

import mltrace as mt
from mltrace.capture.recorder import flush
from mltrace.store import spool

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@mt.component
def work(number: int) -> int:
    return number + 1


def _work(*numbers: int) -> None:
    assert [work(number) for number in numbers] == [number + 1 for number in numbers]
    assert flush()  # what is still done in the background would write into what a test deletes


def _numbers() -> list[int]:
    return sorted(run.params["number"] for run in mt.history("work", limit=None))


@pytest.mark.parametrize("is_read", [False, True])
def test_deleted_store_is_begun_anew(store: Path, is_read: bool) -> None:
    _work(0)
    if is_read:
        assert _numbers() == [0]
    shutil.rmtree(store)
    _work(1, 2)
    assert _numbers() == [1, 2]
    assert {run.status for run in mt.recent()} == {"succeeded"}


def test_deleted_spool_costs_what_was_pending_in_it(store: Path) -> None:
    _work(0)
    assert _numbers() == [0]
    _work(1)
    shutil.rmtree(store / "spool")
    _work(2, 3)
    assert _numbers() == [0, 2, 3]


def test_deleted_values_are_kept_anew_and_cost_no_run(store: Path) -> None:
    import numpy

    @mt.component
    def make(size: int) -> object:
        return numpy.arange(size)

    make(5)
    assert flush()
    shutil.rmtree(store / "blobs")
    make(6)
    assert mt.artifact("make").load().sum() == 15
    assert len(mt.history("make")) == 2


def test_deleted_catalog_is_filled_from_what_live_processes_wrote(store: Path) -> None:
    _work(0)
    assert _numbers() == [0]
    for path in store.glob("catalog.db*"):
        path.unlink()
    assert _numbers() == [0]
    _work(1)
    assert _numbers() == [0, 1]


def test_store_that_is_moved_away_is_begun_anew_within_a_second(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mltrace.store.spool._LOOK_SECONDS", 0.0)
    _work(0)
    old = store.rename(store.with_name("old"))
    _work(1)
    assert _numbers() == [1]
    monkeypatch.setenv("MLTRACE_URI", str(old))
    assert _numbers() == [0]
    assert mt.recent()[0].status == "succeeded"


def test_store_that_takes_the_place_of_another_gets_what_follows(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mltrace.store.spool._LOOK_SECONDS", 0.0)
    _work(0)
    assert _numbers() == [0]
    other = shutil.copytree(store, store.with_name("other"))
    _work(1)
    store.rename(store.with_name("old"))
    other.rename(store)
    _work(2)
    assert _numbers() == [0, 2]


def test_deleted_working_folder_does_not_matter_to_a_store_that_is_named(
    store: Path, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @mt.component
    def size(path: str, other: str) -> int:
        return len(other)

    gone = workdir / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    (store.parent / "raw.csv").write_text("x")
    assert size(str(store.parent / "raw.csv"), "data/other.csv") == 14
    assert work(3) == 4
    assert [run.component for run in mt.recent()] == ["work", "size"]
    assert [ref.identity for ref in mt.recent()[1].inputs] == [str(store.parent / "raw.csv")]


def test_deleted_working_folder_without_a_named_store_is_refused_in_words(
    workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = workdir / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert work(1) == 2
    with pytest.raises(mt.MltraceError, match=r"directory was deleted.* MLTRACE_URI"):
        mt.recent()


DAEMON = """
    import os, sys
    import mltrace as mt

    @mt.component
    def work(number):
        return number + 1

    work(0)
    if "reader" in sys.argv:
        assert len(mt.recent()) == 1
    if os.fork():
        sys.exit(os.wait()[1])
    os.setsid()
    os.closerange(0, 256)
    files = [os.open(f"{sys.argv[1]}/mine{n}", os.O_RDWR | os.O_CREAT) for n in range(20)]
    for file in files:
        os.write(file, b"mine" * 5000)
    for number in range(1, 6):
        work(number)
    if "reader" in sys.argv:
        assert len(mt.recent()) == 6
    for file in files:
        os.write(file, b"end")
"""


@pytest.mark.parametrize("role", ["writer", "reader"])
def test_daemon_that_closes_all_descriptors_logs_and_keeps_its_files(
    store: Path, workdir: Path, script: Callable[..., str], role: str
) -> None:
    script(DAEMON, str(workdir), role)
    assert {path.read_bytes() for path in workdir.glob("mine*")} == {b"mine" * 5000 + b"end"}
    assert _numbers() == [0, 1, 2, 3, 4, 5]


def test_descriptor_that_was_closed_is_never_written_to(store: Path, workdir: Path) -> None:
    _work(0)
    (writer,) = [one for one in _writers_of(store) if one._descriptor is not None]
    number = writer._descriptor
    assert number is not None
    os.close(number)
    mine = os.open(workdir / "mine", os.O_RDWR | os.O_CREAT)
    os.dup2(mine, number)
    _work(1, 2)
    assert (workdir / "mine").read_bytes() == b""
    assert os.fstat(number).st_ino == os.fstat(mine).st_ino
    for descriptor in {mine, number}:
        os.close(descriptor)
    assert _numbers() == [0, 1, 2]


def _writers_of(store: Path) -> list[spool.SpoolWriter]:
    return [writer for writer in spool._writers if str(writer._folder).startswith(str(store))]


@pytest.mark.parametrize("closed", ["0", "1", "2", "0 1 2"])
def test_closed_standard_streams_do_not_matter(
    store: Path, script: Callable[..., str], closed: str
) -> None:
    script(
        """
        import os, sys
        for number in sys.argv[1].split():
            os.close(int(number))
        import mltrace as mt

        @mt.component
        def work(number):
            return number + 1

        assert [work(number) for number in range(5)] == [1, 2, 3, 4, 5]
        os._exit(0 if len(mt.recent()) == 5 else 9)
        """,
        closed,
    )
    assert _numbers() == [0, 1, 2, 3, 4]
