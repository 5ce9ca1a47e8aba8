"""Digests of local files by their bytes, with a cache that a changed file cannot fool.

A digest is remembered under the file's path with its size, times, inode and device, and only if the
file had been left alone for two seconds when it was read: file times are coarse, so that a file
written twice within one tick would look the same.
"""

from __future__ import annotations

import io
import os
import stat
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mltrace.values.described import (
    Buffer,
    Content,
    Part,
    ValueChangedError,
    part_of_bytes,
)
from mltrace.values.digests import DIGEST_BYTES, digest_of_bytes, new_hasher

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import WriteableBuffer

_SMALL_FILE_BYTES = 1 << 20
_READ_BYTES = 1 << 20
_MAX_REMEMBERED = 4096
_QUIET_NANOSECONDS = 2_000_000_000
_NUM_TRIES = 3


class FileChangedError(OSError):
    """A file changed each time that it was read."""


class Stamp(NamedTuple):
    """What changes whenever a file does."""

    size: int
    modified_ns: int
    changed_ns: int
    inode: int
    device: int


@dataclass(frozen=True, slots=True)
class FileDigest:
    """The digest of a file; `content` are its bytes if they were read at once just now."""

    digest: str
    size: int
    content: bytes | None = None


class _Cache:
    """The digests of the files used last, safe to use from several threads and after a fork."""

    def __init__(self) -> None:
        self._digests: OrderedDict[str, tuple[Stamp, str]] = OrderedDict()
        self._lock = threading.RLock()  # a signal handler may log as well
        os.register_at_fork(after_in_child=self._unlock)

    def find(self, path: str, stamp: Stamp) -> str | None:
        with self._lock:
            known = self._digests.get(path)
            if known is None or known[0] != stamp:
                return None
            self._digests.move_to_end(path)
            return known[1]

    def remember(self, path: str, stamp: Stamp, digest: str) -> None:
        with self._lock:
            self._digests[path] = stamp, digest
            self._digests.move_to_end(path)
            if len(self._digests) > _MAX_REMEMBERED:
                self._digests.popitem(last=False)

    def _unlock(self) -> None:
        self._lock = threading.RLock()


_cache = _Cache()


def stamp_of(status: os.stat_result) -> Stamp:
    """Take from a file's status what changes whenever the file does."""
    return Stamp(
        status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev
    )


def digest_file(path: str, status: os.stat_result) -> FileDigest:
    """Digest a regular file by its bytes.

    Parameters
    ----------
    path : str
        The absolute path.
    status : os.stat_result
        What `os.stat` said just now.

    Raises
    ------
    FileChangedError
        If it changed while it was read, three times in a row.
    OSError
        If it cannot be read.
    """
    stamp = stamp_of(status)
    known = _cache.find(path, stamp)
    if known is not None:
        return FileDigest(known, stamp.size)
    for _ in range(_NUM_TRIES):
        read_at = time.time_ns()
        found, before = _read(path)
        after = stamp_of(os.stat(path))
        if before == after:
            if read_at - max(after.modified_ns, after.changed_ns) >= _QUIET_NANOSECONDS:
                _cache.remember(path, after, found.digest)
            return found
    raise FileChangedError("changed while it was read")


def file_part(path: str, found: FileDigest) -> Part:
    """Make a file a part; bytes that are not at hand are read later, and checked again."""
    if found.content is not None:
        return part_of_bytes(found.digest, found.content)

    def buffers() -> Iterator[Buffer]:
        with _CheckedFile(path, found.digest) as file:
            yield Buffer(file)

    return Part(found.digest, found.size, lambda: Content({}, buffers()))


def _open(path: str) -> tuple[int, Stamp]:
    # Not blocking, should a pipe have taken the file's place since it was looked at. By just these
    # flags `capture/accesses.py` knows that it was us who opened a file, and not the user's code.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise FileChangedError("is no longer a regular file")
    return descriptor, stamp_of(status)


def _read(path: str) -> tuple[FileDigest, Stamp]:
    descriptor, before = _open(path)
    try:
        # Room for a byte more shows a file that has grown.
        content = os.read(descriptor, min(before.size, _SMALL_FILE_BYTES) + 1)
        if len(content) == before.size:
            return FileDigest(digest_of_bytes(content), before.size, content), before
        hasher, size = new_hasher(), len(content)
        hasher.update(content)
        buffer = memoryview(bytearray(_READ_BYTES))
        while num_read := os.readv(descriptor, [buffer]):
            hasher.update(buffer[:num_read])
            size += num_read
        return FileDigest(hasher.hexdigest(length=DIGEST_BYTES), size), before
    finally:
        os.close(descriptor)


class _CheckedFile(io.RawIOBase):
    """Reads a file, and raises at its end if it no longer has the digest."""

    def __init__(self, path: str, digest: str) -> None:
        try:
            self._descriptor, _ = _open(path)
        except FileNotFoundError as error:
            raise ValueChangedError("The file was removed before its content was kept.") from error
        except FileChangedError as error:
            raise ValueChangedError("The file was replaced before its content was kept.") from error
        self._hasher, self._digest = new_hasher(), digest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        num_read = os.readv(self._descriptor, [view])
        self._hasher.update(view[:num_read])
        if view.nbytes and not num_read and self._digest != self._hasher.hexdigest(DIGEST_BYTES):
            raise ValueChangedError("The file changed before its content was kept.")
        return num_read

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()
