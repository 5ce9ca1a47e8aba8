"""A file that tells which share of it was read."""

from __future__ import annotations

import os
import tempfile
import weakref
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import pyarrow

from mltrace.compression import BY_ARROW, MAX_BYTES, compression_of, unpack
from mltrace.errors import UnreadableDataError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_TIMES: Final = 100
"""How many times larger than a compressed file is what is read of it, at most."""


class CountedFile:
    """A file to be read from its beginning, compressed or not.

    It is Arrow's own, for Arrow reads ahead in threads that outlast the reader: where they let go
    of a file of Python while the process exits, the process is aborted. What Arrow cannot unpack is
    unpacked into a file of its own, which is gone with this.

    Parameters
    ----------
    path : str
        Its path; the ending tells the compression.

    Raises
    ------
    UnreadableDataError
        If it has to be unpacked, and is damaged, holds several files or too much.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        ending = compression_of(path)
        self._compression = BY_ARROW.get(ending)
        self._read_from = path
        if ending and self._compression is None:
            self._read_from = _unpacked(path)
            weakref.finalize(self, _remove, self._read_from)
        self._num_bytes = max(os.path.getsize(self._read_from), 1)
        self._num_bytes_read = 0
        self._num_unpacked = 0
        self._raw: pyarrow.OSFile | None = None

    @contextmanager
    def open(self) -> Iterator[Any]:
        """Open it anew."""
        raw = pyarrow.OSFile(os.fsencode(self._read_from))
        self._num_unpacked = 0
        with raw, pyarrow.input_stream(raw, self._compression) as stream:
            self._raw = raw
            try:
                yield stream
            finally:
                self._num_bytes_read, self._raw = self._position(), None

    def count(self, num_bytes: int) -> None:
        """Count what came of it.

        Raises
        ------
        UnreadableDataError
            If it is compressed, and more came than 1 GiB and 100 times its size.
        """
        self._num_unpacked += num_bytes
        most = max(MAX_BYTES, _MOST_TIMES * self._num_bytes)
        if self._compression is not None and self._num_unpacked > most:
            said = f"it holds more than {most >> 20:,} MiB, {_MOST_TIMES} times its size"
            raise UnreadableDataError.of(self.path, "a compressed file", said)

    def share(self) -> float:
        """Tell the share that was read."""
        return self._position() / self._num_bytes

    def _position(self) -> int:
        if self._raw is None or self._raw.closed:
            return self._num_bytes_read
        # Of the file descriptor, for Arrow does not tell its position while others read.
        return os.lseek(self._raw.fileno(), 0, os.SEEK_CUR)


def _unpacked(path: str) -> str:
    """Unpack a file into a new one, and name that."""
    handle, name = tempfile.mkstemp(prefix="mltrace-")
    try:
        with os.fdopen(handle, "wb") as target, open(path, "rb") as source:
            unpack(source, path, target)
    except BaseException:
        _remove(name)
        raise
    return name


def _remove(name: str) -> None:
    with suppress(OSError):
        os.unlink(name)
