"""Forks in the middle of logging: no child hangs, nothing is lost or doubled, lineage stays."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.faults.pipelines import STEPS, key_of, lineage_of

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STORM = (
    STEPS
    + """
import random, signal, threading, time, warnings

warnings.simplefilter("ignore", DeprecationWarning)  # threads and forks do not mix, some say
LIMIT_SECONDS = 60

@mt.component
def fork_within(key):
    pids = []
    for place in range(3):
        pid = os.fork()
        if pid == 0:
            signal.alarm(LIMIT_SECONDS)
            array = start_of("child")
            for number in range(2):
                array = work(f"{key}-{place}", number, array)
                os.write(1, f"{key}-{place}:{number}\\n".encode())
            if place == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            os._exit(0)
        pids.append(pid)
    return [os.waitpid(pid, 0)[1] for pid in pids]

def log_on(name, is_over):
    array = start_of(name)
    for number in range(30):
        if is_over.is_set():
            return
        array = work(name, number, array)

for turn in range(int(sys.argv[1])):  # each with threads that log for the first time
    pid = os.fork()
    if pid == 0:
        signal.alarm(LIMIT_SECONDS)
        is_over = threading.Event()
        threads = [
            threading.Thread(target=log_on, args=(f"{turn}-thread{n}", is_over)) for n in range(2)
        ]
        for thread in threads:
            thread.start()
        time.sleep(random.uniform(0, 0.02))
        assert fork_within(f"{turn}") == [signal.SIGKILL, 0, 0]
        is_over.set()
        for thread in threads:
            thread.join()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
"""
)
POOL = (
    STEPS
    + """
import multiprocessing, threading, warnings

warnings.simplefilter("ignore", DeprecationWarning)

def chain(writer):
    array = start_of(writer)
    for number in range(3):
        array = work(writer, number, array)
    return writer

is_over = threading.Event()

def log_on():
    array = start_of("thread")
    for number in range(30):
        if is_over.is_set():
            return
        array = work("thread", number, array)

thread = threading.Thread(target=log_on)
thread.start()
for turn in range(3):
    with multiprocessing.get_context("fork").Pool(4) as pool:
        writers = [f"{turn}-{number}" for number in range(20)]
        assert pool.map_async(chain, writers).get(60) == writers
        pool.close()
        pool.join()
is_over.set()
thread.join()
"""
)


def _undisturbed(script: Callable[..., str]) -> dict[int, object]:
    script(STEPS + 'array = start_of("calm")\nfor n in range(3): array = work("calm", n, array)')
    return lineage_of(mt.recent(limit=9))["calm"]


def test_forks_within_runs_beside_threads_that_begin_to_log(
    store: Path, script: Callable[..., str]
) -> None:
    acknowledged = script(STORM, "34").split()
    assert len(acknowledged) == 34 * 3 * 2
    runs = mt.recent(limit=None)
    chained = [run for run in runs if run.component != "fork_within"]
    counts = Counter((run.component, key_of(run)) for run in chained)
    assert set(counts.values()) == {1}
    for line in acknowledged:
        writer, _, number = line.rpartition(":")
        assert {("prepare", (writer, int(number))), ("score", (writer, int(number)))} <= set(counts)
    assert {run.status for run in runs} == {"succeeded"}
    around = {run.id: run.params["key"] for run in runs if run.component == "fork_within"}
    for run in chained:
        turn, _, place = key_of(run)[0].partition("-")
        expected = None if place.startswith("thread") else turn
        assert around.get(run.parent_id or "") == expected
    calm = _undisturbed(script)
    disturbed = lineage_of(chained)
    for writer, links in disturbed.items():
        assert all(links[number] == calm[number] for number in links if number < 3), writer


def test_pools_of_forked_workers_beside_a_thread_that_logs(
    store: Path, script: Callable[..., str]
) -> None:
    script(POOL)
    runs = mt.recent(limit=None)
    assert {run.status for run in runs} == {"succeeded"}
    counts = Counter((run.component, key_of(run)) for run in runs)
    assert set(counts.values()) == {1}
    disturbed = lineage_of(runs)
    calm = _undisturbed(script)
    for turn in range(3):
        for number in range(20):
            assert disturbed[f"{turn}-{number}"] == calm
