"""Cuts bytes into chunks where their content says so, so that an edit changes few chunks.

FastCDC (Xia et al., USENIX ATC 2016) sets a border where a rolling hash over the last bytes has
certain bits clear. Rows that are inserted or deleted move the borders behind them along, so that
the chunks between these stay the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from pyfastcdc import FastCDC

if TYPE_CHECKING:
    from collections.abc import Iterator

AVERAGE_BYTES: Final = 64 * 1024
_MIN_BYTES: Final = AVERAGE_BYTES // 4
_MAX_BYTES: Final = AVERAGE_BYTES * 4
_cutter: Final = FastCDC(avg_size=AVERAGE_BYTES, min_size=_MIN_BYTES, max_size=_MAX_BYTES)


def cut(data: memoryview | BinaryIO, width: int = 1) -> Iterator[memoryview]:
    """Yield the chunks of a buffer, or of a stream to its end, one after the other.

    Parameters
    ----------
    data : memoryview of bytes, or binary stream
        What to cut. A chunk of a stream is valid until the next one is asked for.
    width : int, default 1
        Bytes of one item of a buffer: no border is set within an item.

    Examples
    --------
    >>> chunks = list(cut(memoryview(bytes(range(256)) * 4096)))
    >>> len(chunks), sum(map(len, chunks))
    (4, 1048576)
    """
    if isinstance(data, memoryview):
        yield from _cut_buffer(data, width)
    else:
        yield from (chunk.data for chunk in _cutter.cut_stream(data))


def _cut_buffer(data: memoryview, width: int) -> Iterator[memoryview]:
    size = len(data)
    if size <= _MIN_BYTES:
        yield data
        return
    begin = 0
    for chunk in _cutter.cut_buf(data):
        border = chunk.offset + chunk.length
        end = min(border + -border % width, size)
        if end > begin:
            yield data[begin:end]
            begin = end
