"""Threads, pools and processes log side by side; none is lost, none doubled."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_threads_log_every_run_with_its_own_parameters(store: Path) -> None:
    @mt.component
    def work(number: int) -> int:
        return number

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(200))) == list(range(200))
    runs = mt.recent(limit=1000)
    assert sorted(run.params["number"] for run in runs) == list(range(200))
    assert len({run.id for run in runs}) == 200


def test_runs_in_other_threads_do_not_mix_parents(store: Path) -> None:
    ready = threading.Barrier(2)

    @mt.component
    def child(number: int) -> None: ...

    @mt.component
    def parent(number: int) -> None:
        ready.wait(10)
        child(number)
        ready.wait(10)

    threads = [threading.Thread(target=parent, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    parents = {run.id: run.params["number"] for run in mt.history("parent")}
    for run in mt.history("child"):
        assert run.parent_id is not None
        assert parents[run.parent_id] == run.params["number"]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_log_every_run(store: Path, script: Callable[..., str], method: str) -> None:
    script(
        """
        import multiprocessing, sys
        import mltrace as mt

        @mt.component
        def work(number):
            return number

        if __name__ == "__main__":
            work(-1)
            with multiprocessing.get_context(sys.argv[1]).Pool(3) as pool:
                assert pool.map(work, range(30)) == list(range(30))
            work(-2)
        """,
        method,
    )
    runs = mt.recent(limit=100)
    assert sorted(run.params["number"] for run in runs) == list(range(-2, 30))
    assert len({run.id for run in runs}) == 32
    assert {run.status for run in runs} == {"succeeded"}


def test_process_pool_executor_logs_every_run(store: Path, script: Callable[..., str]) -> None:
    script(
        """
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor
        import mltrace as mt

        @mt.component(tags=["pool"])
        def work(number):
            return number

        if __name__ == "__main__":
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(2, mp_context=context) as pool:
                assert sum(pool.map(work, range(10))) == 45
        """
    )
    assert len(mt.history("work", limit=100)) == 10


def test_forks_within_a_run_leave_the_run_of_the_parent_alone(
    store: Path, script: Callable[..., str]
) -> None:
    script(
        """
        import os
        import mltrace as mt

        @mt.component
        def child():
            return 1

        @mt.component
        def parent():
            pids = []
            for _ in range(3):
                pid = os.fork()
                if pid == 0:
                    child()
                    os._exit(0)
                pids.append(pid)
            for pid in pids:
                os.waitpid(pid, 0)

        parent()
        """
    )
    assert len(mt.history("child")) == 3
    (parent,) = mt.history("parent")
    assert parent.status == "succeeded"
    assert {run.parent_id for run in mt.history("child")} <= {parent.id, None}
    assert len({run.id for run in mt.history("child")}) == 3


def test_forks_beside_busy_threads_neither_hang_nor_lose_runs(
    store: Path, script: Callable[..., str]
) -> None:
    out = script(
        """
        import os, signal, threading, warnings
        import mltrace as mt

        warnings.simplefilter("ignore")

        @mt.component
        def work(kind):
            return kind

        stop = threading.Event()

        def loop():
            while not stop.is_set():
                work("thread")

        threads = [threading.Thread(target=loop) for _ in range(3)]
        for thread in threads:
            thread.start()
        pids = []
        for _ in range(10):
            pid = os.fork()
            if pid == 0:
                signal.alarm(20)
                for _ in range(5):
                    work("child")
                os._exit(0)
            pids.append(pid)
        ends = {os.waitpid(pid, 0)[1] for pid in pids}
        stop.set()
        for thread in threads:
            thread.join()
        print(*ends)
        """
    )
    assert out.split() == ["0"]
    runs = mt.history("work", limit=1_000_000)
    assert sum(run.params["kind"] == "child" for run in runs) == 50
    assert {run.status for run in runs} == {"succeeded"}


def test_reading_in_forked_children_is_safe(store: Path, script: Callable[..., str]) -> None:
    out = script(
        """
        import os, signal
        import mltrace as mt

        @mt.component
        def work(number):
            return number

        work(0)
        assert len(mt.recent()) == 1
        pids = []
        for number in range(3):
            pid = os.fork()
            if pid == 0:
                signal.alarm(30)
                for _ in range(10):
                    work(number)
                    mt.recent(limit=100)
                os._exit(0)
            pids.append(pid)
        for _ in range(10):
            work(9)
            mt.recent(limit=100)
        print(*{os.waitpid(pid, 0)[1] for pid in pids})
        """
    )
    assert out.split() == ["0"]
    assert len(mt.recent(limit=1000)) == 41


def test_component_in_a_signal_handler_does_not_deadlock(
    store: Path, script: Callable[..., str]
) -> None:
    script(
        """
        import signal
        import mltrace as mt

        @mt.component
        def work(number):
            return number

        @mt.component
        def handled():
            return 1

        signal.alarm(60)
        signal.signal(signal.SIGUSR1, lambda *_: handled())
        for number in range(300):
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.raise_signal(signal.SIGUSR1)
            work(number)
        signal.signal(signal.SIGVTALRM, lambda *_: handled())
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.005, 0.005)
        for number in range(2000):
            work(number)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        """
    )
    assert len(mt.history("work", limit=10_000)) == 2300
    assert len(mt.history("handled", limit=10_000)) >= 300


def test_two_processes_that_log_at_once_do_not_collide(
    store: Path, start: Callable[..., object]
) -> None:
    source = """
        import mltrace as mt

        @mt.component
        def work(number):
            return number

        for number in range(300):
            work(number)
    """
    processes = [start(source) for _ in range(3)]
    for process in processes:
        assert process.wait(60) == 0  # type: ignore[attr-defined]
    runs = mt.recent(limit=10_000)
    assert len(runs) == 900
    assert len({run.id for run in runs}) == 900
