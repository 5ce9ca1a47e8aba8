"""Rows of ids go, few and many, and what cannot be removed is told instead of tried for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet
from tests.lake_stores import many

from mltrace.store.lake.erasing import Eraser, Held
from mltrace.store.lake.rewriting import replace_segments
from mltrace.store.progress import no_progress

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.lake_stores import LakeStore


def _erase(lake: LakeStore, ids: Collection[str]) -> tuple[Held, Held, int]:
    eraser = Eraser(lake.store.catalog, lake.store.location, "late", ids)
    found, left = eraser.run(no_progress)
    return found, left, eraser.num_segments


def test_many_ids_go_from_wherever_they_are(lake: LakeStore) -> None:
    lake.log(many(1_000))
    lake.compact()
    lake.log(many(300), at=2_000)
    lake.log(["other"], at=3_000)
    found, left, num_segments = _erase(lake, many(200))
    assert found.rows["predictions"].total() == 400
    assert (left.segments, num_segments) == ([], 2)
    assert lake.ids() == sorted([*many(1_000)[200:], *many(300)[200:], "other"])


def test_small_segments_that_hold_ids_become_one(lake: LakeStore) -> None:
    for number in range(20):
        lake.log(["going", f"staying-{number}"], at=number)
    assert len(lake.segments()) == 20
    _erase(lake, ["going"])
    assert len(lake.segments()) == 1
    assert len(lake.ids()) == 20


def test_segment_of_these_ids_alone_goes_whole(lake: LakeStore) -> None:
    lake.log(many(10))
    _erase(lake, many(10))
    assert lake.segments() == []


def test_segment_of_which_a_column_is_damaged_stays_and_is_told(lake: LakeStore) -> None:
    lake.log(many(5_000), score=[number / 5_000 for number in range(5_000)])
    lake.compact()
    (segment,) = lake.segments()
    path = lake.store.location.lake / str(segment.file)
    content = bytearray(path.read_bytes())
    group = pyarrow.parquet.read_metadata(path).row_group(0)
    columns = [group.column(place) for place in range(group.num_columns)]
    (score,) = [one for one in columns if one.path_in_schema == "score"]
    content[score.data_page_offset + score.total_compressed_size // 2] ^= 1
    path.write_bytes(content)
    _, left, num_segments = _erase(lake, many(1))
    assert (left.unreadable, num_segments) == ([segment.uid], 0)
    assert lake.segments() == [segment]


def test_who_comes_too_late_to_replace_segments_leaves_no_file(lake: LakeStore) -> None:
    lake.log(many(10))
    segments, rows = lake.segments(), lake.read()
    catalog, location = lake.store.catalog, lake.store.location
    for name in ("first", "second"):
        made = replace_segments(catalog, location, segments, [rows], name=name)
        assert (made is not None) == (name == "first")
    assert [name for name in lake.files() if name.startswith("segments")] == [
        "segments/first.0.parquet"
    ]
