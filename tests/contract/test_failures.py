"""A run is recorded whatever happens, and what the user raised passes through."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess

Start = Callable[..., "subprocess.Popen[str]"]


def test_exception_passes_through_and_is_recorded(store: Path) -> None:
    error = ValueError("bad month 13")

    @mt.component
    def clean(month: int) -> None:
        raise error

    with pytest.raises(ValueError, match="bad month 13") as caught:
        clean(13)
    assert caught.value is error
    assert error.__cause__ is None
    assert error.__context__ is None
    (run,) = mt.recent()
    assert run.status == "failed"
    assert run.params["month"] == 13
    assert run.ended_at is not None
    assert run.error is not None
    assert run.error.type.endswith("ValueError")
    assert run.error.message == "bad month 13"
    assert "raise error" in run.error.traceback
    assert "in clean" in run.error.traceback


def test_inputs_of_a_failed_run_are_recorded(store: Path) -> None:
    Path("raw.csv").write_text("x")

    @mt.component
    def clean(path: str) -> None:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        clean("raw.csv")
    assert [ref.name for ref in mt.recent()[0].inputs] == ["raw.csv"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3), BaseException("odd")])
def test_base_exceptions_pass_through_and_end_the_run(store: Path, error: BaseException) -> None:
    @mt.component
    def wait() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        wait()
    assert caught.value is error
    (run,) = mt.recent()
    assert run.status in {"failed", "aborted"}
    assert run.ended_at is not None
    assert run.error is not None
    assert run.error.type.endswith(type(error).__name__)


def test_endless_recursion_passes_through(store: Path) -> None:
    @mt.component
    def forever(number: int) -> int:
        return plain(number)

    def plain(number: int) -> int:
        return plain(number + 1)

    with pytest.raises(RecursionError):
        forever(0)
    (run,) = mt.recent()
    assert run.status == "failed"
    assert run.error is not None
    assert run.error.type.endswith("RecursionError")


def test_exception_that_cannot_be_printed_passes_through(store: Path) -> None:
    class RudeError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

        __repr__ = __str__

    error = RudeError()

    @mt.component
    def work() -> None:
        raise error

    with pytest.raises(RudeError) as caught:
        work()
    assert caught.value is error
    (run,) = mt.recent()
    assert run.status == "failed"
    assert run.error is not None
    assert run.error.type.endswith("RudeError")


def test_exception_groups_and_notes_stay_whole(store: Path) -> None:
    error = ExceptionGroup("two", [ValueError("a"), KeyError("b")])
    error.add_note("seen twice")

    @mt.component
    def work() -> None:
        raise error

    with pytest.raises(ExceptionGroup, match="two") as caught:
        work()
    assert caught.value is error
    assert len(error.exceptions) == 2
    assert error.__notes__ == ["seen twice"]


WAITING = """
    import os, sys
    import mltrace as mt

    @mt.component
    def wait(n):
        if "fork" in sys.argv and os.fork() == 0:
            os.write(1, f"child {os.getpid()}\\n".encode())  # in one piece
            sys.stdin.readline()
            os._exit(0)
        os.write(1, b"started\\n")
        sys.stdin.readline()

    wait(1)
"""


def test_running_run_is_visible_from_another_process(store: Path, start: Start) -> None:
    process = start(WAITING)
    assert process.stdout
    assert process.stdout.readline() == "started\n"
    (run,) = mt.recent()
    assert run.status == "running"
    assert run.ended_at is None
    assert run.params["n"] == 1
    process.communicate("\n", timeout=30)
    assert mt.recent()[0].status == "succeeded"


def test_killed_process_leaves_an_aborted_run(store: Path, start: Start) -> None:
    process = start(WAITING)
    assert process.stdout
    process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    (run,) = mt.recent()
    assert run.status == "aborted"


def test_aborted_run_shows_even_if_it_was_seen_running(store: Path, start: Start) -> None:
    process = start(WAITING)
    assert process.stdout
    process.stdout.readline()
    assert mt.recent()[0].status == "running"
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    assert mt.recent()[0].status == "aborted"


def test_run_is_aborted_although_a_forked_child_lives_on(store: Path, start: Start) -> None:
    process = start(WAITING, "fork")
    assert process.stdout
    lines = [process.stdout.readline().split() for _ in range(2)]
    (child,) = [int(line[1]) for line in lines if line[0] == "child"]
    try:
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        assert mt.recent()[0].status == "aborted"
    finally:
        os.kill(child, signal.SIGKILL)


def test_dead_worker_of_a_living_parent_leaves_an_aborted_run(
    store: Path, script: Callable[..., str]
) -> None:
    out = script(
        """
        import multiprocessing, os, signal
        import mltrace as mt

        @mt.component
        def die():
            os.kill(os.getpid(), signal.SIGKILL)

        @mt.component
        def fine():
            return 1

        if __name__ == "__main__":
            fine()
            worker = multiprocessing.get_context("fork").Process(target=die)
            worker.start()
            worker.join()
            print({run.component: run.status for run in mt.recent()})
        """
    )
    assert "'die': 'aborted'" in out
    assert "'fine': 'succeeded'" in out


def test_hard_exit_within_a_run_leaves_an_aborted_run(
    store: Path, script: Callable[..., str]
) -> None:
    script(
        """
        import os
        import mltrace as mt

        @mt.component
        def leave():
            os._exit(0)

        leave()
        """
    )
    assert mt.recent()[0].status == "aborted"


def test_interrupted_process_records_the_interrupt(store: Path, start: Start) -> None:
    process = start(WAITING)
    assert process.stdout
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.wait(30)
    (run,) = mt.recent()
    assert run.status in {"failed", "aborted"}
    assert run.error is not None
    assert run.error.type.endswith("KeyboardInterrupt")
