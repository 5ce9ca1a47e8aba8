"""Work that must not delay the user's code: one daemon thread with a bounded queue.

At process exit, and before a reader of the same process looks, what is queued is finished first,
within a time limit.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BYTES: Final = 256 * 1024 * 1024
EXIT_SECONDS: Final = 30.0


class Background:
    """A queue of jobs, each with the bytes that it holds in memory, and a thread that does them."""

    def __init__(self, *, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._reset()

    def submit(self, job: Callable[[], object], *, size: int = 0) -> bool:
        """Queue a job; False if the queue holds too many bytes, and the job was not taken."""
        with self._changed:
            if size and self._held + size > self._max_bytes:
                return False
            self._jobs.append((job, size))
            self._held += size
            self._num_open += 1
            if self._thread is None:
                self._start()
            self._changed.notify_all()
        return True

    def flush(self, seconds: float = EXIT_SECONDS) -> bool:
        """Wait until all that is queued is done; False if that took too long."""
        if threading.current_thread() is self._thread:
            return False
        with self._changed:
            return self._changed.wait_for(lambda: self._num_open == 0, seconds)

    def forget(self) -> None:
        """Start afresh in a forked child, which has neither the thread nor the duty."""
        self._reset()

    def _reset(self) -> None:
        self._jobs: deque[tuple[Callable[[], object], int]] = deque()
        self._changed = threading.Condition(threading.Lock())
        self._held = 0
        self._num_open = 0
        self._thread: threading.Thread | None = None

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._work, name="mltrace", daemon=True)
        self._thread.start()
        atexit.register(self.flush)
        if (processes := sys.modules.get("multiprocessing.util")) is not None:
            # A multiprocessing child leaves by os._exit, which skips atexit.
            processes.Finalize(None, self.flush, exitpriority=100)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._jobs))
                job, size = self._jobs.popleft()
            try:
                job()
            finally:
                with self._changed:
                    self._held -= size
                    self._num_open -= 1
                    self._changed.notify_all()


background: Final = Background()
os.register_at_fork(after_in_child=background.forget)
