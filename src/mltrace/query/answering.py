"""Keeps a process in which DuckDB answers, and kills it when a query takes more than it may.

Nothing in DuckDB stops a function that goes on within one row, such as `repeat`, nor bounds its
memory; so queries are answered in a process of their own. One is started with the first query and
waits for the next.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import msgspec

from mltrace.errors import NotEvaluatedError
from mltrace.query.worker import LENGTH, Answer, Question, framed

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROGRAM: Final = """\
import sys
sys.path.insert(0, sys.argv[1])
import mltrace
sys.path.remove(sys.argv[1])
from mltrace.query.worker import main
main()
"""
_START_SECONDS: Final = 60.0
_GRACE_SECONDS: Final = 1.0
_MOST_PARSED: Final = 64
_MOST_BYTES_PARSED: Final = 100_000
"""How many queries are remembered as they were parsed, and how large each may be."""


class AnsweringProcess:
    """A process that answers one query after the other; it is there when it is needed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.RLock()  # what a query calls, such as a metric, may ask as well
        self._is_asking = False
        self._parsed: dict[str, bytes] = {}

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until no other thread asks."""
        with self._turn:
            yield

    def parse(self, query: str) -> bytes:
        """Let a query be parsed, as JSON; those of the last time are remembered.

        Raises
        ------
        NotEvaluatedError
            If no process can be started for it.
        """
        if query in self._parsed:
            return self._parsed[query]
        answer = self._ask(query, _START_SECONDS)
        if answer.fault:
            raise NotEvaluatedError(
                f"DuckDB did not answer in a process beside this one ({answer.fault}); is Python "
                f"at {sys.executable!r}?"
            )
        if len(answer.rows) <= _MOST_BYTES_PARSED:
            self._parsed[query] = answer.rows
        if len(self._parsed) > _MOST_PARSED:
            del self._parsed[next(iter(self._parsed))]
        return answer.rows

    def ask(self, question: Question) -> Answer:
        """Let a query be answered.

        Raises
        ------
        NotEvaluatedError
            If it takes more time or memory than it may.
        """
        answer = self._ask(question, question.seconds + _GRACE_SECONDS)
        if answer.fault == "time":
            raise NotEvaluatedError(
                f"The query was not done after {question.seconds:g} s; ask for less, or allow "
                "more: --timeout, or bounds of Workspace.sql."
            )
        if answer.fault == "memory":
            raise NotEvaluatedError(
                f"The query needs more than {question.memory_mib} MiB; ask for less, or allow "
                "more: --memory, or bounds of Workspace.sql."
            )
        return answer

    def end(self) -> None:
        """Kill the process, whatever it does."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        process.wait()

    def forget(self) -> None:
        """Leave the process to the one that started it, in a forked child of that."""
        self._turn = threading.RLock()
        self._is_asking = False
        process, self._process = self._process, None
        if process is not None:
            process.returncode = 0  # it is not ours to wait for
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()

    def _ask(self, message: str | Question, seconds: float) -> Answer:
        if self._is_asking:
            raise NotEvaluatedError(
                "A signal handler asks in the middle of another query; let it ask afterwards."
            )
        process = self._started()
        until = time.monotonic() + seconds
        self._is_asking = True
        try:
            _write(process, framed(message), until)
            head = _read(process, LENGTH.size, until)
            body = _read(process, LENGTH.unpack(head)[0], until)
        except TimeoutError:
            self.end()
            return Answer(fault="time")
        except (BrokenPipeError, EOFError):
            self.end()
            return Answer(fault="memory")
        except BaseException:  # such as an interrupt: it must not go on for nobody
            self.end()
            raise
        finally:
            self._is_asking = False
        return msgspec.msgpack.decode(body, type=Answer)

    def _started(self) -> subprocess.Popen[bytes]:
        process = self._process
        if process is not None and process.poll() is not None:
            self.end()
        if self._process is None:
            root = str(Path(__file__).parents[2])
            process = self._process = subprocess.Popen(  # noqa: S603 (this very Python)
                [sys.executable, "-P", "-c", _PROGRAM, root],
                bufsize=0,  # so that nothing is left to be written when it is killed
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # an interrupt of the terminal is for us alone
            )
            assert process.stdin is not None
            os.set_blocking(process.stdin.fileno(), False)
        assert process is not None
        return process


def _write(process: subprocess.Popen[bytes], frame: bytearray, until: float) -> None:
    """Write to a process, but wait no longer than that for it to read."""
    assert process.stdin is not None
    left = memoryview(frame)
    while left:
        _wait(process.stdin, select.POLLOUT, until)
        with contextlib.suppress(BlockingIOError):
            left = left[os.write(process.stdin.fileno(), left) :]


def _read(process: subprocess.Popen[bytes], size: int, until: float) -> bytes:
    """Read so many bytes of what a process writes, but wait no longer than that."""
    assert process.stdout is not None
    parts = []
    while size:
        _wait(process.stdout, select.POLLIN, until)
        part = os.read(process.stdout.fileno(), min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _wait(stream: IO[bytes], event: int, until: float) -> None:
    waiting = select.poll()
    waiting.register(stream.fileno(), event)
    if not waiting.poll(max(until - time.monotonic(), 0) * 1000):
        raise TimeoutError


answering: Final = AnsweringProcess()
atexit.register(answering.end)
os.register_at_fork(after_in_child=answering.forget)
