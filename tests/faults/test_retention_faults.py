"""Retention while others write, and retention that is killed: what must stay is there and loads."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import numpy

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from mltrace.records import Run

    Start = Callable[..., subprocess.Popen[str]]
    Script = Callable[..., str]

WRITER = """
    import random, sys, time
    import numpy
    import mltrace as mt
    from mltrace.capture import recorder

    recorder.RENEW_SECONDS = 0.3  # as far from the grace below as in earnest

    @mt.component
    def step(before, seed):
        return numpy.random.default_rng(seed).random(500)

    draw = random.Random(sys.argv[1])
    value, number = step(None, 0), 0
    end = time.monotonic() + 15
    while time.monotonic() < end:
        time.sleep(0.01)
        number += 1
        seed = draw.randrange(20)  # as the others, and as itself some time ago
        value = step(value, seed if draw.random() < 0.7 else draw.randrange(20, 2**32))
    print(number)
"""
COLLECTOR = """
    import select, sys
    import mltrace as mt
    from mltrace.store.kept import sweeping

    sweeping.GRACE_SECONDS = 4.0
    num_runs = num_values = 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        done = mt.Workspace().gc("4s", yes=True)
        num_runs += done.num_runs
        num_values += done.num_values
    print(num_runs, num_values)
"""
LONG_AGO = """
    import time
    import numpy
    import mltrace as mt

    @mt.component
    def step(before, seed):
        return numpy.random.default_rng(seed).random(5_000)

    real_ns = time.time_ns
    value = None
    for seed in range(40):
        days = 400 if seed < 30 else 1
        time.time_ns = lambda: real_ns() - int(days * 86_400e9)
        value = step(value, seed)
"""
KILLED = """
    import itertools, os, random, signal, sys, time
    import mltrace as mt
    from mltrace.lineage.retention import collecting

    collecting.BATCH, collecting.PAUSE_SECONDS = 7, 0.0
    DEEDS = ("execute", "executemany", "commit", "unlink", "replace", "utime", "flock")

    def watch_deeds(called):
        def watch(frame, event, function):
            if event in ("c_call", "c_return") and function.__name__ in DEEDS:
                called()
        sys.setprofile(watch)

    def collect(number):
        countdown = itertools.count(number, -1)
        watch_deeds(lambda: next(countdown) or os.kill(os.getpid(), signal.SIGKILL))
        mt.Workspace().gc("90d", yes=True)

    mt.Workspace().gc("90d").num_runs  # loads what the children need
    number, status = 40, 1
    while status:  # dies a little later each time, until it comes to its end
        pid = os.fork()
        if pid == 0:
            collect(number)
            os._exit(0)
        status = os.waitpid(pid, 0)[1]
        number += 7
        print(number)
"""


def age(store: Path) -> None:
    """Let nothing that is kept have been used within the last hour."""
    then = time.time() - 7_200
    for path in (store / "blobs").rglob("*"):
        os.utime(path, (then, then))


def finish(process: subprocess.Popen[str]) -> list[int]:
    out, err = process.communicate("stop\n", timeout=120)
    assert process.returncode == 0, err
    return [int(number) for number in out.split()]


def check_loads(runs: list[Run], size: int) -> None:
    for run in runs:
        wanted = numpy.random.default_rng(run.params["seed"]).random(size)
        numpy.testing.assert_array_equal(mt.artifact(run.outputs[0]).load(), wanted)


def lineage() -> dict[str, tuple[str, ...]]:
    return {run.id: run.upstream for run in mt.recent(limit=None)}


def files(store: Path) -> dict[str, int]:
    """Tell what is kept and how large it is, without the hints."""
    folder = store / "blobs"
    found = (path for name in ("values", "packs", "parts") for path in (folder / name).rglob("*"))
    return {str(path.relative_to(folder)): path.stat().st_size for path in found if path.is_file()}


def test_what_writers_keep_loads_while_old_values_are_removed(store: Path, start: Start) -> None:
    collectors = [start(COLLECTOR) for _ in range(2)]
    writers = [start(WRITER, str(seed)) for seed in range(4)]
    numbers = [finish(writer)[0] for writer in writers]
    removed = [finish(collector) for collector in collectors]
    assert min(numbers) > 20
    assert sum(runs for runs, _ in removed) > 20
    assert sum(values for _, values in removed) > 20
    runs = mt.recent(limit=None)
    assert len(runs) == sum(numbers) + len(writers)
    assert sum(not run.upstream for run in runs) == len(writers)
    detailed = [run for run in runs if run.details_removed_at is None]
    assert len(detailed) > 20
    check_loads(detailed, 500)
    before = lineage()
    mt.pin(detailed[:10])
    mt.Workspace().gc("0s", yes=True)
    assert lineage() == before
    check_loads([run for run in mt.recent(limit=None) if run.pinned], 500)


def test_a_collection_that_is_killed_at_any_deed_is_finished_by_the_next(
    store: Path, script: Script
) -> None:
    script(LONG_AGO)
    mt.sync()
    age(store)
    undisturbed = store.with_name("undisturbed")
    shutil.copytree(store, undisturbed)
    calm = mt.Workspace(undisturbed).gc("90d", yes=True)
    assert (calm.num_runs, calm.num_values) == (30, 29)
    before = lineage()
    assert len(script(KILLED).split()) > 20
    assert mt.Workspace().gc("90d", yes=True).num_runs == 0
    assert lineage() == before
    runs = mt.recent(limit=None)
    assert sum(run.details_removed_at is not None for run in runs) == 30
    check_loads(runs[:10], 5_000)
    assert files(store) == files(undisturbed)


def test_two_collections_at_once_do_what_one_does(
    store: Path, start: Start, script: Script
) -> None:
    script(LONG_AGO)
    mt.sync()
    age(store)
    both = [start("import mltrace as mt; mt.Workspace().gc('90d', yes=True)") for _ in range(2)]
    for process in both:
        finish(process)
    runs = mt.recent(limit=None)
    assert sum(run.details_removed_at is not None for run in runs) == 30
    check_loads(runs[:10], 5_000)
    assert len([name for name in files(store) if name.startswith("values")]) == 11
