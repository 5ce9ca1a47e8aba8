"""Arrays of whole numbers as bytes."""

from __future__ import annotations

import numpy
import pytest

from mltrace.profiles.packing import pack, pack_ascending, unpack, unpack_ascending


@pytest.mark.parametrize("most", [0, 255, 256, 2**16, 2**32, 2**62])
def test_arrays_come_back_from_their_bytes(most: int) -> None:
    values = numpy.array([0, 1, most], numpy.int64)
    assert unpack(pack(values), 3).tolist() == values.tolist()
    keys = numpy.unique(values).astype(numpy.uint64)
    assert unpack_ascending(pack_ascending(keys), 3).tolist() == keys.tolist()


def test_small_numbers_take_a_byte_each() -> None:
    assert len(pack(numpy.arange(200))) == 201


def test_empty_arrays_come_back() -> None:
    assert unpack(pack(numpy.empty(0, numpy.int64)), 0).tolist() == []


@pytest.mark.parametrize("packed", [b"", b"\x03abc", b"\x02abc", b"\x00"])
def test_bytes_that_hold_no_array_are_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match="no array"):
        unpack(packed, 10)


def test_more_than_is_allowed_is_refused() -> None:
    with pytest.raises(ValueError, match="an array of 3 numbers, at most 2"):
        unpack(pack(numpy.arange(3)), 2)


def test_keys_that_do_not_ascend_are_refused() -> None:
    with pytest.raises(ValueError, match="do not ascend"):
        unpack_ascending(pack(numpy.array([5, 0])), 2)
