"""A file that tells which share of it was read."""

from __future__ import annotations

import io
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

    Parameters
    ----------
    path : str
        Its path; the ending tells the compression.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._num_bytes = max(os.path.getsize(path), 1)
        self._raw: _Raw | None = None

    @contextmanager
    def open(self) -> Iterator[Any]:
        """Open it anew."""
        compression = _COMPRESSIONS.get(os.path.splitext(self.path)[1].lower())
        with _Raw(self.path) as self._raw, pyarrow.input_stream(self._raw, compression) as stream:
            yield stream

    def share(self) -> float:
        """Tell the share that was read."""
        return 0.0 if self._raw is None else self._raw.num_bytes_read / self._num_bytes


class _Raw(io.FileIO):
    """Counts what is read; its position cannot be asked for while others read."""

    num_bytes_read = 0

    def readinto(self, buffer: Any, /) -> int | None:
        num_bytes = super().readinto(buffer)
        self.num_bytes_read += num_bytes or 0
        return num_bytes

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(-1 if size is None else size) or b""
        self.num_bytes_read += len(data)
        return data
