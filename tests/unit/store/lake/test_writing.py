"""Writing batches: large ones are files, of which readers see all or nothing."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from mltrace.errors import StoreCorruptError
from mltrace.store.lake.batch import decode_batch
from mltrace.store.lake.writing import put_file, write_batch
from mltrace.store.location import locate
from mltrace.store.task_facts import BatchFact

if TYPE_CHECKING:
    from pathlib import Path


def _about(num_rows: int) -> BatchFact:
    return BatchFact(
        uid="b-1", task="late", kind="feedback", rows=num_rows, logged=3, first=1, last=2
    )


def _columns(num_rows: int) -> dict[str, list[str]]:
    return {"id": [f"id-{number:05d}" for number in range(num_rows)]}


def test_small_batch_stays_in_its_fact(tmp_path: Path) -> None:
    fact = write_batch(locate(str(tmp_path / "store")), _about(10), _columns(10))
    assert decode_batch(fact.payload).num_rows == 10
    assert not (tmp_path / "store").exists()


def test_large_batch_is_a_file_of_the_lake(tmp_path: Path) -> None:
    location = locate(str(tmp_path / "store"))
    fact = write_batch(location, _about(10_000), _columns(10_000))
    path = location.lake / fact.file
    assert not fact.payload
    assert path.stat().st_size == fact.size
    assert decode_batch(path.read_bytes()).num_rows == 10_000
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_lake_lies_in_the_folder_of_artifacts(tmp_path: Path) -> None:
    location = locate(str(tmp_path / "store"), str(tmp_path / "shared"))
    write_batch(location, _about(10_000), _columns(10_000))
    assert location.lake == tmp_path / "shared" / "lake"
    assert [entry.name for entry in location.lake.iterdir()] == ["batches"]
    assert [*(tmp_path / "shared" / "stores").iterdir()]  # others are not to sweep it


def test_batch_for_a_server_without_a_shared_folder_stays_in_its_fact(tmp_path: Path) -> None:
    location = locate("postgresql://db/team", spool=str(tmp_path))
    fact = write_batch(location, _about(10_000), _columns(10_000))
    assert decode_batch(fact.payload).num_rows == 10_000
    shared = locate("postgresql://db/team", str(tmp_path / "shared"), spool=str(tmp_path))
    assert write_batch(shared, _about(10_000), _columns(10_000)).file


def test_file_that_finds_no_room_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        put_file(tmp_path / "lake" / "x.batch", b"rows")
    assert not [*tmp_path.glob("lake/*")]


@pytest.mark.parametrize("place", [0, 8, 40, -1])
def test_damaged_batch_is_told_apart(tmp_path: Path, place: int) -> None:
    fact = write_batch(locate(str(tmp_path)), _about(10), _columns(10))
    data = bytearray(fact.payload)
    data[place] ^= 1
    with pytest.raises(StoreCorruptError, match="is damaged"):
        decode_batch(bytes(data))
    with pytest.raises(StoreCorruptError, match="is damaged"):
        decode_batch(bytes(data[:place]))
