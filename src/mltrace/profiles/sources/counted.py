"""A file that tells which share of it was read."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMPRESSIONS = {
    ".gz": "gzip",
    ".bz2": "bz2",
    ".zst": "zstd",
    ".lz4": "lz4",
    ".br": "brotli",
}


class CountedFile:
    """A file to be read from its beginning, compressed or not.

    It is Arrow's own, for Arrow reads ahead in threads that outlast the reader: where they let go
    of a file of Python while the process exits, the process is aborted.

    Parameters
    ----------
    path : str
        Its path; the ending tells the compression.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._num_bytes = max(os.path.getsize(path), 1)
        self._num_bytes_read = 0
        self._raw: pyarrow.OSFile | None = None

    @contextmanager
    def open(self) -> Iterator[Any]:
        """Open it anew."""
        compression = _COMPRESSIONS.get(os.path.splitext(self.path)[1].lower())
        raw = pyarrow.OSFile(os.fsencode(self.path))
        with raw, pyarrow.input_stream(raw, compression) as stream:
            self._raw = raw
            try:
                yield stream
            finally:
                self._num_bytes_read, self._raw = self._position(), None

    def share(self) -> float:
        """Tell the share that was read."""
        return self._position() / self._num_bytes

    def _position(self) -> int:
        if self._raw is None or self._raw.closed:
            return self._num_bytes_read
        # Of the file descriptor, for Arrow does not tell its position while others read.
        return os.lseek(self._raw.fileno(), 0, os.SEEK_CUR)
