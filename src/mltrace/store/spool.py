"""The spool: append-only files of facts, one per writing process.

A fact is one JSON line behind its CRC-32, with a line break on *both* sides: a line that a full
disk or a kill cut short spoils no other. One `os.write` to a file opened for append makes a fact
acknowledged. Each writer holds a lock on its file for life, so that a reader can tell the files of
dead processes from those of live ones without trusting process numbers.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import itertools
import os
import threading
import time
import weakref
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import msgspec

from mltrace.escaping import encodable
from mltrace.store.facts import AnyFact
from mltrace.store.file_locks import locked
from mltrace.store.location import make_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from mltrace.store.fact import Fact

SUFFIX: Final = ".jsonl"
_HIDDEN: Final = ".new"
_STALE_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 1.0
_ROTATE_BYTES: Final = 32 * 1024 * 1024
_READ_BYTES: Final = 4 * 1024 * 1024
_encode = msgspec.json.Encoder().encode
_decoder: Final[msgspec.json.Decoder[AnyFact]] = msgspec.json.Decoder(AnyFact)


def frame(fact: Fact) -> bytes:
    r"""Encode a fact as a line that stands by itself; what UTF-8 cannot hold is escaped.

    Examples
    --------
    >>> from mltrace.store.facts import NoteFact
    >>> frame(NoteFact(id="1", run="2", at=3, text="slow"))
    b'\n59e8126b {"f":"note","id":"1","run":"2","at":3,"text":"slow"}\n'
    """
    try:
        body = _encode(fact)
    except UnicodeEncodeError:
        body = _encode(_escaped(msgspec.to_builtins(fact)))
    return b"\n%08x %b\n" % (crc32(body), body)


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {_escaped(key): _escaped(one) for key, one in value.items()}
    return [*map(_escaped, value)] if isinstance(value, list | tuple) else value


class SkipReason(StrEnum):
    """Why a line of a spool file is not in the catalog."""

    DAMAGED = "damaged"
    """It does not match its checksum: bytes of it are missing or changed."""
    UNFINISHED = "unfinished"
    """Its writer died before the end of it."""
    UNKNOWN = "unknown"
    """It is whole, and no fact that this version knows."""
    UNFIT = "unfit"
    """It is a fact that no catalog can hold."""


def parse(line: bytes) -> AnyFact | SkipReason:
    """Decode a line, or tell why it cannot be."""
    body = line[9:]
    try:
        if int(line[:8], 16) != crc32(body):
            return SkipReason.DAMAGED
    except ValueError:
        return SkipReason.DAMAGED
    try:
        return _decoder.decode(body)
    except msgspec.DecodeError:
        return SkipReason.UNKNOWN


class SpoolWriter:
    """Appends facts of this process to a file in `folder`.

    Parameters
    ----------
    folder : Path
        The spool folder; created on the first append.
    introduce : callable
        Tells the id of this process, which names the files, and the facts that each of them opens
        with, so that it can be understood when all others are lost.
    """

    def __init__(self, folder: Path, introduce: Callable[[], tuple[str, Iterable[Fact]]]) -> None:
        self._folder = folder
        self._introduce = introduce
        self._descriptor: int | None = None
        self._inode = (0, 0)
        self._path = ""
        self._look_at = 0.0
        self._size = 0
        self._segments = itertools.count(1)
        self._lock = threading.RLock()
        _writers.add(self)

    def append(self, *facts: Fact) -> None:
        """Append facts; they are acknowledged when this returns.

        Raises
        ------
        OSError
            If they cannot be written; none of them is then acknowledged.
        """
        data = frame(facts[0]) if len(facts) == 1 else b"".join([frame(fact) for fact in facts])
        size = len(data)
        with self._lock:
            descriptor = self._descriptor
            if descriptor is None or not self._is_in_place(descriptor):
                descriptor = self._open()
            elif self._size > _ROTATE_BYTES:
                descriptor = self._rotate(descriptor)
            self._size += size
            try:
                if (written := os.write(descriptor, data)) < size:
                    _write_all(descriptor, data[written:])
            except OSError as error:
                if error.errno != errno.EFBIG:
                    raise
                _write_all(self._open(), data)  # files have a limit here, each of its own

    def close(self) -> None:
        """Close the file, which tells readers that this writer is gone."""
        with self._lock:
            self._release()

    def forget(self) -> None:
        """Start afresh in a forked child: the open file belongs to the parent."""
        self._lock = threading.RLock()
        self._release()
        self._segments = itertools.count(1)

    def _is_in_place(self, descriptor: int) -> bool:
        """Tell whether the file is still ours and not deleted, and where readers look.

        The last is asked once a second.
        """
        try:
            status = os.fstat(descriptor)
        except OSError:
            return False
        if (status.st_dev, status.st_ino) != self._inode or not status.st_nlink:
            return False
        now = time.monotonic()
        if now < self._look_at:
            return True
        self._look_at = now + _LOOK_SECONDS
        try:
            status = os.stat(self._path)
        except FileNotFoundError:
            return False  # the folder was moved away, with the file in it
        except OSError:
            return True
        return (status.st_dev, status.st_ino) == self._inode

    def _rotate(self, descriptor: int) -> int:
        try:
            return self._open()
        except OSError:
            self._size = 0  # no room for another file now: go on with this one
            return descriptor

    def _open(self) -> int:
        process, facts = self._introduce()
        data = b"".join([frame(fact) for fact in facts])
        make_folder(self._folder)
        path = self._folder / f"{process}-{next(self._segments):06d}{SUFFIX}"
        hidden = path.with_suffix(_HIDDEN)
        descriptor = os.open(hidden, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            _write_all(descriptor, data)
            hidden.rename(path)  # readers see the file only once it is locked
        except BaseException:
            os.close(descriptor)
            with contextlib.suppress(OSError):
                hidden.unlink()
            raise
        self._release()
        status = os.fstat(descriptor)
        self._inode = (status.st_dev, status.st_ino)
        self._path, self._look_at = str(path), time.monotonic() + _LOOK_SECONDS
        self._descriptor, self._size = descriptor, 0
        return descriptor

    def _release(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None and _is_ours(descriptor, self._inode):
            os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, data[written:])


def _is_ours(descriptor: int, inode: tuple[int, int]) -> bool:
    """Tell whether a descriptor is still our file.

    A process that turns itself into a daemon closes all descriptors, and their numbers come back
    as files of the user.
    """
    try:
        status = os.fstat(descriptor)
    except OSError:
        return False
    return (status.st_dev, status.st_ino) == inode


_writers: weakref.WeakSet[SpoolWriter] = weakref.WeakSet()


def _forget_all() -> None:
    for writer in list(_writers):
        writer.forget()


os.register_at_fork(after_in_child=_forget_all)


@dataclass(frozen=True, slots=True)
class SpoolFile:
    """A spool file as a reader found it."""

    name: str
    path: str
    size: int

    @property
    def process(self) -> str:
        """The id of the process that wrote the file."""
        return process_of(self.name)


def process_of(name: str) -> str:
    """Tell the id of the process that wrote the file of that name."""
    return name.rpartition("-")[0]


def list_files(folder: Path) -> list[SpoolFile]:
    """List the spool files of a folder in order of name; none if the folder is not there."""
    try:
        with os.scandir(folder) as entries:
            found = [entry for entry in entries if entry.name.endswith(SUFFIX)]
    except FileNotFoundError:
        return []
    files = []
    for entry in found:
        try:
            files.append(SpoolFile(entry.name, entry.path, entry.stat().st_size))
        except FileNotFoundError:
            continue
    return sorted(files, key=lambda file: file.name)


def remove_unborn(folder: Path) -> None:
    """Remove the files of writers that died before they showed them to readers."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in [entry for entry in entries if entry.name.endswith(_HIDDEN)]:
            is_stale = time.time() - entry.stat().st_mtime > _STALE_SECONDS
            if is_stale and not is_written(entry.path):
                os.unlink(entry.path)


def is_written(path: str) -> bool:
    """Tell whether a live process still holds the file open for writing."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    with locked(descriptor, fcntl.LOCK_EX) as is_free:
        return not is_free


def living_processes(folder: Path) -> set[str]:
    """Tell which processes hold a file of the folder open for writing."""
    return {file.process for file in list_files(folder) if is_written(file.path)}


def lines_of(path: str, offset: int) -> Iterator[bytes]:
    """Yield the whole lines of a file from `offset` on; none if it is gone."""
    while True:
        try:
            lines, end = read_lines(path, offset, _READ_BYTES)
        except FileNotFoundError:
            return
        if end == offset:
            return
        offset = end
        yield from lines


def read_lines(path: str, offset: int, limit: int) -> tuple[list[bytes], int]:
    """Read whole lines from `offset` on; return them and the offset behind the last one.

    Parameters
    ----------
    limit : int
        Bytes to read at most, unless one line is longer.
    """
    with open(path, "rb") as file:
        file.seek(offset)
        data = file.read(limit)
        while b"\n" not in data and (more := file.read(max(limit, len(data)))):
            data += more
    end = data.rfind(b"\n") + 1
    return [line for line in data[:end].split(b"\n") if line], offset + end
