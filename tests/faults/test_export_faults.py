"""An export onto a disk of its own: an empty mount point, and one that is full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.conftest import Disk


@pytest.fixture
def _store_elsewhere(workdir: Path, monkeypatch: pytest.MonkeyPatch, disk: Disk) -> None:
    monkeypatch.setenv("MLTRACE_URI", str(workdir.parent / "store"))

    @mt.component
    def work(number: int) -> int:
        return number

    work(1)


@pytest.mark.usefixtures("_store_elsewhere")
def test_a_mount_point_is_exported_into(disk: Disk) -> None:
    for _ in range(2):
        assert mt.export(disk.path).num_rows["runs"] == 1
        assert (disk.path / "runs.parquet").exists()


@pytest.mark.usefixtures("_store_elsewhere")
def test_a_full_disk_is_blamed_and_keeps_the_earlier_export(disk: Disk) -> None:
    target = disk.path / "exported"
    mt.export(target)
    before = {path.name: path.read_bytes() for path in target.iterdir()}
    disk.fill()
    with pytest.raises(mt.ArgumentError, match=f"{target} cannot be exported into: .*Make room"):
        mt.export(target)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before
    disk.free()
    mt.export(target)
