"""Compaction: few segments, the same rows, each once, whoever dies or races."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

import numpy
import pyarrow.parquet
import pytest
from sqlalchemy import select
from tests.lake_stores import DAY_SECONDS, LakeStore, many

from mltrace.store.database import schema
from mltrace.store.lake import compacting, planning, rewriting
from mltrace.store.lake.columns import Coded
from mltrace.store.lake.parquet import parquet_bytes

if TYPE_CHECKING:
    from pathlib import Path


def _rows(lake: LakeStore) -> list[dict[str, Any]]:
    return sorted(lake.read().to_pylist(), key=lambda row: (row["at"], row["id"]))


def test_compaction_keeps_every_row_and_makes_one_file(lake: LakeStore) -> None:
    codes = numpy.arange(50) % 3 - 1
    for start in range(20):
        lake.log(
            many(50, f"batch-{start}"),
            at=start * 1_000,
            values=Coded(["no", "yes"], codes),
            score=numpy.linspace(0, 1, 50),
            feature_x=list(range(50)),
        )
    lake.append(lake.prediction("single", model="m@1"))
    before = _rows(lake)
    done = lake.compact()
    assert (done.num_segments, done.num_new_segments, done.num_rows) == (21, 1, 1_001)
    assert _rows(lake) == before
    assert len(lake.segments()) == 1
    assert not lake.compact().num_segments


def test_compacted_rows_are_in_the_order_of_their_time(lake: LakeStore) -> None:
    for start in (300, 100, 200, 150):
        lake.log(many(100, f"batch-{start}"), at=start)
    lake.compact()
    times = lake.read(["at"]).column("at").to_pylist()
    assert times == sorted(times)


def test_each_task_and_kind_has_a_file_of_its_own(lake: LakeStore) -> None:
    lake.log(["a"], task="one")
    lake.log(["b"], task="two")
    lake.append(lake.feedback("a"), lake.feedback("b"))
    assert lake.compact().num_new_segments == 3
    assert len(lake.files()) == 3


def test_rows_that_are_the_same_are_kept_once(lake: LakeStore) -> None:
    lake.log(["a", "b"], uid="0-one")
    lake.log(["a", "b", "c"][:2], uid="0-two")
    lake.log(["a", "b"], uid="0-three", score=[0.5, 0.5])
    lake.compact()
    assert lake.ids() == ["a", "a", "b", "b"]


def test_large_compaction_is_cut_at_the_ends_of_days(
    lake: LakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewriting, "MIN_ROWS", 100)
    for day in range(3):
        lake.log(many(150, f"day-{day}"), at=day * DAY_SECONDS)
    lake.log(many(50, "day-3"), at=3 * DAY_SECONDS)
    assert lake.compact().num_new_segments == 3
    days = [(one.first_at // 10**9 // DAY_SECONDS, one.num_rows) for one in lake.segments()]
    assert [num_rows for _, num_rows in days] == [150, 150, 200]
    assert len({day for day, _ in days}) == 3


def test_evolving_features_are_unified(lake: LakeStore) -> None:
    lake.log(["a"], feature_x=[1])
    lake.log(["b"], feature_x=[0.5], feature_y=["u"])
    lake.log(["c"], feature_y=[True])
    lake.compact()
    rows = lake.read(["id", "feature_x", "feature_y"]).sort_by("id").to_pylist()
    assert [(row["feature_x"], row["feature_y"]) for row in rows] == [
        (1.0, None),
        (0.5, "u"),
        (None, "1"),
    ]


def test_parquet_is_what_other_readers_know(lake: LakeStore) -> None:
    duckdb = pytest.importorskip("duckdb")
    polars = pytest.importorskip("polars")
    scores = numpy.random.default_rng(3).random(1_000)
    lake.log(many(1_000), score=scores, scores=numpy.stack([scores, 1 - scores], 1))
    lake.compact()
    path = str(lake.store.location.lake / str(lake.segments()[0].file))
    assert "scores" in pyarrow.parquet.read_schema(path).names
    query = "SELECT count(DISTINCT id), sum(score), sum(scores[2]) FROM read_parquet(?)"
    (found,) = duckdb.execute(query, [path]).fetchall()
    assert found == pytest.approx((1_000, scores.sum(), (1 - scores).sum()))
    assert polars.read_parquet(path)["score"].to_list() == scores.tolist()


def test_damaged_batch_stays_and_the_others_are_compacted(lake: LakeStore) -> None:
    damaged = lake.log(many(10_000, "lost"))
    lake.log(many(5, "a"))
    lake.log(many(5, "b"))
    path = lake.store.location.lake / damaged.file
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert lake.compact().num_rows == 10
    path.write_bytes(whole)
    assert len(lake.ids()) == 10_010


def test_other_compactor_that_was_first_wins(
    lake: LakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for start in range(4):
        lake.log(many(10, f"batch-{start}"))

    def late(table: pyarrow.Table, task: str) -> pyarrow.Buffer:
        monkeypatch.setattr(rewriting, "parquet_bytes", parquet_bytes)
        assert lake.compact().num_segments == 4
        lake.log(many(10, "new"))
        assert lake.compact().num_segments == 2
        return parquet_bytes(table, task)

    monkeypatch.setattr(rewriting, "parquet_bytes", late)
    assert lake.compact().num_segments == 0
    assert len(lake.ids()) == 50


def test_full_disk_leaves_the_batches_as_they_are(
    lake: LakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for start in range(4):
        lake.log(many(10, f"batch-{start}"))
    before, files = _rows(lake), lake.files()

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            lake.compact()
    assert (_rows(lake), lake.files()) == (before, files)
    assert lake.compact().num_rows == 40


def test_compaction_ends_in_time(lake: LakeStore) -> None:
    for task in ("one", "two", "three"):
        lake.log(["a"], task=task)
    assert lake.compact(seconds=0.0).num_segments == 0
    assert lake.compact(seconds=60.0).num_segments == 3


def test_replaced_segments_say_by_what(lake: LakeStore) -> None:
    lake.log(["a"], uid="0-one")
    lake.log(["b"], uid="0-two")
    lake.compact()
    query = select(schema.segment)
    with lake.store.reading() as connection:
        rows = {row.uid: row for row in connection.execute(query)}
    (new,) = lake.segments()
    prefix = new.uid.partition(".")[0]
    assert {rows[uid].replaced_by for uid in ("0-one", "0-two")} == {prefix}
    assert {rows[uid].payload for uid in ("0-one", "0-two")} == {None}


def test_fact_that_comes_again_after_compaction_adds_nothing(lake: LakeStore) -> None:
    fact = lake.log(["a", "b"])
    single = lake.prediction("c")
    lake.append(single)
    lake.compact()
    lake.append(fact, single)
    assert lake.ids() == ["a", "b", "c"]


def test_small_segments_are_compacted_again_and_large_ones_are_not(
    lake: LakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "MIN_ROWS", 200)
    lake.log(many(250, "large"))
    lake.compact()
    lake.log(many(100, "small"))
    lake.compact()
    lake.log(many(10, "smaller"))
    assert lake.compact().num_segments == 1  # ten times as large: not yet
    lake.log(many(30, "more"))
    assert lake.compact().num_segments == 3
    assert sorted(one.num_rows for one in lake.segments()) == [140, 250]


def test_lake_under_other_artifacts_is_compacted_there(tmp_path: Path) -> None:
    lake = LakeStore(str(tmp_path / "store"), artifacts=str(tmp_path / "shared"))
    lake.log(many(10))
    lake.compact()
    assert len([*(tmp_path / "shared" / "lake" / "segments").iterdir()]) == 1
    assert not (tmp_path / "store" / "lake").exists()


def test_rows_of_many_bytes_are_compacted_in_pieces(
    lake: LakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for start in range(3):
        lake.log(many(1_000, f"batch-{start}"), at=-start)
    before = _rows(lake)
    monkeypatch.setattr(compacting, "_PIECE_BYTES", 30_000)
    done = lake.compact()
    assert done.num_rows == 3_000
    assert done.num_new_segments > 3
    assert _rows(lake) == before
