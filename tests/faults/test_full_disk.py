"""A full disk: the pipeline goes on, drops are counted, and logging resumes when there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy
import pytest

import mltrace as mt
from mltrace.capture import guard

if TYPE_CHECKING:
    from tests.faults.conftest import Disk


def _num_faults() -> int:
    return sum(guard.faults().values())


def test_full_spool_leaves_the_pipeline_alone_and_counts_what_is_dropped(disk: Disk) -> None:
    @mt.component(owner="ml")
    def work(number: int) -> int:
        return number + 1

    assert [work(number) for number in range(10)] == list(range(1, 11))
    disk.fill()
    before = _num_faults()
    assert [work(number) for number in range(10, 60)] == list(range(11, 61))
    assert _num_faults() > before
    disk.free()
    assert [work(number) for number in range(60, 70)] == list(range(61, 71))
    runs = mt.history("work", limit=None)
    numbers = [run.params["number"] for run in runs if run.component == "work"]
    assert {*range(10), *range(60, 70)} <= set(numbers)
    assert len(numbers) == len(set(numbers))
    assert mt.components()[0].owner == "ml"


def test_process_that_starts_on_a_full_disk_logs_once_there_is_room(disk: Disk) -> None:
    @mt.component(owner="late", tags=["t"])
    def late(number: int) -> int:
        return number

    disk.fill()
    assert [late(number) for number in range(20)] == list(range(20))
    spool = disk.path / "store" / "spool"
    assert not spool.exists() or list(spool.iterdir()) == []
    disk.free()
    late(20)
    (run,) = mt.history("late", limit=None)
    assert run.params["number"] == 20
    assert run.status == "succeeded"
    assert run.pid is not None
    assert run.environment is not None or run.python_version is not None
    assert mt.components(tag="t")[0].owner == "late"


def test_full_catalog_is_an_error_for_readers_that_passes_when_there_is_room(disk: Disk) -> None:
    @mt.component
    def work(number: int) -> int:
        return number

    work(0)
    assert len(mt.recent()) == 1
    for number in range(1, 300):
        work(number)
    disk.fill()
    with pytest.raises(mt.StoreError, match="full"):
        mt.recent()
    assert work(300) == 300
    disk.free()
    work(301)
    numbers = [run.params["number"] for run in mt.history("work", limit=None)]
    assert len(numbers) == len(set(numbers))
    assert {*range(300), 301} <= set(numbers)


def test_value_that_found_no_room_is_kept_by_the_next_run(disk: Disk) -> None:
    @mt.component
    def make() -> numpy.ndarray[tuple[int], numpy.dtype[numpy.int64]]:
        return numpy.arange(20_000)

    @mt.component
    def first() -> None: ...

    first()
    mt.sync()
    disk.fill()
    make()
    disk.free()
    mt.sync()
    make()
    assert (mt.artifact("make").load() == numpy.arange(20_000)).all()
