"""Limits of the system that are reached: descriptors, sizes of files, threads, memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _numbers() -> list[int]:
    runs = mt.history("work", limit=None)
    assert {run.status for run in runs} == {"succeeded"}
    return sorted(run.params["number"] for run in runs)


DESCRIPTORS = """
    import os, resource, sys
    import numpy
    import mltrace as mt
    from mltrace.capture import guard

    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    begins = sys.argv[1]

    @mt.component
    def work(number):
        return number + 1

    @mt.component
    def make(size):
        return numpy.arange(size)

    if begins != "unused":
        work(0)
        make(2)
    mt.recent()
    hog = []
    try:
        while True:
            hog.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    assert [work(number) for number in range(1, 20)] == list(range(2, 21))
    assert len(make(3)) == 3
    try:
        mt.recent()
        print("no error")
    except mt.StoreError as error:
        print(error)
    num_faults = sum(guard.faults().values())
    while hog:
        os.close(hog.pop())
    assert [work(number) for number in range(20, 40)] == list(range(21, 41))
    assert len(make(4)) == 4
    assert mt.artifact("make").load().sum() == 6
    print(num_faults, sum(guard.faults().values()) - num_faults)
"""


@pytest.mark.parametrize("begins", ["used", "unused"])
def test_process_without_a_descriptor_left_goes_on_and_logs_once_it_has_one(
    store: Path, script: Callable[..., str], begins: str
) -> None:
    error, counts = script(DESCRIPTORS, begins).splitlines()
    assert "Too many open files" in error or "unable to open" in error
    num_during, num_after = map(int, counts.split())
    assert num_during > 0
    assert num_after == 0
    first = 0 if begins == "used" else 20  # a spool file that is open needs no other descriptor
    assert _numbers() == list(range(first, 40))


def test_files_that_may_not_grow_are_followed_by_others(
    store: Path, script: Callable[..., str]
) -> None:
    num_faults = script(
        """
        import resource
        import mltrace as mt
        from mltrace.capture import guard

        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

        @mt.component
        def work(number):
            return number + 1

        for number in range(300):
            assert work(number) == number + 1
        print(sum(guard.faults().values()))
        """
    )
    assert num_faults == "0\n"
    assert len(list((store / "spool").iterdir())) > 2
    assert _numbers() == list(range(300))


def test_files_that_may_not_be_written_at_all_cost_facts_but_no_result(
    store: Path, script: Callable[..., str]
) -> None:
    out = script(
        """
        import resource
        import mltrace as mt
        from mltrace.capture import guard

        @mt.component
        def work(number):
            return number + 1

        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, most))
        assert [work(number) for number in range(20)] == list(range(1, 21))
        print(sum(guard.faults().values()))
        try:
            mt.recent()
        except mt.StoreError as error:
            print(error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        assert [work(number) for number in range(20, 30)] == list(range(21, 31))
        """
    ).splitlines()
    assert int(out[0]) >= 20
    assert "cannot be used" in out[1]
    assert _numbers() == list(range(20, 30))


def test_thousands_of_threads_log_every_run(store: Path, script: Callable[..., str]) -> None:
    out = script(
        """
        import threading
        import mltrace as mt
        from mltrace.capture import guard

        threading.stack_size(256 * 1024)

        @mt.component
        def inner(number):
            return number

        @mt.component
        def work(number):
            return inner(number) + 1

        go = threading.Event()
        wrong = []

        def run(number):
            go.wait()
            if work(number) != number + 1:
                wrong.append(number)

        threads = [threading.Thread(target=run, args=(number,)) for number in range(2000)]
        for thread in threads:
            thread.start()
        go.set()
        for thread in threads:
            thread.join()
        print(len(wrong), sum(guard.faults().values()))
        """
    )
    assert out == "0 0\n"
    assert _numbers() == list(range(2000))
    outer = {run.id: run.params["number"] for run in mt.history("work", limit=None)}
    inner = mt.history("inner", limit=None)
    assert len(inner) == 2000
    assert all(outer[run.parent_id or ""] == run.params["number"] for run in inner)


def test_threads_that_cannot_be_started_are_done_without(
    store: Path, script: Callable[..., str]
) -> None:
    script(
        """
        import resource, threading
        import numpy
        import mltrace as mt

        def refuse(*_, **__):
            raise RuntimeError("can't start new thread")

        threading.Thread.start = refuse  # as at a limit, which root does not have

        @mt.component
        def work(number):
            return numpy.arange(number)

        assert len(work(3)) == 3
        assert mt.artifact("work").load().sum() == 3
        """
    )
    assert _numbers() == [3]


def test_values_that_memory_has_no_room_to_copy_come_back_and_are_logged(
    store: Path, script: Callable[..., str]
) -> None:
    script(
        """
        import resource
        import numpy
        import mltrace as mt

        @mt.component
        def work(number, array):
            return array

        assert len(work(-1, numpy.zeros(10))) == 10
        mt.sync()
        array = numpy.arange(4_000_000.0)
        with open("/proc/self/statm") as file:
            size = int(file.read().split()[0]) * resource.getpagesize()
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (size + 20_000_000, most))  # less than a copy needs
        for number in range(20):
            assert work(number, array) is array
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        assert len(work(20, numpy.zeros(10))) == 10
        """
    )
    assert _numbers() == list(range(-1, 21))
