"""Reading rows: only those of a time, only the columns that are wanted, and never a fatal end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.lake_stores import BEGUN, NANOSECONDS, many

from mltrace.store.lake import parquet
from mltrace.store.lake.reading import Span

if TYPE_CHECKING:
    from tests.lake_stores import LakeStore


def _span(since: float | None, until: float | None) -> Span:
    times = [None if one is None else int((BEGUN + one) * NANOSECONDS) for one in (since, until)]
    return Span(*times)


@pytest.mark.parametrize("is_compacted", [False, True])
@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [(None, None, 30), (5, None, 25), (None, 5, 5), (5, 6, 1), (5, 5, 0), (9.5, 20.5, 11)],
)
def test_rows_of_a_time_are_those_from_its_beginning_and_before_its_end(
    lake: LakeStore, *, is_compacted: bool, since: float, until: float, expected: int
) -> None:
    for start in (0, 10, 20):
        lake.log(many(10, f"from-{start}"), at=start)
    if is_compacted:
        lake.compact()
    assert lake.read(["id"], span=_span(since, until)).num_rows == expected
    assert lake.read(["id"], span=_span(since, until)).column_names == ["id"]


def test_wanted_columns_come_in_the_order_of_the_layout(lake: LakeStore) -> None:
    lake.log(["a"], score=[0.5])
    lake.log(["b"], feature_x=[1])
    lake.compact()
    lake.log(["c"], model=["m"])
    rows = lake.read(["feature_x", "id", "score", "nothing"])
    assert rows.column_names == ["id", "score", "feature_x"]
    assert rows.sort_by("id").to_pylist() == [
        {"id": "a", "score": 0.5, "feature_x": None},
        {"id": "b", "score": None, "feature_x": 1},
        {"id": "c", "score": None, "feature_x": None},
    ]


def test_segments_outside_of_the_time_are_not_opened(lake: LakeStore) -> None:
    lake.log(many(10_000), at=0)
    lake.log(["late"], at=100_000)
    for name in lake.files():
        if name.startswith("batches"):
            (lake.store.location.lake / name).unlink()
    with lake.reader() as reader:
        rows = reader.read("late", "predictions", span=_span(50_000, None))
    assert (rows.num_rows, reader.left_out) == (1, [])


def test_missing_file_is_told_and_the_others_are_read(lake: LakeStore) -> None:
    lost = lake.log(many(10_000))
    lake.log(["a"], at=1)
    (lake.store.location.lake / lost.file).unlink()
    with lake.reader() as reader:
        assert reader.read("late", "predictions").num_rows == 1
    assert [(one.reason, one.num_rows) for one in reader.left_out] == [("missing", 10_000)]


@pytest.mark.parametrize("place", [0, 100, 20_000, -1])
def test_damaged_batch_is_told_and_the_others_are_read(lake: LakeStore, place: int) -> None:
    path = lake.store.location.lake / lake.log(many(10_000)).file
    lake.log(["a"], at=1)
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    with lake.reader() as reader:
        assert reader.read("late", "predictions").num_rows == 1
    assert [one.reason for one in reader.left_out] == ["damaged"]


def test_damaged_row_group_loses_its_own_rows_only(lake: LakeStore) -> None:
    lake.log(many(200_000))
    lake.compact()
    (segment,) = lake.segments()
    path = lake.store.location.lake / str(segment.file)
    data = bytearray(path.read_bytes())
    data[1_000] ^= 1
    path.write_bytes(data)
    with lake.reader() as reader:
        groups = [table.num_rows for table in reader.tables(segment)]
    assert groups == [200_000 - parquet._GROUP_ROWS]
    assert [one.num_rows for one in reader.left_out] == [parquet._GROUP_ROWS]
    with lake.reader() as reader:
        late = list(reader.tables(segment, span=_span(150_000, None)))
    assert [table.num_rows for table in late] == [50_000]
    assert not reader.left_out


@pytest.mark.parametrize("cut", [0, 4, 1_000])
def test_parquet_that_was_cut_short_is_told(lake: LakeStore, cut: int) -> None:
    lake.log(many(10_000))
    lake.compact()
    (segment,) = lake.segments()
    path = lake.store.location.lake / str(segment.file)
    path.write_bytes(path.read_bytes()[:cut])
    assert lake.read().num_rows == 0
    with lake.reader() as reader:
        assert list(reader.tables(segment)) == []
    assert [one.reason for one in reader.left_out] == ["damaged"]


def test_task_without_rows_has_none(lake: LakeStore) -> None:
    lake.log(["a"])
    assert lake.read(task="other").num_rows == 0
    assert lake.read(kind="feedback").num_rows == 0
