"""One process at a time: it takes its turn, and at most one waits for the next."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


MOST_SECONDS: Final = 300.0
"""How long it is waited for a turn."""
_LOOK_EVERY_SECONDS: Final = 0.05
_mine: Final = threading.local()


@contextmanager
def take_turn(file: Path) -> Iterator[bool]:
    """Wait until no other process on this machine has its turn; then it is ours.

    Parameters
    ----------
    file : Path
        What is locked; it is made, and one of the same name and `.next` for whoever waits.

    Yields
    ------
    bool
        False, and at once, if another process waits already: it has not looked yet at what it is to
        do, so it will see all that there is by now. False as well within one's own turn, and if
        that of another takes too long.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "turn"
    >>> with take_turn(file) as is_ours, take_turn(file) as is_ours_again:
    ...     print(is_ours, is_ours_again)
    True False
    """
    if getattr(_mine, "is_taken", False):
        yield False
        return
    with ExitStack() as stack:
        _mine.is_taken = is_ours = _wait(file, stack)
        try:
            yield is_ours
        finally:
            _mine.is_taken = False


def _wait(file: Path, stack: ExitStack) -> bool:
    waiting = _open(file.with_name(f"{file.name}.next"))
    try:
        if not _try(waiting):
            return False
        turn = _open(file)
        stack.callback(os.close, turn)
        latest = time.monotonic() + MOST_SECONDS
        while not _try(turn):
            if time.monotonic() > latest:
                return False
            time.sleep(_LOOK_EVERY_SECONDS)
        return True
    finally:
        os.close(waiting)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open(file: Path) -> int:
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
