"""Bloom filters of Parquet: which row groups may have an id, from 32 bytes of each.

pyarrow writes them, and gives their place, but does not look into them.

References
----------
The Parquet format, "Parquet Bloom Filter": split block Bloom filters over xxHash64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_MASK: Final = 2**64 - 1
_PRIMES: Final = (
    0x9E3779B185EBCA87,
    0xC2B2AE3D27D4EB4F,
    0x165667B19E3779F9,
    0x85EBCA77C2B2AE63,
    0x27D4EB2F165667C5,
)
_SALTS: Final = (
    0x47B6137B,
    0x44974D91,
    0x8824AD5B,
    0xA2B7289D,
    0x705495C7,
    0x2DF1424B,
    0x9EFC4947,
    0x5C6BFB31,
)
_BLOCK_BYTES: Final = 32


def may_have(read_at: Callable[[int, int], bytes], offset: int, length: int, hashed: int) -> bool:
    """Tell whether a column chunk may have a value.

    Parameters
    ----------
    read_at : callable
        Reads so many bytes from an offset on: ``read_at(num_bytes, offset)``.
    offset, length : int
        Where the filter is, its header included.
    hashed : int
        The `xxh64` of the value.
    """
    num_bytes = 1 << (length.bit_length() - 1)  # what stands before is the header
    place = ((hashed >> 32) * (num_bytes // _BLOCK_BYTES)) >> 32
    block = read_at(_BLOCK_BYTES, offset + length - num_bytes + place * _BLOCK_BYTES)
    for number, salt in enumerate(_SALTS):
        word = int.from_bytes(block[4 * number : 4 * number + 4], "little")
        if not word >> ((hashed * salt & 0xFFFFFFFF) >> 27) & 1:
            return False
    return True


def xxh64(data: bytes) -> int:
    """Hash bytes by xxHash64, with the seed 0.

    Examples
    --------
    >>> f"{xxh64(b'abc'):x}", f"{xxh64(b'a' * 40):x}"
    ('44bc2cf5ad770999', '569ea6843111ef03')
    """
    one, two, three, four, five = _PRIMES
    place = 0
    if len(data) >= 32:
        lanes = [(one + two) & _MASK, two, 0, -one & _MASK]
        while place <= len(data) - 32:
            for lane in range(4):
                word = int.from_bytes(data[place : place + 8], "little")
                lanes[lane] = _round(lanes[lane], word)
                place += 8
        turns = zip(lanes, (1, 7, 12, 18), strict=True)
        hashed = sum(_rotate(lane, turn) for lane, turn in turns) & _MASK
        for lane in lanes:
            hashed = ((hashed ^ _round(0, lane)) * one + four) & _MASK
    else:
        hashed = five
    hashed = (hashed + len(data)) & _MASK
    for start in range(place, len(data) - 7, 8):
        word = int.from_bytes(data[start : start + 8], "little")
        hashed = (_rotate(hashed ^ _round(0, word), 27) * one + four) & _MASK
        place = start + 8
    if place <= len(data) - 4:
        word = int.from_bytes(data[place : place + 4], "little")
        hashed = (_rotate(hashed ^ (word * one & _MASK), 23) * two + three) & _MASK
        place += 4
    for byte in data[place:]:
        hashed = _rotate(hashed ^ (byte * five & _MASK), 11) * one & _MASK
    hashed = (hashed ^ (hashed >> 33)) * two & _MASK
    hashed = (hashed ^ (hashed >> 29)) * three & _MASK
    return hashed ^ (hashed >> 32)


def _round(lane: int, word: int) -> int:
    one, two, *_ = _PRIMES
    return _rotate((lane + word * two) & _MASK, 31) * one & _MASK


def _rotate(word: int, turn: int) -> int:
    return (word << turn | word >> (64 - turn)) & _MASK
