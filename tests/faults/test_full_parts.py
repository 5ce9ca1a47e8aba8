"""A full disk under one part of the store: its spool, its kept values or its catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy
import pytest

import mltrace as mt
from mltrace.capture.recorder import current_recorder, flush

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.conftest import Disk


@mt.component
def work(number: int) -> int:
    return number + 1


@mt.component
def make(number: int) -> numpy.ndarray[tuple[int], numpy.dtype[numpy.float64]]:
    return numpy.arange(number * 30_000.0, number * 30_000.0 + 30_000)


def _numbers() -> list[int]:
    runs = mt.history("work", limit=None)
    assert {run.status for run in runs} == {"succeeded"}
    return sorted(run.params["number"] for run in runs)


@pytest.fixture
def elsewhere(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Place the store on the large disk, beside the small one."""
    store = disk.path.with_name("store")
    store.mkdir()
    monkeypatch.setenv("MLTRACE_URI", str(store))
    yield store
    if (store / "spool").is_symlink():
        (store / "spool").unlink()


def test_full_spool_drops_and_counts_and_goes_on_once_there_is_room(
    disk: Disk, elsewhere: Path
) -> None:
    (disk.path / "spool").mkdir()
    (elsewhere / "spool").symlink_to(disk.path / "spool")
    assert [work(number) for number in range(10)] == list(range(1, 11))
    assert flush()
    disk.fill()
    assert [work(number) for number in range(10, 60)] == list(range(11, 61))
    assert len(mt.history("work", limit=None)) >= 10  # readers are not concerned
    disk.free()
    assert [work(number) for number in range(60, 70)] == list(range(61, 71))
    numbers = {run.params.get("number") for run in mt.history("work", limit=None)}
    assert {*range(10), *range(60, 70)} <= numbers
    recorder = current_recorder()
    assert recorder is not None
    recorder.health.append()
    mt.sync()
    told = mt.doctor().dropped
    assert list(told) == ["No space left on device"]
    assert told["No space left on device"] >= 2


def test_full_values_are_not_kept_and_cost_no_fact(
    disk: Disk, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLTRACE_ARTIFACTS", str(disk.path / "blobs"))
    make(0)
    assert flush()
    disk.fill()
    assert make(1)[0] == 30_000.0
    assert flush()
    digests = {run.params["number"]: run.outputs[0].digest for run in mt.history("make")}
    with pytest.raises(mt.ValueNotKeptError, match="is not kept"):
        mt.artifact(f"make@{digests[1]}").load()
    assert mt.artifact(f"make@{digests[0]}").load()[0] == 0.0
    disk.free()
    make(1)
    assert mt.artifact(f"make@{digests[1]}").load()[0] == 30_000.0
    assert [run.status for run in mt.history("make")] == ["succeeded"] * 3


def test_full_catalog_fails_readers_in_words_and_keeps_the_spool(
    disk: Disk, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (elsewhere / "spool").mkdir()
    (disk.path / "store").mkdir()
    (disk.path / "store" / "spool").symlink_to(elsewhere / "spool")
    monkeypatch.setenv("MLTRACE_URI", str(disk.path / "store"))
    work(0)
    assert _numbers() == [0]
    disk.fill()
    assert [work(number) for number in range(1, 400)] == list(range(2, 401))
    for _ in range(3):
        with pytest.raises(mt.StoreError, match=r"full.* make room"):
            mt.recent()
    assert [work(number) for number in range(400, 410)] == list(range(401, 411))
    disk.free()
    assert _numbers() == list(range(410))
