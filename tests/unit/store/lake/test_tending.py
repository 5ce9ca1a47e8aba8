"""Who compacts when: sync all of it, who asks only what is much, one at a time."""

from __future__ import annotations

import errno
import os
import threading
from typing import TYPE_CHECKING

import pytest
from tests.lake_stores import many

from mltrace.errors import StoreError
from mltrace.store.lake import planning, tending
from mltrace.store.turns import hold_turn

if TYPE_CHECKING:
    from tests.lake_stores import LakeStore


def test_who_asks_compacts_once_there_is_much(
    lake: LakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "MUCH_BATCHES", 3)
    for number in range(2):
        lake.log([f"id-{number}"])
        lake.store.tend_much("late")
    assert len(lake.segments()) == 2
    lake.log(["id-2"])
    lake.store.tend_much("other")
    assert len(lake.segments()) == 3
    lake.store.tend_much("late")
    assert len(lake.segments()) == 1
    assert lake.ids() == ["id-0", "id-1", "id-2"]


def test_who_ships_compacts_every_task_that_has_much(
    lake: LakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "MUCH_BATCHES", 3)
    for task in ("one", "one", "one", "two"):
        lake.log(["a"], task=task)
    lake.store.tend_much()
    assert sorted((one.task, one.is_compacted) for one in lake.segments()) == [
        ("one", True),
        ("two", False),
    ]


def test_nobody_waits_for_who_compacts(lake: LakeStore) -> None:
    lake.log(many(10))
    with hold_turn(lake.store.location.compacting, seconds=0.0):
        other = threading.Thread(target=lake.store.tend_lake)
        other.start()
        other.join()
    assert [one.is_compacted for one in lake.segments()] == [False]
    lake.store.tend_lake()
    assert [one.is_compacted for one in lake.segments()] == [True]


def test_without_pyarrow_batches_stay(lake: LakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.log(many(10))
    monkeypatch.setattr(tending, "find_spec", lambda _: None)
    lake.store.tend_lake()
    assert [one.is_compacted for one in lake.segments()] == [False]


def test_full_disk_is_told_by_a_sync_and_not_by_a_question(
    lake: LakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(planning, "MUCH_BATCHES", 1)
    lake.log(many(10))
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        lake.store.tend_much("late")
        with pytest.raises(StoreError, match="No space left"):
            lake.store.tend_lake()
    assert lake.ids() == many(10)
