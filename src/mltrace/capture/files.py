"""File arguments across a run: which were written, and which of those were also read.

A file that is handed to a function may be its input, its output or both. It is an output if it was
touched while the function ran. It then counts as an input only if the function was seen to open it
for reading: a file that is written over each week does not depend on last week's.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any, Final

from mltrace.capture import opens
from mltrace.capture.boundary import MAX_ITEMS, Found, is_scalar
from mltrace.capture.guard import harmless
from mltrace.config import FOLDER
from mltrace.values.explicit import File
from mltrace.values.identity import file_identity, may_name_file

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

FileStamp = tuple[int, int, int, int]
Stamp = FileStamp | dict[str, FileStamp] | None
"""What changes whenever a file does; of a folder, that of each file in it, by path below it."""
MAX_NESTING: Final = 2
_CONTAINERS: Final = frozenset({list, tuple, set, dict})
MAX_FILES: Final = 100_000
"""Files of a folder that are looked at."""


class FileWatch:
    """Watches the files named in the arguments of one run.

    Parameters
    ----------
    paths : dict of str to (str, object)
        The name of the argument and the path that it gives, by what the file is matched by.
    before : mapping of str to Stamp, optional
        Of a run that is over, the stamps that `stamp_files` took when it began.

    Attributes
    ----------
    touched : list of str
        The files that were made or touched between `start` and `stop`.
    """

    def __init__(
        self, paths: dict[str, tuple[str, Any]], before: Mapping[str, Stamp] | None = None
    ) -> None:
        self._paths = paths
        known = before or {}
        self._before = {
            identity: known[identity] if identity in known else stamp_path(identity)
            for identity in paths
        }
        existing = [identity for identity, stamp in self._before.items() if stamp is not None]
        folders = [path for path in existing if isinstance(self._before[path], dict)]
        self._opens = opens.watch(existing, folders) if existing else None
        self._touched_below: dict[str, frozenset[str]] = {}
        self.touched: list[str] = []

    def start(self) -> None:
        """Observe how the files are opened, from now on."""
        if self._opens is not None:
            self._opens.start()

    def pause(self) -> None:
        """Cease to observe, until started again."""
        if self._opens is not None:
            self._opens.stop()

    @harmless(default=None)
    def finish(self) -> None:
        """Find out which files were touched."""
        for identity, before in self._before.items():
            after = stamp_path(identity)
            if after is None or after == before or self._was_only_read(identity):
                continue
            self.touched.append(identity)
            if isinstance(before, dict) and isinstance(after, dict):
                changed = [path for path, stamp in after.items() if before.get(path) != stamp]
                self._touched_below[identity] = frozenset(changed)

    def written(self, *, beside: Container[str | None] = ()) -> list[Found]:
        """List the arguments that name a file that was made or touched, but for those `beside`."""
        found = [self._paths[identity] for identity in self.touched if identity not in beside]
        return [Found(name, File(path) if isinstance(path, str) else path) for name, path in found]

    def touched_below(self, folder: str) -> frozenset[str] | None:
        """List the files of a touched folder that were made or touched, by path below it.

        None of a folder that is not watched, or was not there before.
        """
        return self._touched_below.get(folder)

    def read_below(self, folder: str) -> frozenset[str]:
        """List the files of a folder that were seen to be opened for what they held."""
        if self._opens is None:
            return frozenset()
        seen = self._opens.below(folder).items()
        return frozenset([path for path, modes in seen if modes.read or modes.kept])

    def was_read(self, identity: str) -> bool:
        """Tell whether a file was seen to be opened for reading, or for adding to what it holds."""
        if self._opens is None:
            return False
        modes = self._opens.modes(identity)
        return modes.read or modes.kept

    def _was_only_read(self, identity: str) -> bool:
        """Tell whether the run was seen to read a file and not to write it: another one did."""
        if self._opens is None:
            return False
        modes = self._opens.modes(identity)
        return modes.read and not modes.written


_NOTHING_WATCHED: Final = FileWatch({})


def stamp_files(values: Iterable[object]) -> dict[str, Stamp]:
    """Stamp the files that values name, to tell later which of them were touched."""
    stamps: dict[str, Stamp] = {}
    for value in values:
        if not is_scalar(value):
            stamps.update([(path, stamp_path(path)) for path, _ in _identities("", value)])
    return stamps


def watch_files(
    variables: Mapping[str, object], *, before: Mapping[str, Stamp] | None = None
) -> FileWatch:
    """Watch the files that arguments name: paths, and texts that look like paths.

    A file that is not there yet is watched as well. For `before` see `FileWatch`.
    """
    paths: dict[str, tuple[str, Any]] = {}
    for name, value in variables.items():
        if type(value) is str:
            if may_name_file(value):
                paths.update(_identities(name, value))
        elif not is_scalar(value):
            paths.update(_identities(name, value))
    return FileWatch(paths, before) if paths else _NOTHING_WATCHED


@harmless(default=False)
def is_missing(value: object) -> bool:
    """Tell whether a value is a path to nothing: an output to be, and as an input a parameter."""
    cls = type(value)
    return issubclass(cls, os.PathLike) and not issubclass(cls, File) and _is_nowhere(value)


def _is_nowhere(path: Any) -> bool:
    try:
        os.lstat(path)
    except (OSError, ValueError):
        return True
    return False


@harmless(default=())
def _identities(name: str, value: object) -> Iterable[tuple[str, tuple[str, Any]]]:
    """List the paths in an argument by what they are matched by; an odd value has none."""
    return [(file_identity(path), (name, path)) for path in _paths(value)]


def _paths(value: Any, depth: int = 0) -> Iterable[Any]:
    cls = type(value)
    if cls is str:
        if may_name_file(value):
            yield value
    elif cls in _CONTAINERS:
        if depth < MAX_NESTING and len(value) <= MAX_ITEMS:
            for item in value.values() if cls is dict else value:
                yield from _paths(item, depth + 1)
    elif issubclass(cls, os.PathLike):
        yield value


def stamp_path(path: str) -> Stamp:
    """Take of a file, or of each file of a folder, what changes whenever it does."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    if stat.S_ISDIR(found.st_mode):
        return _folder_stamp(path)
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _folder_stamp(path: str) -> dict[str, FileStamp]:
    stamps: dict[str, FileStamp] = {}
    start = len(path.rstrip("/")) + 1
    for folder, folders, names in os.walk(path):
        folders[:] = [name for name in folders if name != FOLDER]  # our own store changes always
        for name in names[: MAX_FILES - len(stamps)]:
            file = os.path.join(folder, name)
            try:
                found = os.stat(file)
            except OSError:
                continue
            stamps[file[start:]] = found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
    return stamps
