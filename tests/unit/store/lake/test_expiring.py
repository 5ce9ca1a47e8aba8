"""Old rows go, those of segments that are partly old as well, and do not come back."""

from __future__ import annotations

import fcntl
import os
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from tests.lake_stores import BEGUN, NANOSECONDS, many

from mltrace.store.lake import expiring
from mltrace.store.lake.expiring import forget_old_rows
from mltrace.store.lake.tending import turn_to_compact

if TYPE_CHECKING:
    from tests.lake_stores import LakeStore


def _forget(lake: LakeStore, *, at: float, is_dry: bool = False) -> int:
    before = int((BEGUN + at) * NANOSECONDS)
    store = lake.store
    return forget_old_rows(store.catalog, store.location, before=before, is_dry=is_dry)


@pytest.mark.parametrize("is_compacted", [False, True])
def test_old_rows_go_whatever_they_are_kept_with(lake: LakeStore, *, is_compacted: bool) -> None:
    lake.log(many(10, "old"), at=0)
    lake.log(many(10, "both"), at=95)
    lake.log(many(10_000, "new"), at=200)
    if is_compacted:
        lake.compact()
    assert _forget(lake, at=100, is_dry=True) == 15
    assert len(lake.ids()) == 10_020
    assert _forget(lake, at=100) == 15
    assert _forget(lake, at=100) == 0
    assert lake.ids() == sorted([*many(10, "both")[5:], *many(10_000, "new")])


def test_segment_that_is_partly_old_stays_whole_without_pyarrow(
    lake: LakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.log(many(10, "old"), at=0)
    lake.log(many(10, "both"), at=95)
    with monkeypatch.context() as patch:
        patch.setattr(expiring, "find_spec", lambda _: None)
        assert _forget(lake, at=100) == 10
    assert lake.ids() == many(10, "both")


def test_segment_that_is_partly_old_stays_whole_while_another_process_compacts(
    lake: LakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.log(many(10, "old"), at=0)
    lake.log(many(10, "both"), at=95)
    monkeypatch.setattr(expiring, "turn_to_compact", partial(turn_to_compact, seconds=0.0))
    turn = os.open(lake.store.location.compacting, os.O_RDWR | os.O_CREAT)
    fcntl.flock(turn, fcntl.LOCK_EX)
    assert _forget(lake, at=100) == 10
    assert lake.ids() == many(10, "both")
    os.close(turn)
    assert _forget(lake, at=100) == 5


def test_segment_that_cannot_be_read_stays(lake: LakeStore) -> None:
    fact = lake.log(many(10_000))
    path = lake.store.location.lake / fact.file
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert _forget(lake, at=100) == 0
    path.write_bytes(whole)
    assert _forget(lake, at=100) == 100


@pytest.mark.parametrize("at", [3.0, 1_000.0])
def test_rows_that_went_do_not_come_back_with_their_fact(lake: LakeStore, at: float) -> None:
    fact: Any = lake.log(["a", "b", "c", "d", "e"])
    assert _forget(lake, at=at) in (3, 5)
    left = lake.ids()
    lake.append(fact)
    assert lake.ids() == left
