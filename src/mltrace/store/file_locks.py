"""Locks on files that processes of this machine share; nobody waits for one for ever."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_SECONDS: Final = 30.0
"""How long it is waited for what is held for a moment: one that is stopped does not stop others."""
_FIRST_PAUSE_SECONDS: Final = 0.001
_LONGEST_PAUSE_SECONDS: Final = 0.05


@contextmanager
def locked(descriptor: int, how: int, *, seconds: float = 0.0) -> Iterator[bool]:
    """Lock an open file, which is closed in the end.

    Parameters
    ----------
    descriptor : int
        The open file.
    how : int
        `fcntl.LOCK_SH` or `fcntl.LOCK_EX`.
    seconds : float, default 0.0
        How long it is waited for others.

    Yields
    ------
    bool
        False if others did not let go of it.

    Examples
    --------
    >>> import tempfile
    >>> file = tempfile.NamedTemporaryFile()
    >>> with locked(os.open(file.name, os.O_RDONLY), fcntl.LOCK_EX) as is_ours:
    ...     with locked(os.open(file.name, os.O_RDONLY), fcntl.LOCK_SH) as is_theirs:
    ...         print(is_ours, is_theirs)
    True False
    """
    process = os.getpid()
    try:
        yield _lock_within(descriptor, how, seconds)
    finally:
        if os.getpid() == process:
            # A child forked meanwhile has the descriptor too, and would hold the lock while it
            # lives; if it comes here itself, the lock is not its own.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


@contextmanager
def briefly_locked(descriptor: int, how: int) -> Iterator[None]:
    """Lock an open file that everybody locks for a moment only; it is closed in the end.

    Raises
    ------
    TimeoutError
        If somebody holds it for longer.
    """
    with locked(descriptor, how, seconds=PATIENCE_SECONDS) as is_ours:
        if not is_ours:
            raise TimeoutError(
                f"another process has held a lock for {PATIENCE_SECONDS:g} seconds; is one stopped?"
            )
        yield


def _lock_within(descriptor: int, how: int, seconds: float) -> bool:
    latest = time.monotonic() + seconds
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= latest:
                return False
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        else:
            return True
