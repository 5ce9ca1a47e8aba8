"""One process at a time: it takes its turn, and others wait for theirs."""

from __future__ import annotations

import fcntl
import os
import threading
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from mltrace.store.file_locks import locked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


MOST_SECONDS: Final = 300.0
"""How long it is waited for a turn."""
_mine: Final = threading.local()
_held: Final[ContextVar[frozenset[Path]]] = ContextVar("_held", default=frozenset())


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


@contextmanager
def hold_turn(file: Path, *, seconds: float) -> Iterator[bool]:
    """Wait until no other process on this machine has its turn; all that wait get theirs.

    Parameters
    ----------
    file : Path
        What is locked; it is made.
    seconds : float
        How long it is waited for.

    Yields
    ------
    bool
        False if that of another took too long. Within one's own turn it is still ours, in threads
        that were started with its context as well.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "turn"
    >>> with hold_turn(file, seconds=1) as is_ours, hold_turn(file, seconds=1) as is_ours_again:
    ...     print(is_ours, is_ours_again)
    True True
    """
    held = _held.get()
    if file in held:
        yield True
        return
    with ExitStack() as stack:
        is_ours = stack.enter_context(locked(_open(file), fcntl.LOCK_EX, seconds=seconds))
        if is_ours:
            stack.callback(_held.reset, _held.set(held | {file}))
        yield is_ours


def _wait(file: Path, stack: ExitStack) -> bool:
    with locked(_open(file.with_name(f"{file.name}.next")), fcntl.LOCK_EX) as is_next:
        if not is_next:
            return False
        turn = locked(_open(file), fcntl.LOCK_EX, seconds=MOST_SECONDS)
        return stack.enter_context(turn)


def _open(file: Path) -> int:
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
