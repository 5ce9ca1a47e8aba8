"""A Spark data frame is profiled where its partitions lie, as any other frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow
import pyarrow.parquet
import pytest
from tests.private_spark import spark as spark
from tests.profiled import differences, table_of_all_kinds

import mltrace as mt

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")


def test_profile_is_that_of_the_same_rows_in_a_table(spark: Any, tmp_path: Path) -> None:
    table = table_of_all_kinds()
    for part in range(3):
        rows = table.slice(part * 700, 700)
        pyarrow.parquet.write_table(rows, tmp_path / f"part{part}.parquet")
    frame = spark.read.parquet(str(tmp_path)).repartition(3)
    assert differences(mt.profile(frame), mt.profile(table)) == []


def test_only_columns_that_are_wanted_are_profiled(spark: Any) -> None:
    frame = spark.range(50).selectExpr("id", "id * 2 as `dep.delay`", "'x' as carrier")
    assert list(mt.profile(frame, columns=["dep.delay"]).columns) == ["dep.delay"]
    with pytest.raises(mt.UnknownNameError, match=r"Did you mean 'dep\.delay'"):
        mt.profile(frame, columns=["dep_delay"])


def test_columns_of_one_name_are_told_apart(spark: Any) -> None:
    frame = spark.range(3).selectExpr("id as a", "id as a")
    assert list(mt.profile(frame).columns) == ["a", "a.1"]


def test_frame_without_rows_has_its_columns(spark: Any) -> None:
    profile = mt.profile(spark.range(0))
    assert (profile.num_rows, list(profile.columns)) == (0, ["id"])


def test_stream_is_refused_with_what_to_do(spark: Any) -> None:
    with pytest.raises(mt.ArgumentError, match="foreachBatch"):
        mt.profile(spark.readStream.format("rate").load())


def test_sample_is_the_same_share_of_each_partition(spark: Any) -> None:
    profile = mt.profile(spark.range(400_000, numPartitions=4), mode="sample")
    assert profile.num_rows == 400_000
    assert profile.num_profiled_rows == pytest.approx(100_000, rel=0.01)
    assert profile.columns["id"].max > 399_000
    assert profile.columns["id"].mean == pytest.approx(200_000, rel=0.01)


def test_ceiling_makes_a_sample(spark: Any) -> None:
    profile = mt.profile(spark.range(3_000_000), max_seconds=0.001)
    assert profile.num_rows == 3_000_000
    assert 0 < profile.num_profiled_rows < 1_000_000
