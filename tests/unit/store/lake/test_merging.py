"""Merging lakes: each row once, however often, and however either store has compacted."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from tests.lake_stores import LakeStore, many

from mltrace.store.lake import rewriting
from mltrace.store.lake.expiring import forget_old_rows
from mltrace.store.lake.merging import Brought, Place, merge_segments

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def other(tmp_path: Path) -> LakeStore:
    return LakeStore(str(tmp_path / "other"))


def _merge(source: LakeStore, target: LakeStore) -> Brought:
    for one in (source, target):
        one.store.drain()
    places = [Place(one.store.catalog, one.store.location) for one in (source, target)]
    return merge_segments(*places)


def _copy(lake: LakeStore, folder: Path) -> LakeStore:
    lake.store.catalog.close()
    shutil.copytree(lake.store.location.spool.parent, folder)
    return LakeStore(str(folder))


def test_merge_brings_batches_with_their_files_once(lake: LakeStore, other: LakeStore) -> None:
    lake.log(many(10_000, "large"))
    lake.log(many(10, "small"))
    lake.append(lake.feedback("a"))
    other.log(["mine"])
    assert _merge(lake, other) == Brought(10_011)
    assert len(other.ids()) == 10_011
    assert other.ids(kind="feedback") == ["a"]
    assert _merge(lake, other) == Brought(0)
    assert len(lake.ids()) == 10_010


def test_merge_brings_what_is_compacted_and_twice_is_as_good_as_once(
    lake: LakeStore, other: LakeStore
) -> None:
    lake.log(many(10_000, "large"))
    lake.log(many(10, "small"))
    lake.compact()
    assert _merge(lake, other) == Brought(10_010)
    other.compact()
    assert _merge(lake, other) == Brought(0)
    lake.log(["new"])
    lake.compact()
    assert _merge(lake, other) == Brought(1)
    assert _merge(lake, other) == Brought(0)
    assert len(other.ids()) == 10_011


@pytest.mark.parametrize("is_compacted", [False, True])
def test_copy_that_was_compacted_otherwise_brings_only_what_is_new(
    lake: LakeStore, tmp_path: Path, *, is_compacted: bool
) -> None:
    for start in range(4):
        lake.log(many(2_000, f"batch-{start}"), score=[start / 8] * 2_000)
    copy = _copy(lake, tmp_path / "copy")
    lake.log(many(10, "here"))
    copy.log(many(10, "there"))
    copy.compact()
    if is_compacted:
        lake.compact()
    assert _merge(copy, lake).num_rows == 10
    assert _merge(copy, lake).num_rows == 0
    assert _merge(lake, copy).num_rows == 10
    assert _merge(lake, copy).num_rows == 0
    assert lake.ids() == copy.ids()
    assert len(lake.ids()) == len(set(lake.ids())) == 8_020


def test_rows_that_two_copies_gathered_otherwise_are_there_once(
    lake: LakeStore, tmp_path: Path
) -> None:
    lake.append(*(lake.prediction(one, at=number) for number, one in enumerate(many(60))))
    copy = _copy(lake, tmp_path / "copy")
    copy.append(copy.prediction("there"))
    copy.store.drain()
    lake.append(lake.prediction("here", at=5))
    lake.store.drain()
    copy.compact()
    assert _merge(copy, lake).num_rows == 1
    assert _merge(lake, copy).num_rows == 1
    assert _merge(copy, lake).num_rows == 0
    assert lake.ids() == copy.ids() == sorted([*many(60), "here", "there"])


def test_rows_that_went_by_way_of_a_third_store_come_back_to_none(
    lake: LakeStore, other: LakeStore, tmp_path: Path
) -> None:
    lake.log(["a", "b"])
    copy = _copy(lake, tmp_path / "copy")
    copy.log(["c"])
    copy.compact()
    for source, target in ((lake, other), (copy, other), (other, lake), (lake, copy)):
        _merge(source, target)
    for one in (lake, copy, other):
        one.compact()
    for source, target in ((lake, other), (copy, other), (other, lake), (lake, copy)):
        assert _merge(source, target).num_rows == 0
        assert target.ids() == ["a", "b", "c"]


def test_merge_that_was_interrupted_is_begun_again(
    lake: LakeStore, other: LakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewriting, "MIN_ROWS", 100)
    for day in range(3):
        lake.log(many(4_000, f"day-{day}"), at=day * 86_400.0)
    lake.compact()
    (first, *_) = lake.segments()
    path = lake.store.location.lake / str(first.file)
    hidden = path.with_suffix(".away")
    path.rename(hidden)
    assert _merge(lake, other) == Brought(8_000, 1)
    hidden.rename(path)
    assert _merge(lake, other) == Brought(4_000)
    assert len(set(other.ids())) == len(other.ids()) == 12_000


def test_damaged_batch_is_counted_and_comes_once_it_is_whole(
    lake: LakeStore, other: LakeStore
) -> None:
    path = lake.store.location.lake / lake.log(many(10_000)).file
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    lake.log(["a"])
    assert _merge(lake, other) == Brought(1, 1)
    path.write_bytes(whole)
    assert _merge(lake, other) == Brought(10_000)


def test_rows_that_retention_removed_do_not_come_back(lake: LakeStore, other: LakeStore) -> None:
    lake.log(["a"])
    _merge(lake, other)
    forget_old_rows(other.store.catalog, other.store.location, before=2**62, is_dry=False)
    assert _merge(lake, other).num_rows == 0
    assert _merge(other, lake).num_rows == 0
    assert (lake.ids(), other.ids()) == (["a"], [])


def test_stores_that_share_a_lake_share_its_files(tmp_path: Path) -> None:
    shared = str(tmp_path / "shared")
    one, two = (LakeStore(str(tmp_path / name), artifacts=shared) for name in ("one", "two"))
    one.log(many(10_000))
    assert _merge(one, two).num_rows == 10_000
    assert len(one.files()) == 1
    assert len(two.ids()) == 10_000
