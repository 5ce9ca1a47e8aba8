"""Work that must not delay the user's code: one daemon thread with a bounded queue.

At process exit, and before a reader of the same process looks, what is queued is finished first,
within a time limit.
"""

from __future__ import annotations

import atexit
import contextlib
import math
import os
import sys
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BYTES: Final = 256 * 1024 * 1024
EXIT_SECONDS: Final = 30.0


class Background:
    """A queue of jobs, each with the bytes that it holds in memory, and a thread that does them.

    Parameters
    ----------
    max_bytes : int
        Bytes that the queue holds at most.
    exit_seconds : float
        How long the exit of the process waits for what is queued.

    Attributes
    ----------
    spent_ns : int
        CPU nanoseconds that the thread has spent on jobs.
    """

    def __init__(self, *, max_bytes: int = MAX_BYTES, exit_seconds: float = EXIT_SECONDS) -> None:
        self.exit_seconds = exit_seconds
        self._max_bytes = max_bytes
        self._reset()

    def submit(self, job: Callable[[], object], *, size: int = 0) -> bool:
        """Queue a job; False if the queue holds too many bytes, and the job was not taken.

        Where no thread can be started (late in the exit of the interpreter, or at a limit of the
        system), the job is done at once.
        """
        with self._changed:
            if size and self._held + size > self._max_bytes:
                return False
            is_queued = self._has_thread()
            if is_queued:
                self._jobs.append((job, size))
                self._held += size
                self._num_open += 1
                self._changed.notify_all()
        if not is_queued:
            job()
        return True

    def later(self, seconds: float, job: Callable[[], object]) -> None:
        """Do a job after so long, or as soon as somebody waits for what is queued."""
        with self._changed:
            is_queued = self._has_thread()
            if is_queued:
                self._delayed.append((time.monotonic() + seconds, job))
                self._changed.notify_all()
        if not is_queued:
            job()

    def at_exit(self, job: Callable[[], object]) -> None:
        """Do a job at the exit of the process, if the thread was ever needed."""
        self._last.append(job)

    def flush(self, seconds: float = EXIT_SECONDS) -> bool:
        """Wait until all that is queued is done; False if that took too long."""
        if threading.current_thread() is self._thread:
            return False
        with self._changed:
            self._queue_delayed(math.inf)
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._num_open == 0, seconds)

    def forget(self) -> None:
        """Start afresh in a forked child, which has neither the thread nor the duty."""
        self._reset()

    def _reset(self) -> None:
        self._jobs: deque[tuple[Callable[[], object], int]] = deque()
        self._delayed: list[tuple[float, Callable[[], object]]] = []
        self._last: list[Callable[[], object]] = []
        self.spent_ns = 0
        # Its lock is reentrant, for a signal handler may submit in the middle of a submit.
        self._changed = threading.Condition()
        self._held = 0
        self._num_open = 0
        self._thread: threading.Thread | None = None
        self._exit_at: float | None = None

    def _has_thread(self) -> bool:
        """Tell whether the thread runs, if need be after starting it."""
        if self._thread is not None:
            return True
        thread = threading.Thread(target=self._work, name="mltrace", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return False
        self._thread = thread
        atexit.register(self._finish)
        if (processes := sys.modules.get("multiprocessing.util")) is not None:
            # A multiprocessing child leaves by os._exit, which skips atexit.
            processes.Finalize(None, self._finish, exitpriority=100)
        return True

    def _finish(self) -> None:
        """Flush at exit; however many roads lead here, they share one time limit."""
        now = time.monotonic()
        if self._exit_at is None:
            self._exit_at = now + self.exit_seconds
            for job in self._last:
                self.submit(job)
        self.flush(max(0.0, self._exit_at - now))

    def _queue_delayed(self, now: float) -> float | None:
        """Queue the delayed jobs that are due; tell in how many seconds the next one is."""
        due = [job for at, job in self._delayed if at <= now]
        if due:
            self._delayed = [(at, job) for at, job in self._delayed if at > now]
            self._jobs.extend((job, 0) for job in due)
            self._num_open += len(due)
            return 0.0
        nearest = min((at for at, _ in self._delayed), default=None)
        return None if nearest is None else nearest - now

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._jobs:
                    self._changed.wait(self._queue_delayed(time.monotonic()))
                job, size = self._jobs.popleft()
            began = time.thread_time_ns()
            try:
                # Jobs report their faults themselves; a thread that ended would leave the others.
                with contextlib.suppress(BaseException):
                    job()
            finally:
                self.spent_ns += time.thread_time_ns() - began
                with self._changed:
                    self._held -= size
                    self._num_open -= 1
                    self._changed.notify_all()


background: Final = Background()
os.register_at_fork(after_in_child=background.forget)
