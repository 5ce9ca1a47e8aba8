"""Processes beside that of the user, which do what it must not wait for.

The user's process never opens a database, nor loads what that takes: a thread starts a detached
process while there is something new, and so does the exit. At most one of them works for a spool
and one more waits for its turn; that one will find whatever was logged before it began, so nobody
else needs to start another. If all fails the facts stay in the spool, for any reader.

Which one waits shows by a lock on a file, which its starter takes and hands on to it.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import queue
import sys
import threading
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from mltrace.capture.background import EXIT_SECONDS, background
from mltrace.capture.guard import harmless
from mltrace.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LOCK: Final = 3
"""The number under which a process has the lock that it was handed."""
_PROGRAM: Final = """\
import importlib, os, sys
root, folder, module, name, waited_for = sys.argv[1:]
os.closerange(4, 1 << 20)
if not waited_for and os.fork():
    os._exit(0)
os.setsid()
sys.path.append(root)
try:
    os.chdir(folder)
except OSError:
    pass
work = getattr(importlib.import_module(module), name)
sys.exit(work(3, is_waited_for=bool(waited_for)))
"""
_PAUSE_SECONDS: Final = 0.02
_LEFT_OUT: Final = ("MLTRACE_PARENT", "PYTHONWARNINGS", "PYTHONINSPECT")


class Job(NamedTuple):
    """What such a process does, and when.

    Attributes
    ----------
    module, function : str
        What it calls, with the descriptor of the lock and whether it is waited for.
    waiting : str
        The name of the file that is locked while one waits for its turn.
    seconds : float
        For how long what is new is gathered before it is started.
    waits : bool
        Whether the exit of the user's process waits until all is done.
    again : Path or None
        A file that is there while it has to be tried again.
    """

    module: str
    function: str
    waiting: str
    seconds: float
    waits: bool = False
    again: Path | None = None


class Companion:
    """Starts the processes that do a job for what this process logs to one store.

    Parameters
    ----------
    folder : Path
        The folder beside the spool, for locks.
    job : Job
        What is to be done.
    environment : mapping of str to str
        The variables that name the store.
    """

    def __init__(self, folder: Path, job: Job, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._job = job
        self._environment = dict(environment)
        self._works_in = here()
        self._held: int | None = None
        self._has_news = False
        self.forget()
        _companions.add(self)
        # Early, for what is registered first is called last: then all has been logged.
        atexit.register(self.finish)

    def note(self) -> None:
        """Take note that there is something new to send."""
        if not self._has_news:
            self._has_news = True
            self._wake()

    @harmless(default=None)
    def finish(self) -> None:
        """Send the rest, at the exit of the process."""
        if not self._has_news:
            return
        if self._job.waits:
            background.flush(EXIT_SECONDS)
            self._finish_waiting(time.monotonic() + EXIT_SECONDS)
        else:
            self._has_news = False
            self._start()  # the system takes care of it when this process is gone

    def forget(self) -> None:
        """Start afresh in a forked child, which has neither the thread nor anything to send."""
        self._has_news = False
        # A signal handler may log in the middle of this, and note so as well.
        self._woken: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._waking, self._starting = threading.RLock(), threading.Lock()
        self._thread: threading.Thread | None = None
        self._release()

    @harmless(default=None)
    def _wake(self) -> None:
        with self._waking:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="mltrace-companion", daemon=True
                )
                if (processes := sys.modules.get("multiprocessing.util")) is not None:
                    # A multiprocessing child leaves by os._exit, which skips atexit.
                    processes.Finalize(None, self.finish, exitpriority=50)
                with contextlib.suppress(RuntimeError):  # too late in the exit, or too many
                    self._thread.start()
        self._woken.put(None)

    def _work(self) -> None:
        seconds, again = self._job.seconds, self._job.again
        while True:
            is_woken = self._waits_for_news(max(seconds, 1.0))
            if is_woken:
                time.sleep(seconds)  # gather what is logged meanwhile
            if is_woken or (again is not None and again.exists()):
                self._has_news = False  # what is logged from here on is for the next one
                self._start_one()

    def _waits_for_news(self, seconds: float) -> bool:
        try:
            self._woken.get(timeout=seconds)
        except queue.Empty:
            return False
        return True

    @harmless(default=None)
    def _start_one(self) -> None:
        number = self._start()
        if number is not None:
            with contextlib.suppress(ChildProcessError):  # the user's code waits for any child
                os.waitpid(number, 0)  # it leaves a child behind and is over at once

    def _finish_waiting(self, until: float) -> None:
        """Start one, if need be once another one has begun, and wait for it."""
        self._has_news = False
        while (number := self._start(is_waited_for=True)) is None:
            if time.monotonic() > until:
                return
            time.sleep(_PAUSE_SECONDS)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(number, os.WNOHANG)[0] == 0 and time.monotonic() < until:
                time.sleep(_PAUSE_SECONDS)

    def _start(self, *, is_waited_for: bool = False) -> int | None:
        """Start a process; return its number, None if another one waits already."""
        if not sys.executable or getattr(sys, "frozen", False):
            raise StoreError(
                "No process can be started beside this one, which is packed together with Python; "
                "run `mltrace sync` and `mltrace monitor run` beside it, or set MLTRACE_SHIP=0 and "
                "MLTRACE_MONITORS=0."
            )
        root, job = str(Path(__file__).parents[2]), self._job
        program = [sys.executable, "-P", "-c", _PROGRAM, root, self._works_in]
        program += [job.module, job.function]
        with self._starting, self._turn() as lock:
            if lock is None:
                return None
            return os.posix_spawn(
                sys.executable,
                [*program, "waited for" if is_waited_for else ""],
                self._variables(),
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDWR, 0),
                    (os.POSIX_SPAWN_DUP2, 0, 1),
                    (os.POSIX_SPAWN_DUP2, 0, 2),
                    (os.POSIX_SPAWN_DUP2, lock, _LOCK),
                ],
                setsigmask=[],
            )

    def _variables(self) -> dict[str, str]:
        mine = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
        return {**mine, **self._environment}

    @contextlib.contextmanager
    def _turn(self) -> Iterator[int | None]:
        """Lock the file of those that wait; None if one waits already."""
        found = os.open(
            self._folder / self._job.waiting, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        # Not under the number that the new process uses, for then it would not be handed on.
        self._held = fcntl.fcntl(found, fcntl.F_DUPFD_CLOEXEC, _LOCK + 1)
        os.close(found)
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._release()
        try:
            yield self._held
        finally:
            self._release()

    def _release(self) -> None:
        """Close our end of the lock, which whoever it was handed to keeps."""
        held, self._held = self._held, None
        if held is not None:
            os.close(held)


def here() -> str:
    """Name the working folder; where it was deleted, the root."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return os.sep


_companions: Final[weakref.WeakSet[Companion]] = weakref.WeakSet()


def _forget_all() -> None:
    for companion in list(_companions):
        companion.forget()


os.register_at_fork(after_in_child=_forget_all)
