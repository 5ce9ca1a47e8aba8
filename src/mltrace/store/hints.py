"""Hints where a chunk or part may be kept already: what may be lost, and need not be true.

An entry is the key of a chunk and the name of its pack, or the key of a part and the name of a
value that has it, appended to one of 64 files. Whoever follows a hint looks whether it is so.
Without the hints, values are kept once more and read as before; a sweep writes them anew.
"""

from __future__ import annotations

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


class Hints:
    """The hints of a store as they were when each file was first looked into.

    Parameters
    ----------
    folder : Path
        Where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[int, bytes] = {}

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
        """Append hints for others; this object does not see them."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for number, entries in _sorted_out(hints).items():
            _append(self._folder / f"{number:02}", entries)

    def replace(self, hints: Iterable[Hint]) -> None:
        """Write all hints anew; those that others append meanwhile may be lost."""
        fresh = self._folder.with_name(f".{self._folder.name}-{uuid.uuid4().hex}")
        Hints(fresh).add(hints)
        stale = fresh.with_name(f"{fresh.name}-old")
        if self._folder.exists():
            self._folder.rename(stale)
        fresh.rename(self._folder)
        shutil.rmtree(stale, ignore_errors=True)
        self._files.clear()

    def _read(self, number: int) -> bytes:
        if number not in self._files:
            try:
                self._files[number] = (self._folder / f"{number:02}").read_bytes()
            except FileNotFoundError:
                self._files[number] = b""
        return self._files[number]


def _sorted_out(hints: Iterable[Hint]) -> dict[int, bytes]:
    by_file: defaultdict[int, list[bytes]] = defaultdict(list)
    for key, name in hints:
        by_file[key[0] % _NUM_FILES].append(key + name)
    return {number: b"".join(entries) for number, entries in by_file.items()}


def _append(path: Path, entries: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        os.write(descriptor, entries)
    finally:
        os.close(descriptor)
