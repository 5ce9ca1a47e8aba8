"""Finding rows by their ids: all of them, of compacted segments and of batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy
import pytest
from tests.lake_stores import many

from mltrace.store.lake import finding, parquet
from mltrace.store.lake.bloom_filters import xxh64
from mltrace.store.lake.finding import find_rows

if TYPE_CHECKING:
    from tests.lake_stores import LakeStore


def _found(lake: LakeStore, *ids: str, task: str | None = None) -> list[tuple[str, str, str]]:
    with lake.reader() as reader:
        rows = find_rows(reader, ids, task=task).to_pylist()
    return sorted((row["id"], row["task"], row["model"]) for row in rows)


@pytest.fixture(params=["filtered", "not filtered"])
def filled(
    lake: LakeStore, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> LakeStore:
    """Fill a lake, compacted with Bloom filters or without, and with batches beside."""
    monkeypatch.setattr(parquet, "_CAN_FILTER", request.param == "filtered")
    monkeypatch.setattr(parquet, "_GROUP_ROWS", 1_000)
    shuffled = numpy.random.default_rng(5).permutation(many(20_000)).tolist()
    lake.log(shuffled, model=["m@1"] * 20_000)
    lake.log(["twice", "é" * 50], model=["m@2"] * 2)
    lake.log(["twice"], task="other", model=["m@3"])
    lake.compact()
    lake.log(["twice"], model=["m@4"], at=5)
    lake.append(lake.prediction("single", model="m@5"))
    return lake


def test_every_row_of_an_id_is_found_in_all_tasks(filled: LakeStore) -> None:
    assert _found(filled, "twice") == [
        ("twice", "late", "m@2"),
        ("twice", "late", "m@4"),
        ("twice", "other", "m@3"),
    ]
    assert _found(filled, "twice", task="other") == [("twice", "other", "m@3")]
    assert _found(filled, "single") == [("single", "late", "m@5")]
    assert _found(filled, "é" * 50) == [("é" * 50, "late", "m@2")]


def test_no_row_is_found_of_an_id_that_is_not_there(filled: LakeStore) -> None:
    assert _found(filled, "id-1", "", "zzz", "id-00020000") == []


def test_ids_are_found_wherever_they_are(filled: LakeStore) -> None:
    wanted = many(20_000)[::397]
    assert [one for one, _, _ in _found(filled, *wanted)] == wanted


def test_many_ids_at_once_are_found_as_well(filled: LakeStore) -> None:
    wanted = [*many(20_000)[:5_000], "nothing"]
    assert len(wanted) > finding._MOST_LOOKED_UP
    assert [one for one, _, _ in _found(filled, *wanted)] == wanted[:-1]


def test_missing_file_is_told(lake: LakeStore) -> None:
    lake.log(many(10))
    lake.compact()
    for name in lake.files():
        (lake.store.location.lake / name).unlink()
    with lake.reader() as reader:
        assert find_rows(reader, ["id-00000001"]).num_rows == 0
    assert [one.reason for one in reader.left_out] == ["missing"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 0xEF46DB3751D8E999),
        (b"a", 0xD24EC4F1A98C6E5B),
        (b"abc", 0x44BC2CF5AD770999),
        (b"0123456789abcdef", 0x5C5B90C34E376D0B),
        (b"xxhash is a fast non-cryptographic hash", None),
    ],
)
def test_hash_is_that_of_the_literature(data: bytes, expected: int | None) -> None:
    if expected is not None:
        assert xxh64(data) == expected
    assert 0 <= xxh64(data) < 2**64
