"""Sees which files a run's functions open, and whether to read or to write them.

A file that is an argument and changed during the run was written; whether what it held before was
an input too depends on how it was opened. An audit hook sees every `open` and `os.open` made in
Python, with its flags, whatever library calls it. It sees nothing of files that compiled code opens
by itself (Arrow, Polars), that another process opens, or that were open before.
"""

from __future__ import annotations

import os
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mltrace.capture.guard import harmless
from mltrace.values.identity import absolute_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

_EMPTYING: Final = os.O_TRUNC | os.O_EXCL
_ACCESS: Final = os.O_RDONLY | os.O_WRONLY | os.O_RDWR


class Opened(NamedTuple):
    """How a file was opened during a watch; all False if no open of it was seen.

    Attributes
    ----------
    read : bool
        What it held could be read: modes r, r+, a+; not w+ and x+, which empty the file first.
    written : bool
        It could be changed: modes w, x, a, r+ and so on.
    kept : bool
        It could be changed and what it held stayed part of it: modes a and r+, not w and x.
    """

    read: bool = False
    written: bool = False
    kept: bool = False


class Watch:
    """Watches how files are opened from `start` to `stop`, in one or several stretches.

    Parameters
    ----------
    paths : iterable of str
        Local files, existing or not.
    folders : iterable of str, default ()
        Folders whose files, at any depth, are watched as well.

    Notes
    -----
    An open counts for the watches of its own context: the run it happens in and the runs around it.
    One made where no watch of that path is known, such as in a thread that was given no context,
    counts for every watch of that path that is on. A path is known by its absolute form, so an open
    by way of another link to the same file is not seen. A failed open counts as well.
    """

    __slots__ = ("_folders", "_is_on", "_paths", "_seen")

    def __init__(self, paths: Iterable[str], folders: Iterable[str] = ()) -> None:
        self._paths = frozenset([_absolute(path) for path in paths])
        self._folders = tuple([f"{_absolute(folder).rstrip('/')}/" for folder in folders])
        # A set, because adding to it needs no lock.
        self._seen: set[tuple[str, int]] = set()
        self._is_on = False

    @harmless(default=None)
    def start(self) -> None:
        """Begin to watch, or go on."""
        if self._is_on or not (self._paths or self._folders):
            return
        _install()
        self._is_on = True
        _watches[id(self)] = self
        _around.set((*[watch for watch in _around.get() if watch._is_on], self))

    @harmless(default=None)
    def stop(self) -> None:
        """Cease to watch, in whatever thread or context."""
        if not self._is_on:
            return
        self._is_on = False
        _watches.pop(id(self), None)
        _around.set(tuple([watch for watch in _around.get() if watch._is_on]))

    def covers(self, path: str) -> bool:
        """Tell whether a file is watched, by its absolute path."""
        return path in self._paths or path.startswith(self._folders)

    def below(self, folder: str) -> dict[str, Opened]:
        """Tell how the files of a folder were opened so far, by their paths below it."""
        start = f"{_absolute(folder).rstrip('/')}/"
        names = {name for name, _ in self._seen if name.startswith(start)}
        return {name[len(start) :]: self.modes(name) for name in names}

    def modes(self, path: str) -> Opened:
        """Tell how a file was opened so far."""
        path = _absolute(path)
        read = written = kept = False
        for name, flags in tuple(self._seen):
            if name == path:
                access, is_emptied = flags & _ACCESS, flags & _EMPTYING != 0
                read |= access != os.O_WRONLY and not is_emptied
                written |= access != os.O_RDONLY
                kept |= access != os.O_RDONLY and not is_emptied
        return Opened(read, written, kept)

    def __enter__(self) -> Watch:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def watch(paths: Iterable[str], folders: Iterable[str] = ()) -> Watch:
    """Make a watch of files and folders; use it in `with`, or call its `start` and `stop`.

    Examples
    --------
    >>> with watch([os.devnull]) as watched:
    ...     open(os.devnull, "a").close()
    >>> watched.modes(os.devnull)
    Opened(read=False, written=True, kept=True)
    """
    return Watch(paths, folders)


_watches: Final[dict[int, Watch]] = {}
_around: Final[ContextVar[tuple[Watch, ...]]] = ContextVar("mltrace_watches", default=())
_is_installed = False


def _install() -> None:
    # An audit hook cannot be taken out again, so it comes with the first watch, not on import.
    global _is_installed  # noqa: PLW0603
    if not _is_installed:
        _is_installed = True
        sys.addaudithook(_on_event)


def _on_event(event: str, arguments: tuple[object, ...]) -> None:
    # Runs at every audit event of the process: it must cost nothing while nothing is watched.
    if _watches:
        if event == "open":
            _on_open(arguments)
        elif event == "os.rename":
            _on_rename(arguments)


@harmless(default=None)
def _on_open(arguments: tuple[object, ...]) -> None:
    opened, _mode, flags = arguments
    if not isinstance(opened, int) and isinstance(flags, int):
        _see(opened, flags)


@harmless(default=None)
def _on_rename(arguments: tuple[object, ...]) -> None:
    """Count a file that another was moved to, as careful writers do, as written."""
    _see(arguments[1], os.O_WRONLY | os.O_TRUNC)


def _see(opened: Any, flags: int) -> None:
    path = _absolute(opened)
    near = [watch for watch in _around.get() if watch._is_on and watch.covers(path)]
    for watched in near or [watch for watch in list(_watches.values()) if watch.covers(path)]:
        watched._seen.add((path, flags & (_ACCESS | _EMPTYING)))


def _absolute(path: str | bytes | os.PathLike[str]) -> str:
    text = absolute_path(path)
    # POSIX lets two leading slashes mean something else; here they do not.
    return text if text[:2] != "//" else "/" + text.lstrip("/")
