"""What a tree of processes did to files: which of them it read and which it wrote.

A file is an *output* if it was opened for writing, or another was moved to its place, and it is
there at the end with a change. It is an *input* if what it held when it was first opened could
matter: a file that was first made or emptied is none, however often it is read afterwards.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Set

MAX_FILES: Final = 10_000
REPLACED: Final = "changed while the command ran: what it held before is not known"
REMOVED: Final = "removed while the command ran: what it held is not known"
_NO_CONTENT: Final = frozenset({b"O_DIRECTORY", b"O_PATH", b"O_TMPFILE", b"__O_TMPFILE"})
_OURS: Final = frozenset({b"O_RDONLY", b"O_CLOEXEC", b"O_NONBLOCK", b"O_NOCTTY"})
"""How mltrace itself opens a file to digest it, in components inside the command."""
_STAT_SECONDS: Final = 10


@dataclass(slots=True)
class Access:
    """How one file was used.

    Attributes
    ----------
    is_input : bool
        What it held at first could matter.
    is_output : bool
        It was opened for writing, or another was moved to its place.
    is_made : bool
        At some time it was made or emptied.
    may_be_new : bool
        It is not known whether its first open made it.
    """

    is_input: bool
    is_output: bool = False
    is_made: bool = False
    may_be_new: bool = False


@dataclass(frozen=True, slots=True)
class Used:
    """A file that was read or written; `reason` says why its content is not known."""

    path: str
    reason: str | None = None


class Accesses:
    """Learns of the calls of a tree of processes in order, and tells its inputs and outputs.

    Parameters
    ----------
    is_data : callable
        Tells whether a path may name data; of others nothing is kept.

    Attributes
    ----------
    files : dict of str to Access
        What is known of each file, by absolute path.
    num_left_out : int
        Files beyond `MAX_FILES`.

    Examples
    --------
    >>> accesses = Accesses(lambda path: not path.startswith("/usr/"))
    >>> accesses.opened("/jobs/raw.csv", {b"O_RDONLY"})
    >>> accesses.opened("/jobs/.tmp", {b"O_WRONLY", b"O_CREAT", b"O_TRUNC"})
    >>> accesses.moved("/jobs/.tmp", "/jobs/clean.csv")
    >>> {path: (one.is_input, one.is_output) for path, one in accesses.files.items()}
    {'/jobs/raw.csv': (True, False), '/jobs/clean.csv': (False, True)}
    """

    def __init__(self, is_data: Callable[[str], bool]) -> None:
        self.files: dict[str, Access] = {}
        self.num_left_out = 0
        self._is_data = is_data
        self._programs: set[str] = set()

    def opened(self, path: str, flags: Set[bytes]) -> None:
        """Learn that a file was opened."""
        if not _NO_CONTENT.isdisjoint(flags) or flags == _OURS:
            return
        is_new = b"O_CREAT" in flags
        is_emptied = b"O_TRUNC" in flags or (is_new and b"O_EXCL" in flags)
        access = self._access(path, is_input=not is_emptied, may_be_new=is_new and not is_emptied)
        if access is not None:
            access.is_output |= b"O_WRONLY" in flags or b"O_RDWR" in flags
            access.is_made |= is_emptied

    def moved(self, old: str, new: str) -> None:
        """Learn that a file or folder was given another name."""
        if old not in self.files and os.path.isdir(new):
            below = f"{old}/"
            for path in [path for path in self.files if path.startswith(below)]:
                self.moved(path, f"{new}/{path[len(below) :]}")
            return
        self.linked(old, new)
        access = self.files.get(old)
        if access is not None:
            if not access.is_input or access.may_be_new:
                del self.files[old]
            else:
                access.is_output = False

    def linked(self, old: str, new: str) -> None:
        """Learn that a file was given a second name."""
        self._access(old, is_input=True)
        access = self._access(new, is_input=False)
        if access is not None:
            access.is_output = access.is_made = True

    def executed(self, path: str) -> None:
        """Learn that a file was run: it is a program, not data."""
        self._programs.add(path)

    def inputs(self, started_ns: int) -> Iterator[Used]:
        """List the files that were read, in order of their first use.

        Parameters
        ----------
        started_ns : int
            When the command started, by the clock that stamps files.
        """
        found = dict(self._found(lambda access: access.is_input))
        changed = {path: status for path, status in found.items() if status is not None}
        changed = {p: s for p, s in changed.items() if s.st_ctime_ns >= started_ns}
        doubtful = [path for path in changed if self.files[path].may_be_new]
        made = _made_since(started_ns, doubtful)
        for path, status in found.items():
            if status is None:
                if not self.files[path].may_be_new:
                    yield Used(path, REMOVED)
            elif path not in made:
                is_changed = path in changed or self.files[path].is_made
                yield Used(path, REPLACED if is_changed else None)

    def outputs(self, started_ns: int) -> Iterator[Used]:
        """List the files that were written and are there."""
        for path, status in self._found(lambda access: access.is_output):
            is_touched = status is not None and status.st_ctime_ns >= started_ns
            if status is not None and (is_touched or self.files[path].is_made):
                yield Used(path)

    def _access(self, path: str, *, is_input: bool, may_be_new: bool = False) -> Access | None:
        known = self.files.get(path)
        if known is None and self._is_data(path):
            if len(self.files) >= MAX_FILES:
                self.num_left_out += 1
                return None
            known = self.files[path] = Access(is_input, may_be_new=may_be_new)
        return known

    def _found(
        self, is_wanted: Callable[[Access], bool]
    ) -> Iterator[tuple[str, os.stat_result | None]]:
        """Iterate over files with their status, each once, whatever its names; None if gone."""
        seen: set[tuple[int, int]] = set()
        for path, access in self.files.items():
            if not is_wanted(access) or path in self._programs:
                continue
            try:
                status = os.stat(path)
            except FileNotFoundError:
                yield path, None
                continue
            except OSError:
                continue
            key = status.st_dev, status.st_ino
            if stat.S_ISREG(status.st_mode) and key not in seen:
                seen.add(key)
                yield path, status


def _made_since(started_ns: int, paths: Iterable[str]) -> frozenset[str]:
    """Tell which files are younger than the command, where the system knows; Python cannot ask."""
    listed = list(paths)
    if not listed:
        return frozenset()
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603 (no shell)
            ["stat", "--dereference", "--printf=%.9W\\n", "--", *listed],  # noqa: S607
            capture_output=True,
            timeout=_STAT_SECONDS,
            check=True,
        )
        born_ns = [int(line.replace(b".", b"")) for line in done.stdout.split()]
    except (OSError, ValueError, subprocess.SubprocessError):
        return frozenset()
    pairs = zip(listed, born_ns, strict=True)
    return frozenset([path for path, born in pairs if born >= started_ns])
