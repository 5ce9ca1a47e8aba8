"""Queries while the mirror is damaged, removed, not writable; and processes that are killed."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy
import pyarrow
import pytest
from tests.forked import run_forked

import mltrace as mt
from mltrace.query import answering as module
from mltrace.query.answering import answering
from mltrace.store.mirroring import copies, marks

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

QUERY = "SELECT component, count(*) AS n, max(duration_seconds) IS NULL AS x FROM runs GROUP BY ALL"
EXPECTED = [{"component": "polish", "n": 9, "x": False}]


@pytest.fixture
def mirror(store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Log nine runs, of which eight are mirrored in four files."""
    monkeypatch.setattr(marks, "ROWS", 2)

    @mt.component
    def polish(gems: int) -> int:
        return gems * 2

    for gems in range(9):
        polish(gems)
    assert mt.sql(QUERY).to_dicts() == EXPECTED
    return store / "mirror"


def files(mirror: Path) -> list[Path]:
    return sorted(mirror.glob("runs-*.parquet"))


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, Callable[[Path], None]] = {
    "a bit flipped": flip,
    "cut short": lambda path: os.truncate(path, 40),
    "empty": lambda path: os.truncate(path, 0),
    "gone": Path.unlink,
    "a folder": replace_by_folder,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_copy_is_made_again(mirror: Path, damage: Callable[[Path], None]) -> None:
    before = [path.name for path in files(mirror)]
    damage(files(mirror)[1])
    assert mt.sql(QUERY).to_dicts() == EXPECTED
    assert [path.name for path in files(mirror)] == before


def test_a_mirror_may_be_removed_at_any_time(mirror: Path) -> None:
    shutil.rmtree(mirror)
    assert mt.sql(QUERY).to_dicts() == EXPECTED
    assert files(mirror)


def test_a_file_that_goes_while_it_is_asked_is_read_from_the_catalog(
    mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = answering.ask

    def remove_and_ask(question: object) -> object:
        shutil.rmtree(mirror, ignore_errors=True)
        return ask(question)  # type: ignore[arg-type]

    monkeypatch.setattr(answering, "ask", remove_and_ask)
    assert mt.sql(QUERY).to_dicts() == EXPECTED


def test_a_place_that_cannot_be_written_needs_no_mirror(mirror: Path) -> None:
    shutil.rmtree(mirror)
    mirror.write_text("in the way")
    assert mt.sql(QUERY).to_dicts() == EXPECTED
    assert mirror.read_text() == "in the way"


def test_what_a_killed_process_left_is_removed_later(
    mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (mirror / "0123.partial").write_text("half")
    files(mirror)[0].unlink()
    assert mt.sql(QUERY).to_dicts() == EXPECTED
    assert (mirror / "0123.partial").exists()  # another process may be writing it
    monkeypatch.setattr(copies, "_LEFT_SECONDS", -1.0)
    files(mirror)[0].unlink()
    assert mt.sql(QUERY).to_dicts() == EXPECTED
    assert not (mirror / "0123.partial").exists()


def test_the_answering_process_is_replaced_when_it_is_killed(mirror: Path) -> None:
    assert answering._process is not None
    os.kill(answering._process.pid, signal.SIGKILL)
    answering._process.wait()
    assert mt.sql(QUERY).to_dicts() == EXPECTED


def test_who_asks_a_process_that_does_not_read_waits_no_longer_than_allowed(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mt.sql("SELECT 1")
    assert answering._process is not None
    os.kill(answering._process.pid, signal.SIGSTOP)
    with monkeypatch.context() as patch:
        patch.setattr("mltrace.query.answering._START_SECONDS", 0.1)
        with pytest.raises(mt.NotEvaluatedError, match=r"\(time\)"):
            mt.sql(f"SELECT 1 -- {'x' * 1_000_000}")
    assert mt.sql("SELECT 1 AS one").to_dicts() == [{"one": 1}]


def test_what_a_query_calls_may_ask_as_well(mirror: Path) -> None:
    with answering.turn():
        assert mt.sql(QUERY).to_dicts() == EXPECTED


def test_who_interrupts_a_question_cannot_ask(
    mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = module._write

    def interrupted(*arguments: Any) -> None:
        with pytest.raises(mt.NotEvaluatedError, match="in the middle of another query"):
            mt.sql("SELECT 'the handler of a signal'")
        write(*arguments)

    monkeypatch.setattr(module, "_write", interrupted)
    assert mt.sql(QUERY).to_dicts() == EXPECTED


def test_the_answering_process_ends_with_the_one_that_asks(
    store: Path, spawn: Callable[..., subprocess.Popen[str]]
) -> None:
    program = (
        "import mltrace as mt, os, signal\n"
        "from mltrace.query.answering import answering\n"
        "mt.sql('SELECT 1')\n"
        "print(answering._process.pid, flush=True)\n"
        "mt.sql('SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000000) c')\n"
    )
    process = spawn([sys.executable, "-c", program])
    assert process.stdout is not None
    answerer = os.pidfd_open(int(process.stdout.readline()))
    process.kill()
    process.wait()
    import select

    ended = select.poll()
    ended.register(answerer, select.POLLIN)
    assert ended.poll(30_000)
    os.close(answerer)


def test_a_forked_child_leaves_the_process_to_its_parent(mirror: Path) -> None:
    mine = answering._process
    assert mine is not None

    def leave() -> None:
        assert answering._process is None
        answering.end()

    assert run_forked(leave) == 0
    assert mine.poll() is None
    assert mt.sql(QUERY).to_dicts() == EXPECTED


def test_a_forked_child_can_tell_whether_copies_are_sound(tmp_path: Path) -> None:
    stretch = copies.Stretch(0, 1, "0" * 32)
    rows = pyarrow.table({"x": numpy.random.default_rng(0).random(1_000_000)})
    path = copies.Copies(tmp_path).write("runs", stretch, rows)
    assert copies.Copies(tmp_path).find("runs", stretch) == path

    def find() -> None:
        copies._sound.clear()
        assert copies.Copies(tmp_path).find("runs", stretch) == path

    assert run_forked(find) == 0
