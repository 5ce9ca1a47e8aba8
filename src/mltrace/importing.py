"""Late imports that are safe beside threads that fork, and plug-ins that packages name.

A child that is forked while another thread imports a module hangs as soon as it needs that module,
for the lock on it is held by a thread that the child lacks. So what is imported late is imported
under a lock of ours, which a fork waits for.
"""

from __future__ import annotations

import contextlib
import functools
import logging  # noqa: F401 (whose lock a fork takes: after ours, as this is registered first)
import os
import sys
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.metadata import EntryPoint

PATIENCE_SECONDS: Final = 5.0
"""How long a fork waits for an import, and an import for another: neither hangs for good."""
_METADATA: Final = (".dist-info", ".egg-info")
_lock = threading.RLock()


@contextlib.contextmanager
def late() -> Iterator[None]:
    """Hold up forks of other threads, and late imports of ours, while importing.

    Examples
    --------
    >>> with late():
    ...     import json
    """
    lock = _lock
    is_held = lock.acquire(timeout=PATIENCE_SECONDS)
    try:
        yield
    finally:
        if is_held:
            lock.release()


def entry_points(group: str) -> Iterable[EntryPoint]:
    """List the entry points of a group `mltrace.…` that installed packages name.

    Notes
    -----
    importlib.metadata takes 8 ms to load and to read all packages; where none of them names an
    entry point of ours, a look of 1 ms shows that.

    Examples
    --------
    >>> list(entry_points("mltrace.nothing"))
    []
    """
    if not _is_any_named():
        return ()
    from importlib.metadata import entry_points

    return entry_points(group=group)


@functools.cache
def _is_any_named() -> bool:
    """Tell whether a package names an entry point of ours, or whether that is hard to say."""
    others = [finder for finder in sys.meta_path if hasattr(finder, "find_distributions")]
    if any(getattr(finder, "__name__", "") != "PathFinder" for finder in others):
        return True
    return any(_names_one(entry or os.curdir) for entry in sys.path)


def _names_one(folder: str) -> bool:
    try:
        names = os.listdir(folder)
    except NotADirectoryError:
        return True  # an archive, into which importlib.metadata can look
    except OSError:
        return False
    return any(
        b"[mltrace." in _points_of(os.path.join(folder, name))
        for name in names
        if name.lower().endswith(_METADATA)
    )


def _points_of(package: str) -> bytes:
    try:
        with open(os.path.join(package, "entry_points.txt"), "rb") as file:
            return file.read()
    except OSError:
        return b""


_waited: bool = False


def _before_fork() -> None:
    global _waited  # noqa: PLW0603 (a fork is of the whole process)
    _waited = _lock.acquire(timeout=PATIENCE_SECONDS)


def _in_parent() -> None:
    if _waited:
        _lock.release()


def _in_child() -> None:
    global _lock  # noqa: PLW0603 (a thread that the child lacks may hold it)
    _lock = threading.RLock()


os.register_at_fork(before=_before_fork, after_in_parent=_in_parent, after_in_child=_in_child)
