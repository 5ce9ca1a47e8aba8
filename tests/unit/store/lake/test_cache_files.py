"""Arrays are mapped from files as they were written; what is damaged is refused."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy
import pytest

from mltrace.errors import StoreCorruptError
from mltrace.store.lake.cache_files import (
    prefetch,
    read_arrays,
    read_checked,
    write_arrays,
    write_checked,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ARRAYS: Final[dict[str, NDArray[Any]]] = {
    "numbers": numpy.arange(5_000),
    "same": numpy.full(5_000, 7, numpy.int8),
    "nan": numpy.broadcast_to(numpy.nan, 9),
    "nearly": numpy.array([numpy.nan, 1.0, numpy.nan]),
    "wide": numpy.ones((4, 3)),
    "empty": numpy.empty((0, 2), numpy.int32),
    "one": numpy.array([3], numpy.uint32),
}


def test_arrays_come_back_and_constant_ones_take_no_room(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "x"
    write_arrays(path, ARRAYS)
    found = read_arrays(path)
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        numpy.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
    assert path.stat().st_size < 42_000
    prefetch(found["numbers"])
    assert int(found["numbers"].sum()) == 12_497_500


@pytest.mark.parametrize("size", [0, 10, 40, 200, -1])
def test_file_that_was_cut_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "x"
    write_arrays(path, ARRAYS)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(StoreCorruptError, match="damaged"):
        read_arrays(path)


def test_values_are_read_only_if_their_checksum_is_right(tmp_path: Path) -> None:
    path = tmp_path / "x"
    write_checked(path, {"a": [1, 2]})
    assert read_checked(path, msgspec.msgpack.decode) == {"a": [1, 2]}
    content = path.read_bytes()
    for damaged in (content[:-1], content[:-1] + b"\x07", b"", b"not a checksum"):
        path.write_bytes(damaged)
        with pytest.raises(StoreCorruptError, match="damaged"):
            read_checked(path, msgspec.msgpack.decode)


def test_nothing_is_left_of_a_file_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="no room"):
        write_arrays(tmp_path / "x", ARRAYS)
    assert list(tmp_path.iterdir()) == []
