"""Hashes of values, equal on every machine: for distinct values, duplicate rows and overlaps.

Equal values have equal hashes, whatever type holds them: 5 and 5.0, a text and its category. None
of it depends on the process, its machine or a library's version, since hashes are stored.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy
from blake3 import blake3

from mltrace.profiles.layouts import text_buffers

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow
    from numpy.typing import NDArray

    Hashes = NDArray[numpy.uint64]

NULL_HASH: Final = 0
"""Adds nothing to the hash of its row: a column of nulls is as good as none."""
_GOLDEN: Final = numpy.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = numpy.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = numpy.uint64(0x94D049BB133111EB)
_INEXACT: Final = numpy.uint64(0xD6E8FEB86659FD93)
_EXACT_INTEGERS: Final = 2**53
_BLOCK: Final = 16_384
_LONG: Final = 128
_LONG_SPAN: Final = 1 << 24
_MASKS: Final = numpy.array([(1 << (8 * size)) - 1 for size in range(9)], numpy.uint64)


def mix(patterns: Hashes) -> Hashes:
    """Spread what sets 64-bit patterns apart over all bits; distinct ones stay distinct.

    Notes
    -----
    The steps of SplitMix64, a bijection; 1 ns for each value. Not for adversaries.

    Examples
    --------
    >>> [hex(word) for word in mix(numpy.array([0, 1], numpy.uint64))]
    ['0xe220a8397b1dcdaf', '0x910a2dec89025cc1']
    """
    mixed = patterns + _GOLDEN
    for start in range(0, len(mixed), _BLOCK):
        block = mixed[start : start + _BLOCK]
        block ^= block >> numpy.uint64(30)
        block *= _FIRST
        block ^= block >> numpy.uint64(27)
        block *= _SECOND
        block ^= block >> numpy.uint64(31)
    return mixed


def hash_numbers(values: NDArray[Any]) -> Hashes:
    """Hash numbers by their value: integers, floats and booleans alike.

    Parameters
    ----------
    values : array of int, float or bool, shape (n,)
        The numbers; 0.0 and -0.0 are one, and so is every NaN.

    Examples
    --------
    >>> bool(hash_numbers(numpy.array([5]))[0] == hash_numbers(numpy.array([5.0]))[0])
    True
    """
    floats = values.astype(numpy.float64)
    if values.dtype.kind == "f":
        floats += 0.0
        with numpy.errstate(invalid="ignore"):
            total = floats.sum()  # NaN as well where infinities of both signs meet
        if numpy.isnan(total):
            floats[numpy.isnan(floats)] = numpy.nan
    words = floats.view(numpy.uint64)
    if values.dtype.kind in "iu" and values.itemsize == 8 and len(values):
        _keep_large(values, floats, words)
    return mix(words)


def _keep_large(values: NDArray[Any], floats: NDArray[numpy.float64], words: Hashes) -> None:
    """Give integers that no float holds the bits of their own."""
    if max(abs(int(values.min())), abs(int(values.max()))) <= _EXACT_INTEGERS:
        return
    with numpy.errstate(invalid="ignore"):
        inexact = floats.astype(values.dtype) != values
    words[inexact] = values[inexact].view(numpy.uint64) ^ _INEXACT


def hash_texts(values: pyarrow.Array, *, seed: int = 0) -> Hashes:
    """Hash the bytes of texts or of binary values, all of them.

    Parameters
    ----------
    values : pyarrow.Array, shape (n,)
        Strings or binary values, with offsets of any width; no nulls.
    seed : int, default 0
        Tells apart values of different kinds that have the same bytes.

    Notes
    -----
    Texts of up to 128 bytes are hashed word by word, all rows at once: about 20 ns each for a
    dozen letters. Longer ones take part with the first 8 bytes of their BLAKE3 digest.

    Examples
    --------
    >>> import pyarrow
    >>> plain = pyarrow.array(["AA", "UA", "AA"])
    >>> hashes = hash_texts(plain)
    >>> bool(hashes[0] == hashes[2]), bool(hashes[0] == hashes[1])
    (True, False)
    """
    offsets, data = text_buffers(values)
    hashes = numpy.empty(len(values), numpy.uint64)
    start = 0
    while start < len(values):
        end = min(start + _BLOCK, len(values))
        while end > start + 1 and offsets[end] - offsets[start] > _LONG_SPAN:
            end = (start + end) // 2
        hashes[start:end] = _hash_block(offsets[start : end + 1], data, seed)
        start = end
    return mix(hashes)


def _hash_block(offsets: NDArray[Any], data: NDArray[numpy.uint8], seed: int) -> Hashes:
    first, last = int(offsets[0]), int(offsets[-1])
    padded = numpy.zeros(last - first + 8, numpy.uint8)
    padded[: last - first] = data[first:last]
    # The eight bytes from each place on, as one word.
    words = numpy.ndarray((last - first + 1,), "<u8", padded.data, 0, (1,))
    places = offsets.astype(numpy.int64) - first
    starts, lengths = places[:-1], numpy.diff(places)
    hashes = (lengths.astype(numpy.uint64) + numpy.uint64(seed)) * _GOLDEN
    for row in numpy.flatnonzero(lengths > _LONG):
        digest = blake3(padded[starts[row] : places[row + 1]].data).digest(8)
        hashes[row] ^= numpy.uint64(int.from_bytes(digest, "little"))
    rows = numpy.flatnonzero((lengths > 0) & (lengths <= _LONG))
    _hash_words(hashes, words, rows, starts=starts, lengths=lengths)
    return hashes


def _hash_words(
    hashes: Hashes,
    words: Hashes,
    rows: NDArray[numpy.intp],
    *,
    starts: NDArray[numpy.int64],
    lengths: NDArray[numpy.int64],
) -> None:
    """Take the texts of some rows into their hashes, eight bytes at a time."""
    places, rest, state = starts[rows], lengths[rows], hashes[rows]
    while len(rows):
        taken = words[places]
        if int(rest.min()) < 8:
            taken &= _MASKS[numpy.minimum(rest, 8)]
        state ^= taken
        state *= _FIRST
        state ^= state >> numpy.uint64(32)
        rest = rest - 8
        goes_on = rest > 0
        if not goes_on.all():
            hashes[rows] = state
            rows, places = rows[goes_on], places[goes_on]
            rest, state = rest[goes_on], state[goes_on]
        places = places + 8


@lru_cache(maxsize=4096)
def name_factor(name: str) -> numpy.uint64:
    """Give the odd number by which the values of a column count in the hash of their row."""
    digest = blake3(name.encode(errors="surrogatepass")).digest(8)
    return numpy.uint64(int.from_bytes(digest, "little") | 1)


def combine_rows(columns: Iterable[tuple[str, Hashes]], num_rows: int) -> Hashes:
    """Hash rows from the hashes of their values, column by column.

    Parameters
    ----------
    columns : iterable of tuples (str, array of uint64, shape (num_rows,))
        The names of columns with the hashes of their values.
    num_rows : int
        How many rows.

    Notes
    -----
    Which place a column has in the table does not matter, only its name.

    Examples
    --------
    >>> one, two = numpy.array([1, 2], numpy.uint64), numpy.array([2, 1], numpy.uint64)
    >>> rows = combine_rows([("a", one), ("b", two)], 2)
    >>> bool((rows == combine_rows([("b", two), ("a", one)], 2)).all()), bool(rows[0] == rows[1])
    (True, False)
    """
    total = numpy.zeros(num_rows, numpy.uint64)
    for name, hashes in columns:
        factor = name_factor(name)
        for start in range(0, num_rows, _BLOCK):
            total[start : start + _BLOCK] += hashes[start : start + _BLOCK] * factor
    return mix(total)
