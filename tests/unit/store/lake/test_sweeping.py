"""Files of the lake go when no reader can need them, and no sooner."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from tests.lake_stores import LakeStore, many

from mltrace.store.kept.sharing import note_store
from mltrace.store.lake import sweeping
from mltrace.store.lake.sweeping import sweep_idle, sweep_orphans, sweep_replaced

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "GRACE_SECONDS", 0.0)


def _sweep(lake: LakeStore) -> int:
    folder = lake.store.location.lake
    swept = sweep_replaced(lake.store.catalog, folder)
    return swept.plus(sweep_orphans(lake.store.catalog, folder)).num_files


def _orphan(lake: LakeStore, name: str, *, age: float) -> Path:
    path = lake.store.location.lake / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"rows")
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_files_of_replaced_segments_stay_for_who_reads_them(lake: LakeStore) -> None:
    lake.log(many(10_000))
    before = lake.segments()
    with lake.reader() as reader:
        lake.compact()
        assert _sweep(lake) == 0
        assert sum(table.num_rows for table in reader.tables(before[0])) == 10_000


@pytest.mark.usefixtures("no_grace")
def test_files_of_replaced_segments_go_later(lake: LakeStore) -> None:
    lake.log(many(10_000))
    lake.compact()
    assert len(lake.files()) > 1
    assert _sweep(lake) == 1
    assert [name.partition("/")[0] for name in lake.files()] == ["segments"]
    assert len(lake.ids()) == 10_000
    assert _sweep(lake) == 0


def test_files_that_nobody_lists_go_once_they_are_old(lake: LakeStore) -> None:
    lake.log(many(10_000))
    lake.compact()
    old = [_orphan(lake, name, age=4_000) for name in ("batches/x.batch", "segments/.c.parquet")]
    new = _orphan(lake, "segments/c-1.parquet", age=60)
    other = _orphan(lake, "elsewhere/cache", age=4_000)
    assert _sweep(lake) == 2
    assert [path.exists() for path in (*old, new, other)] == [False, False, True, True]
    assert len(lake.ids()) == 10_000


@pytest.mark.usefixtures("no_grace")
def test_batch_whose_fact_is_pending_is_not_swept_once_it_is_drained(lake: LakeStore) -> None:
    lake.append(lake.batch(many(10_000)))
    lake.store.drain()
    assert _sweep(lake) == 0
    assert len(lake.ids()) == 10_000


@pytest.mark.usefixtures("no_grace")
def test_files_that_another_store_may_list_stay(tmp_path: Path) -> None:
    shared = str(tmp_path / "shared")
    one, two = (LakeStore(str(tmp_path / name), artifacts=shared) for name in ("one", "two"))
    fact = one.log(many(10_000))
    two.append(fact)
    one.compact()
    note_store(two.store.location)
    one.store.tend_lake()
    assert len(two.ids()) == 10_000
    for note in (tmp_path / "shared" / "stores").iterdir():
        note.unlink()
    one.store.tend_lake()
    with two.reader() as reader:
        assert reader.read("late", "predictions").num_rows == 0


def test_what_was_matched_goes_when_nothing_new_was_for_a_month(tmp_path: Path) -> None:
    for name, age_days in (("idle", 40), ("used", 3)):
        path = tmp_path / name / "manifest"
        path.parent.mkdir()
        path.write_bytes(b"1234")
        os.utime(path, (time.time() - age_days * 86_400,) * 2)
    assert sweep_idle(tmp_path, is_dry=True) == sweep_idle(tmp_path) == (1, 4)
    assert [path.name for path in tmp_path.iterdir()] == ["used"]
    assert sweep_idle(tmp_path / "none") == (0, 0)
