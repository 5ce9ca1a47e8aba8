from __future__ import annotations

import numpy
import pandas
import pyarrow
import pytest

from mltrace.profiles.profiling import profile_table
from mltrace.profiles.rows import RowSample
from mltrace.profiles.tables import Profile


def table_of(start: int, end: int) -> pyarrow.Table:
    numbers = numpy.arange(start, end)
    return pyarrow.table({"id": numbers, "name": [f"n{i % 13}" for i in numbers]})


def test_duplicate_rows_are_counted_exactly_while_few_differ() -> None:
    table = pyarrow.table({"a": [1, 1, 2, None, None], "b": ["x", "x", "x", None, None]})
    assert profile_table(table).num_duplicate_rows == 2
    assert profile_table(table[:0]).num_duplicate_rows == 0


def test_a_table_of_distinct_rows_has_no_duplicates_however_large() -> None:
    assert profile_table(table_of(0, 100_000)).num_duplicate_rows == 0


def test_rows_are_equal_whatever_the_types_and_the_order_of_columns() -> None:
    plain = pyarrow.table({"n": [1, 2], "t": ["a", "b"], "flag": [True, False]})
    other = pyarrow.table(
        {
            "flag": [1, 0],
            "t": pyarrow.array(["a", "b"]).dictionary_encode(),
            "n": pyarrow.array([1.0, 2.0], pyarrow.float32()),
            "new": pyarrow.nulls(2),
        }
    )
    overlap = profile_table(plain).overlap(profile_table(other))
    assert (overlap.jaccard, overlap.is_exact) == (1.0, True)


def test_swapped_values_make_other_rows() -> None:
    plain = profile_table(pyarrow.table({"a": [1, 3], "b": [2, 4]}))
    swapped = profile_table(pyarrow.table({"a": [2, 4], "b": [1, 3]}))
    assert plain.overlap(swapped).jaccard == 0.0


@pytest.mark.parametrize("size", [500, 30_000])
def test_a_replayed_day_is_found_and_a_new_one_is_not(size: int) -> None:
    day = profile_table(table_of(0, size))
    replayed = day.overlap(profile_table(table_of(0, size)))
    assert (replayed.jaccard, replayed.share, replayed.other_share) == (1.0, 1.0, 1.0)
    assert replayed.is_exact == (size <= 1024)
    assert day.overlap(profile_table(table_of(size, 2 * size))).jaccard == 0.0


def test_the_shares_of_both_tables_are_told_apart() -> None:
    part, whole = profile_table(table_of(0, 25_000)), profile_table(table_of(0, 100_000))
    overlap = part.overlap(whole)
    assert overlap.share == 1.0
    assert overlap.other_share is not None
    assert abs(overlap.other_share - 0.25) < 4 * (0.25 * 0.75 / overlap.num_compared) ** 0.5


def test_no_rows_share_nothing_that_could_be_told() -> None:
    overlap = Profile().overlap(Profile())
    assert (overlap.jaccard, overlap.share, overlap.num_compared) == (None, None, 0)


def test_rows_of_partitions_merge_exactly() -> None:
    table = pyarrow.concat_tables([table_of(0, 3000), table_of(1000, 2000)])
    whole = profile_table(table)
    parts = Profile.merge_all(profile_table(table[i : i + 500]) for i in range(0, 4000, 500))
    assert parts.row_sample.sample.to_plain() == whole.row_sample.sample.to_plain()
    assert Profile.from_bytes(whole.to_bytes()).num_duplicate_rows == whole.num_duplicate_rows


def test_pandas_would_count_the_same_duplicates() -> None:
    generator = numpy.random.default_rng(3)
    frame = pandas.DataFrame(generator.integers(0, 3, (400, 4)), columns=list("abcd"))
    frame["text"] = pandas.Series(list("xyz"))[generator.integers(0, 3, 400)].to_numpy()
    profile = profile_table(pyarrow.Table.from_pandas(frame))
    assert profile.num_duplicate_rows == frame.duplicated().sum()


def test_parts_that_do_not_fit_each_other_are_refused() -> None:
    num_rows, sample, _ = profile_table(table_of(0, 5000)).row_sample.to_plain()
    with pytest.raises(ValueError, match="does not fit"):
        RowSample.from_plain([num_rows, sample, None])
