"""Hints where a chunk or part may be kept already: what may be lost, and need not be true.

An entry is the key of a chunk and the name of its pack, or the key of a part and the name of a
value that has it, appended to one of 64 files. Whoever follows a hint looks whether it is so.
Without the hints, values are kept once more and read as before; a sweep writes them anew.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections import defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_KEY_BYTES: Final = 16
_NUM_FILES: Final = 64

Hint = tuple[bytes, bytes]
"""A key and the name of the file to look into, 16 bytes each."""

_State = tuple[int, int]
"""The number of a file and its size; a file only grows, until another one takes its place."""

_MOST_TURNS: Final = 3
"""How often hints are written again where others change the folder meanwhile."""


class Hints:
    """The hints of a store; a file that has changed since it was looked into is read again.

    Parameters
    ----------
    folder : Path
        Where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._paths = [str(folder / f"{number:02}") for number in range(_NUM_FILES)]
        self._files: dict[int, tuple[_State, bytes]] = {}

    def find(self, key: bytes) -> Iterator[bytes]:
        """Yield the names of files that may have a key, the latest first."""
        content = self._read(key[0] % _NUM_FILES)
        end = len(content)
        while (place := content.rfind(key, 0, end)) >= 0:
            name = content[place + _KEY_BYTES : place + 2 * _KEY_BYTES]
            if len(name) == _KEY_BYTES:
                yield name
            end = place + _KEY_BYTES - 1

    def add(self, hints: Iterable[Hint]) -> None:
        """Append hints."""
        for number, entries in _sorted_out(hints).items():
            state = self._append(number, entries)
            if state is None:
                continue
            before, content = self._files.get(number, (None, b""))
            if before == (state[0], state[1] - len(entries)):
                self._files[number] = state, content + entries

    def replace(self, hints: Iterable[Hint]) -> None:
        """Write all hints anew; those that others append meanwhile may be lost."""
        fresh = self.folder.with_name(f".{self.folder.name}-{uuid.uuid4().hex}")
        fresh.mkdir(parents=True)
        Hints(fresh).add(hints)
        for turn in range(_MOST_TURNS):  # a writer may make the folder anew in between
            stale = fresh.with_name(f"{fresh.name}-old{turn}")
            with contextlib.suppress(FileNotFoundError):
                self.folder.rename(stale)
            with contextlib.suppress(OSError):
                fresh.rename(self.folder)
            shutil.rmtree(stale, ignore_errors=True)
            if not fresh.exists():
                break
        shutil.rmtree(fresh, ignore_errors=True)

    def _append(self, number: int, entries: bytes) -> _State | None:
        """Append to a file; None if it was taken away again and again, and the hints are lost."""
        for _ in range(_MOST_TURNS):
            try:
                return _append(self._paths[number], entries)
            except FileNotFoundError:
                self.folder.mkdir(parents=True, exist_ok=True)
        return None

    def _read(self, number: int) -> bytes:
        try:
            status = os.stat(self._paths[number])
            state = status.st_ino, status.st_size
            known = self._files.get(number)
            if known is None or known[0] != state:
                with open(self._paths[number], "rb") as file:
                    known = self._files[number] = state, file.read()
        except FileNotFoundError:  # there is none, or it is being replaced just now
            return b""
        return known[1]


def _sorted_out(hints: Iterable[Hint]) -> dict[int, bytes]:
    by_file: defaultdict[int, list[bytes]] = defaultdict(list)
    for key, name in hints:
        by_file[key[0] % _NUM_FILES].append(key + name)
    return {number: b"".join(entries) for number, entries in by_file.items()}


def _append(path: str, entries: bytes) -> _State:
    """Append to a file, and tell how it is then."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        os.write(descriptor, entries)
        status = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    return status.st_ino, status.st_size
