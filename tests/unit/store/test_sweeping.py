"""Values are removed while others may be keeping values."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, BinaryIO

import pytest

import mltrace as mt
from mltrace.store.blobs import Blobs
from mltrace.store.sweeping import GRACE_SECONDS, Swept, sweep

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ONE, TWO, SHARED, OWN = (digit * 32 for digit in "abcd")


def writing(text: str) -> Callable[[BinaryIO], None]:
    def write(file: BinaryIO) -> None:
        file.write(text.encode())

    return write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture
def blobs(folder: Path) -> Blobs:
    """Provide two values of which the first has a part of its own."""
    made = Blobs(folder)
    for part in (SHARED, OWN):
        made.put(part, writing(part))
    made.put_manifest(ONE, {"format": "x", "columns": [{"digest": SHARED}, {"digest": OWN}]})
    made.put_manifest(TWO, {"format": "x", "files": {"a": SHARED}})
    age(folder)
    return made


def age(folder: Path, seconds: float = 2 * GRACE_SECONDS) -> None:
    """Set the times of all kept files back."""
    then = time.time() - seconds
    for path in folder.rglob("*"):
        os.utime(path, (then, then))


def num_files(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def test_a_value_goes_with_the_parts_that_no_other_has(blobs: Blobs, folder: Path) -> None:
    swept = sweep(blobs, {ONE}, is_dry=False)
    assert swept.num_values == 1
    assert blobs.manifest(ONE) is None
    assert blobs.open(SHARED).read() == SHARED.encode()
    with pytest.raises(mt.MltraceError, match="is missing"):
        blobs.open(OWN)
    assert num_files(folder) == 2


def test_a_dry_sweep_tells_the_same_and_removes_nothing(blobs: Blobs, folder: Path) -> None:
    told = sweep(blobs, {ONE}, is_dry=True)
    assert num_files(folder) == 4
    assert sweep(blobs, {ONE}, is_dry=False) == told
    assert sweep(blobs, {ONE}, is_dry=False) == Swept()


def test_a_part_goes_with_the_last_value_that_has_it(blobs: Blobs, folder: Path) -> None:
    assert sweep(blobs, {ONE, TWO}, is_dry=False).num_values == 2
    assert num_files(folder) == 0


def test_a_value_that_was_renewed_stays_whole(blobs: Blobs) -> None:
    assert blobs.renew(ONE)
    assert sweep(blobs, {ONE, TWO}, is_dry=False).num_values == 1
    assert blobs.open(OWN).read() == OWN.encode()
    assert blobs.open(SHARED).read() == SHARED.encode()


def test_a_part_that_a_writer_found_stays_for_the_value_to_come(blobs: Blobs) -> None:
    blobs.put(OWN, lambda _file: pytest.fail("it is kept already"))
    sweep(blobs, {ONE}, is_dry=False)
    assert blobs.open(OWN).read() == OWN.encode()


def test_a_file_renewed_while_it_is_taken_aside_is_put_back(
    blobs: Blobs, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = os.rename

    def renewing(source: Path, target: Path) -> None:
        if not source.name.startswith("."):
            os.utime(source)
        rename(source, target)

    monkeypatch.setattr(os, "rename", renewing)
    assert sweep(blobs, {ONE}, is_dry=False) == Swept()
    assert num_files(folder) == 4
    assert blobs.manifest(ONE) is not None


def test_what_was_removed_can_be_kept_anew(blobs: Blobs) -> None:
    sweep(blobs, {ONE}, is_dry=False)
    assert not blobs.renew(ONE)
    blobs.put(OWN, writing("anew"))
    assert blobs.open(OWN).read() == b"anew"


def test_nothing_is_removed_where_a_manifest_that_stays_is_damaged(
    blobs: Blobs, folder: Path
) -> None:
    blobs.manifest_path(TWO).write_bytes(b"?" * 64)
    with pytest.raises(mt.MltraceError, match="is damaged"):
        sweep(blobs, {ONE}, is_dry=False)
    assert num_files(folder) == 4
