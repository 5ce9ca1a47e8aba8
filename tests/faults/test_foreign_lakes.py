"""What a store of somebody else says of its lake: files elsewhere, and rows that are not there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest
from sqlalchemy import update
from tests.lake_stores import LakeStore, many

import mltrace as mt
from mltrace.store.database import schema
from mltrace.store.lake import layout
from mltrace.store.lake.batch import encode_batch
from mltrace.store.lake.columns import Same
from mltrace.store.lake.sweeping import sweep_replaced

if TYPE_CHECKING:
    from pathlib import Path

TRILLION: Final = 10**12
OUTSIDE: Final = ("../outside.batch", "../../outside.batch", "batches/../../outside.batch")


@pytest.fixture
def lake(store: Path) -> LakeStore:
    mt.Task("late", kind="binary").log_feedback("a", 1)
    made = LakeStore(str(store))
    made.log(["a", "b"])
    return made


def num_predictions() -> int:
    (row,) = mt.Task("late", kind="binary").metrics("accuracy")
    return row.num_predictions


def relist(lake: LakeStore, **changes: Any) -> None:
    """Change what the catalog says of files, as that of somebody else may."""
    with lake.store.catalog.write() as connection:
        is_file = schema.segment.c.file.is_not(None)
        connection.execute(update(schema.segment).where(is_file).values(**changes))


@pytest.mark.parametrize("name", [*OUTSIDE, "/etc/hosts"])
def test_facts_of_files_elsewhere_are_skipped(lake: LakeStore, name: str) -> None:
    lake.append(msgspec.structs.replace(lake.batch(["c"]), file=name))
    assert mt.sync().num_skipped == 1
    assert num_predictions() == 2


@pytest.mark.parametrize("name", OUTSIDE)
def test_files_elsewhere_are_neither_read_nor_merged_nor_removed(
    lake: LakeStore, tmp_path: Path, name: str
) -> None:
    folder = lake.store.location.lake
    there = (folder / name).resolve()
    os.renames(folder / lake.log(many(10_000)).file, there)
    relist(lake, file=name)
    assert num_predictions() == 2
    assert mt.merge(os.environ["MLTRACE_URI"], tmp_path / "other").num_predictions == 3
    relist(lake, replaced_by="another", replaced_at=1)
    assert sweep_replaced(lake.store.catalog, folder).num_files == 0
    assert there.exists()


def test_a_segment_that_claims_too_many_rows_has_those_it_has(lake: LakeStore) -> None:
    lake.append(msgspec.structs.replace(lake.batch(["c", "d"]), rows=TRILLION))
    assert num_predictions() == 4


def test_a_batch_of_more_rows_than_bytes_is_damaged(lake: LakeStore) -> None:
    columns = {layout.ID: Same("c"), layout.VALUE: Same("1"), layout.AT: Same(0)}
    data = encode_batch("late", "predictions", TRILLION, columns)
    lake.append(msgspec.structs.replace(lake.batch(["c"]), payload=data))
    assert num_predictions() == 2
    (finding,) = mt.doctor(deep=True).findings
    assert "Damaged: 1 predictions" in finding.message
