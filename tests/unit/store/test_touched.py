"""What is published for writers: marks, what runs add to it, and who cleans up."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from mltrace.errors import StoreCorruptError
from mltrace.store.touched import Mark, Spread, TouchedVersions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SEED = Mark(None, 5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "touched"


def _none(_runs: Iterable[str]) -> set[str]:
    return set()


def test_nothing_is_touched_before_it_is_published(path: Path) -> None:
    assert TouchedVersions(path).look() == {}
    assert os.listdir(path.parent) == []


def test_what_is_published_is_seen_by_others(path: Path) -> None:
    reader, writer = TouchedVersions(path), TouchedVersions(path)
    assert writer.look() == {}
    reader.publish("1", {"aa": SEED, "@s3://x": Mark(9, None, "clean")}, _none)
    assert writer.look() == {"aa": SEED, "@s3://x": Mark(9, None, "clean")}
    assert reader.stamp() == "1"
    reader.publish("2", {"aa": SEED}, _none)
    assert writer.look() == {"aa": SEED}
    reader.withdraw()
    assert writer.look() == {}
    assert reader.stamp() is None


def test_what_a_run_wrote_is_touched_as_what_it_read(path: Path) -> None:
    versions = TouchedVersions(path)
    versions.publish("1", {"aa": SEED, "bb": Mark(3, None, "fetch")}, _none)
    versions.add(Spread("r1", "clean", ("aa", "bb"), ("cc",)))
    versions.add(Spread("r2", "train", ("cc",), ("dd",)))
    versions.add(Spread("r3", "other", ("zz",), ("ee",)))
    found = versions.look()
    assert found["cc"] == Mark(3, 5, "clean")
    assert found["dd"] == Mark(3, 5, "train")
    assert "ee" not in found


def test_lines_of_runs_that_are_over_are_left_to_the_catalog(path: Path) -> None:
    versions = TouchedVersions(path)
    versions.publish("1", {"aa": SEED}, _none)
    versions.add(Spread("over", "clean", ("aa",), ("cc",)))
    versions.add(Spread("running", "clean", ("aa",), ("dd",)))
    versions.publish("2", {"aa": SEED}, lambda runs: {"over"} & set(runs))
    assert set(versions.look()) == {"aa", "dd"}
    assert versions.log_bytes == 0
    versions.publish("3", {"aa": SEED}, _none)
    assert set(versions.look()) == {"aa", "dd"}


def test_undone_retraction_takes_its_consequences_along(path: Path) -> None:
    versions = TouchedVersions(path)
    versions.publish("1", {"aa": SEED, "bb": SEED}, _none)
    versions.add(Spread("r1", "clean", ("aa",), ("cc",)))
    versions.publish("2", {"bb": SEED}, _none)
    assert set(versions.look()) == {"bb"}


def test_damaged_file_is_said_once_and_replaced(path: Path) -> None:
    versions = TouchedVersions(path)
    versions.publish("1", {"aa": SEED}, _none)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(StoreCorruptError, match="damaged and ignored"):
        versions.look()
    assert versions.look() == {}
    assert TouchedVersions(path).stamp() is None
    versions.publish("1", {"aa": SEED}, _none)
    assert versions.look() == {"aa": SEED}


def test_cut_line_of_the_log_spoils_no_other(path: Path) -> None:
    versions = TouchedVersions(path)
    versions.publish("1", {"aa": SEED}, _none)
    log = path.with_name("touched.log")
    log.write_bytes(b'\n12345678 ["half')
    versions.add(Spread("r1", "clean", ("aa",), ("cc",)))
    assert set(versions.look()) == {"aa", "cc"}


def test_grace_of_the_settings_counts_where_none_was_given() -> None:
    assert Mark(None, 5).blocks_from(2.0) == 2_000_000_005
    assert Mark(7, 5).blocks_from(2.0) == 7
    assert Mark(3_000_000_000, 5).blocks_from(2.0) == 2_000_000_005
