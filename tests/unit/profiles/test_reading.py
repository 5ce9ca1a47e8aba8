from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import pandas
import pyarrow
import pyarrow.parquet
import pytest

import mltrace as mt
from mltrace.profiles.reading import profile_data
from mltrace.profiles.sampling import SAMPLE_ROWS

if TYPE_CHECKING:
    from pathlib import Path

NUM_ROWS = 1_000_000


@pytest.fixture(scope="module")
def frame() -> pandas.DataFrame:
    values = numpy.random.default_rng(1).random((NUM_ROWS, 10))
    return pandas.DataFrame(values, columns=[f"c{at}" for at in range(10)]).assign(
        at=pandas.date_range("2013-01-01", periods=NUM_ROWS, freq="s")
    )


@pytest.fixture(scope="module")
def file(frame: pandas.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "rows.parquet"
    frame.to_parquet(path, row_group_size=50_000)
    return path


def _held(request: pytest.FixtureRequest, name: str) -> Any:
    held = request.getfixturevalue("file" if name == "file" else "frame")
    if name == "reader":
        return pyarrow.Table.from_pandas(held).to_reader(max_chunksize=20_000)
    return held


@pytest.mark.parametrize("name", ["frame", "file", "reader"])
def test_sample_is_bounded_and_covers_all_times(name: str, request: pytest.FixtureRequest) -> None:
    profile = profile_data(_held(request, name), mode="sample")
    assert profile.num_rows == NUM_ROWS
    assert SAMPLE_ROWS / 2.1 < profile.num_profiled_rows <= SAMPLE_ROWS + 100
    assert not profile.has_unread
    covered = profile.columns["at"].max - profile.columns["at"].min
    assert covered > pandas.Timedelta(seconds=0.93 * NUM_ROWS)
    assert profile.columns["c0"].mean == pytest.approx(0.5, abs=0.01)


def test_sample_of_a_frame_is_the_same_each_time(frame: pandas.DataFrame) -> None:
    first, second = (profile_data(frame, mode="sample") for _ in range(2))
    assert first.to_bytes() == second.to_bytes()


def test_data_no_larger_than_a_sample_is_profiled_whole(frame: pandas.DataFrame) -> None:
    few = frame.head(1000)
    assert profile_data(few, mode="sample").to_bytes() == profile_data(few).to_bytes()


@pytest.mark.parametrize("name", ["frame", "file", "reader"])
def test_ceiling_is_kept_by_looking_at_fewer_rows(
    name: str, request: pytest.FixtureRequest
) -> None:
    held = _held(request, name)
    profile = profile_data(held, max_seconds=0.03)
    assert 0 < profile.num_profiled_rows < NUM_ROWS
    assert profile.num_rows == NUM_ROWS or profile.has_unread


@pytest.mark.parametrize("name", ["frame", "file", "reader"])
def test_ceiling_that_is_not_reached_changes_nothing(
    name: str, request: pytest.FixtureRequest
) -> None:
    profile = profile_data(_held(request, name), max_seconds=600)
    assert profile.num_profiled_rows == profile.num_rows == NUM_ROWS
    assert not profile.has_unread


def test_stream_that_is_cut_off_says_so(frame: pandas.DataFrame) -> None:
    table = pyarrow.Table.from_pandas(frame)
    profile = profile_data(table.to_reader(max_chunksize=20_000), max_seconds=0.001)
    assert profile.has_unread
    assert profile.num_rows < NUM_ROWS
    assert mt.Profile.from_bytes(profile.to_bytes()).has_unread


def test_file_that_takes_all_the_time_to_open_has_a_profile_of_some_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("delay\n" + "1\n" * 300_000)
    assert profile_data(path, max_seconds=1e-9).columns["delay"].mean == 1.0


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), "1", True])
def test_ceiling_that_is_no_time_is_refused(seconds: Any) -> None:
    with pytest.raises(mt.ArgumentError, match=r"max_seconds=.* is no time"):
        profile_data({"a": [1]}, max_seconds=seconds)


def test_unknown_mode_is_refused() -> None:
    with pytest.raises(mt.OptionError, match=r"No mode of profiling 'sampel'.* Did you .*'sample'"):
        profile_data({"a": [1]}, mode="sampel")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["frame", "file"])
def test_progress_reaches_the_end(name: str, request: pytest.FixtureRequest) -> None:
    told: list[tuple[str, int, int]] = []
    profile_data(_held(request, name), on_progress=lambda *one: told.append(one))
    assert told[-1] == ("Profiling", NUM_ROWS, NUM_ROWS)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


def test_column_that_some_partitions_lack_is_null_there(tmp_path: Path) -> None:
    pyarrow.parquet.write_table(pyarrow.table({"a": [1, 2]}), tmp_path / "1.parquet")
    pyarrow.parquet.write_table(pyarrow.table({"a": [3], "b": ["x"]}), tmp_path / "2.parquet")
    column = profile_data(tmp_path).columns["b"]
    assert (column.num_rows, column.num_nulls) == (3, 2)
