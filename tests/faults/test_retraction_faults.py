"""Retractions in stores that cannot be written, and on full disks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.conftest import Disk


@mt.component
def use(source: str) -> int:
    return len(Path(source).read_text())


@pytest.fixture
def raw(disk: Disk, tmp_path: Path) -> Path:
    path = tmp_path / "raw.csv"
    path.write_text("user\nalice\n")
    use(str(path))
    mt.subject("alice", on=path)
    return path


def test_read_only_store_still_reports(
    disk: Disk, tmp_path: Path, script: Callable[..., str]
) -> None:
    path = tmp_path / "raw.csv"
    path.write_text("user\nalice\n")
    script(
        """
        import sys, mltrace as mt
        mt.subject("alice", on=sys.argv[1])
        mt.retract("alice")
        mt.sync()
        """,
        str(path),
    )
    disk.remount("ro")
    assert mt.retract("alice").num_touched == 1
    assert [one.label for one in mt.retracted()] == ["alice"]
    assert use(str(path)) == 11  # it cannot be logged, and goes on


def test_full_disk_delays_what_is_published_until_there_is_room(
    disk: Disk, raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mt.retract("alice")
    (disk.path / "store" / "touched").unlink()
    disk.fill()
    mt.history("use")  # has to publish anew, and cannot
    disk.free()
    mt.history("use")
    monkeypatch.setenv("MLTRACE_RETRACTION", "block")
    with pytest.raises(mt.RetractedError, match="use was not run"):
        use(str(raw))
