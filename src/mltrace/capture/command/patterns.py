"""The files that glob patterns name, before and after a command."""

from __future__ import annotations

import glob
import os
from typing import TYPE_CHECKING

from mltrace.capture.files import stamp_path
from mltrace.config import FOLDER
from mltrace.values.identity import absolute_path, is_uri, local_path_of_uri

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def expand(pattern: str) -> list[str]:
    """List what a pattern names, in order of name: a URI or an existing path names itself.

    `**` goes into folders. A folder counts unless something in it matches as well.

    Examples
    --------
    >>> expand("s3://bucket/*.csv"), expand("nothing-*.csv")
    (['s3://bucket/*.csv'], [])
    """
    if is_uri(pattern):
        local = local_path_of_uri(pattern)
        return [pattern] if local is None or os.path.lexists(local) else []
    if os.path.lexists(pattern):
        return [pattern]
    found = sorted(glob.glob(pattern, recursive=True))
    found = [path.rstrip("/") or path for path in found if FOLDER not in path.split("/")]
    folders = {os.path.dirname(path) for path in found}
    return [path for path in dict.fromkeys(found) if path not in folders]


class WrittenFiles:
    """Knows what patterns named before a command, so as to tell what it wrote.

    Parameters
    ----------
    patterns : sequence of str
        Where it is going to write.
    stdout : str, optional
        The file that its standard output goes to: what is in there, it wrote.
    """

    def __init__(self, patterns: Sequence[str], stdout: str | None = None) -> None:
        self._patterns = patterns
        self._stdout = stdout
        self._before = {path: stamp_path(path) for path in _paths(patterns)}

    def unmatched(self) -> list[str]:
        """List the patterns that name nothing now."""
        return [pattern for pattern in self._patterns if not expand(pattern)]

    def find(self) -> list[str]:
        """List what the patterns name and was made or changed; URIs are taken at their word."""
        return [path for path in _paths(self._patterns) if self._is_written(path)]

    def changed_below(self, folder: str) -> frozenset[str] | None:
        """List the files of a folder that were made or changed; None if it was not there before."""
        before, after = self._before.get(folder), stamp_path(folder)
        if not isinstance(before, dict) or not isinstance(after, dict):
            return None
        return frozenset([path for path, stamp in after.items() if before.get(path) != stamp])

    def _is_written(self, path: str) -> bool:
        if is_uri(path):
            return True
        is_changed = stamp_path(path) != self._before.get(path)
        return is_changed or (self._stdout is not None and _is_same(path, self._stdout))


def file_behind(descriptor: int) -> str | None:
    """Tell the path of the regular file that a descriptor was redirected to; None of all else."""
    import fcntl
    import stat

    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        if hasattr(fcntl, "F_GETPATH"):
            name = os.fsdecode(fcntl.fcntl(descriptor, fcntl.F_GETPATH, bytes(1024)))
            path = name.rstrip("\0")
        else:
            path = os.readlink(f"/proc/self/fd/{descriptor}")
        return path if os.path.samestat(os.stat(path), status) else None
    except OSError:
        return None


def spelled(path: str) -> str:
    """Write a path as one would here: relative where it is below the working folder."""
    here = f"{os.getcwd().rstrip('/')}/"
    return path.removeprefix(here)


def _paths(patterns: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(path for pattern in patterns for path in expand(pattern)))


def _is_same(path: str, other: str) -> bool:
    try:
        return os.path.samefile(path, other)
    except OSError:
        return absolute_path(path) == other
