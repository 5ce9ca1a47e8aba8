"""Rows are removed for good though who removes them is killed, or others are in the way."""

from __future__ import annotations

import os
import shutil
import signal
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from tests.matched_tasks import forget, kept_files
from tests.planted_rows import PERSON, TASK, found_in, log_among, log_person, make_task, purge

import mltrace as mt
from mltrace.store.database import schema, sqlite
from mltrace.store.lake.reading import LakeReader
from mltrace.tasks.matching.series import Grid
from mltrace.verbs import default_workspace
from mltrace.workspace.tasks.listing import find_task
from mltrace.workspace.tasks.matched import open_matched

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

PURGING = f"""
    import os, signal, sys
    import mltrace as mt
    from mltrace.store.database.sqlite import SqliteCatalog

    folder, die_at = os.environ["MLTRACE_URI"], int(sys.argv[1])
    seen = 0

    def step():
        global seen
        seen += 1
        if seen == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def look(event, arguments):
        if event in ("os.remove", "os.rename") and str(arguments[0]).startswith(folder):
            step()

    writing = SqliteCatalog._begin_writing

    def begin_writing(catalog):
        step()
        return writing(catalog)

    SqliteCatalog._begin_writing = begin_writing
    sys.addaudithook(look)
    mt.retract({PERSON!r}, task={TASK!r}, purge=True)
    print(seen)
"""
"""Removes the rows, but is killed at the n-th change of a file or transaction."""


def _ids() -> list[str]:
    store = default_workspace().store
    with store.reading() as connection:
        reader = LakeReader(connection, store.location.lake)
        found = reader.read(TASK, "predictions", columns=["id"]).column("id").to_pylist()
        assert not reader.left_out
    return sorted(found)


@pytest.fixture
def filled(store: Path) -> list[str]:
    """Fill a store with rows of the person everywhere; give the other ids."""
    others = log_among(50, prefix="first")
    mt.sync()
    others += log_among(4_000, prefix="second")
    mt.sync()
    others += log_among(4_000, prefix="third")
    others += log_among(20, prefix="fourth")
    log_person()
    make_task().metrics("accuracy", by="town")
    forget()
    return sorted(others)


def test_killed_at_any_step_it_is_repeated(
    store: Path,
    filled: list[str],
    script: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copies = store.parent
    shutil.copytree(store, copies / "whole")
    num_steps = int(script(PURGING, "0", MLTRACE_URI=str(copies / "whole")))
    assert num_steps > 10
    for die_at in range(1, num_steps + 1, max(1, num_steps // 4)):
        copy = copies / f"killed-{die_at}"
        shutil.copytree(store, copy)
        script(PURGING, str(die_at), code=-signal.SIGKILL, MLTRACE_URI=str(copy))
        monkeypatch.setenv("MLTRACE_URI", str(copy))
        assert purge().left == ()
        assert found_in(copy) == {}
        assert _ids() == filled


def test_who_was_killed_at_compacting_leaves_nothing(
    store: Path, filled: list[str], start: Callable[..., subprocess.Popen[str]]
) -> None:
    compacting = """
        import os, signal
        from mltrace.store.lake import rewriting
        import mltrace as mt

        rewriting._num_live = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        mt.sync()
    """
    process = start(compacting)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    (store / "lake" / "segments" / ".half-written").write_bytes(PERSON.encode())
    assert purge().left == ()
    assert found_in(store) == {}
    assert _ids() == filled


def test_batch_that_nobody_told_of_is_said_to_be_left_until_it_is_old(store: Path) -> None:
    others = log_among(4_000)
    (batch, *_) = (store / "lake" / "batches").iterdir()
    lost = batch.with_name("lost.batch")
    for path in (store / "lake" / "batches").iterdir():
        if PERSON.encode() in path.read_bytes():
            shutil.copyfile(path, lost)
    purged = purge()
    assert "1 file that nobody lists" in purged.left[0]
    assert "Still there" in str(purged)
    assert set(found_in(store)) == {"lake/batches/lost.batch"}
    os.utime(lost, (0, 0))
    assert purge().left == ()
    assert found_in(store) == {}
    assert _ids() == others


def test_reader_in_the_way_is_said(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log_person()
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0)
    with default_workspace().store.reading() as connection:
        connection.execute(select(schema.segment.c.uid)).all()
        left = purge().left
    assert left == ("the file of the catalog, which another process uses",)
    assert purge().left == ()
    assert found_in(store) == {}


def test_who_matched_before_keeps_nothing_after(
    store: Path, filled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0)
    opened = default_workspace().store
    with opened.reading() as connection:
        task = find_task(connection, TASK)
        with open_matched(opened, connection, task, ["town"]) as matched:
            purge()
            matched.state.series(Grid(3_600_000_000), ["confusion"])
        assert {path.name for path in kept_files(store)} == {"erased"}
    forget()
    make_task().metrics("accuracy", by="town")
    assert len(kept_files(store)) > 1
    assert purge().left == ()
    assert found_in(store) == {}


def test_unreadable_segment_is_said(store: Path) -> None:
    log_among(4_000)
    path = min((store / "lake" / "batches").iterdir())
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert "cannot be read" in purge().left[0]
    path.write_bytes(whole)
    assert purge().left == ()
    assert found_in(store) == {}
