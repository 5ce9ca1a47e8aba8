"""Processes that are killed at any moment: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from typing import TYPE_CHECKING

from tests.faults.pipelines import STEPS, key_of, lineage_of

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    import pytest

KILLED_WRITERS = (
    STEPS
    + """
import random, signal, time

CROWD, MOST_STEPS = 4, 12

def write(writer):
    array = start_of(writer)
    for number in range(MOST_STEPS):
        array = work(writer, number, array)
        os.write(1, f"{writer}:{number}\\n".encode())  # a pipe: what got here was acknowledged
    time.sleep(60)

rounds, seed = int(sys.argv[1]), int(sys.argv[2])
draw = random.Random(seed)
array = work(f"warm-{seed}", 0, start_of("warm"))  # loads what the children need
begun = time.monotonic()
work(f"warm-{seed}", 1, array)
longest = min(0.5, max(0.1, 40 * (time.monotonic() - begun)))  # on a loaded machine, more
for turn in range(rounds):
    crowd = []
    for place in range(CROWD):
        pid = os.fork()
        if pid == 0:
            write(f"{seed}-{turn}-{place}")
        crowd.append((draw.uniform(0, longest), pid))
    begun = time.monotonic()
    for moment, pid in sorted(crowd):
        time.sleep(max(0, begun + moment - time.monotonic()))
        os.kill(pid, signal.SIGKILL)
    for _, pid in crowd:
        os.waitpid(pid, 0)
"""
)
UNDISTURBED_WRITER = (
    STEPS
    + """
array = start_of("calm")
for number in range(12):
    array = work("calm", number, array)
"""
)
READER = """
    import select, sys
    import mltrace as mt

    while not select.select([sys.stdin], [], [], 0.005)[0]:
        mt.sync()
    mt.sync()
"""
SHORT_WRITERS = (
    STEPS
    + """
work("chain", 0, start_of("chain"))
for number in range(1, int(sys.argv[1])):
    pid = os.fork()
    if pid == 0:
        work("chain", number, start_of("chain"))
        if number % 7 == 0:
            mt.Component("hang").start(key=f"hang:{number}").__enter__()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
"""
)
READERS_TO_KILL = """
    import itertools, os, random, shutil, signal, sys, time
    from pathlib import Path
    import mltrace as mt

    DEEDS = ("execute", "executemany", "commit", "rollback", "unlink", "flock", "rename")

    def watch_deeds(called):
        "Call before and after each call into SQLite or into the system that does something."
        def watch(frame, event, function):
            if event in ("c_call", "c_return") and function.__name__ in DEEDS:
                called()
        sys.setprofile(watch)

    def die_at(number):
        countdown = itertools.count(number, -1)
        watch_deeds(lambda: next(countdown) or os.kill(os.getpid(), signal.SIGKILL))

    draw = random.Random(int(sys.argv[1]))
    workspace = mt.Workspace()

    def kill_drains(arriving, rounds):
        "Kill as many readers, around each of their deeds and at random times."
        workspace.sync()  # loads what they need
        next(arriving, None)
        deeds = itertools.count()
        begun = time.perf_counter()
        watch_deeds(lambda: next(deeds))
        workspace.sync()
        sys.setprofile(None)
        took, moments = time.perf_counter() - begun, list(range(next(deeds)))
        draw.shuffle(moments)
        workspace.store.close()  # no connection goes over into a child
        for turn in range(rounds):
            next(arriving, None)
            pid = os.fork()
            if pid == 0:
                if turn % 4:
                    die_at(moments[turn % len(moments)])
                workspace.sync()
                os.kill(os.getpid(), signal.SIGKILL)
            if turn % 4 == 0:
                time.sleep(draw.uniform(0, took))
                os.kill(pid, signal.SIGKILL)
            assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGKILL
"""
KILLED_READERS = (
    READERS_TO_KILL
    + """
    def arrive():
        "Let spool files of dead processes come, one by one in any order."
        spool = Path(os.environ["MLTRACE_URI"]) / "spool"
        spool.mkdir(parents=True)
        files = sorted(Path(sys.argv[2]).iterdir())
        draw.shuffle(files)
        for file in files:
            shutil.copy(file, spool / "arriving")
            os.rename(spool / "arriving", spool / file.name)
            yield file

    arriving = arrive()
    next(arriving)
    kill_drains(arriving, 200)
    assert list(arriving) == []
"""
)
STEADY_WRITER = """
    import select, sys, time
    import mltrace as mt

    @mt.component
    def work(key):
        return key

    number = 0
    while number < 200 or not select.select([sys.stdin], [], [], 0)[0]:
        work(f"{sys.argv[1]}-{number}")
        number += 1
        time.sleep(0.0005)
    print(number)
"""
LIVE_READERS_KILLED = (
    READERS_TO_KILL
    + """
    kill_drains(iter(()), 60)
"""
)


def _finish(process: subprocess.Popen[str], word: str | None = "stop\n") -> str:
    out, err = process.communicate(word, timeout=120)
    assert process.returncode == 0, err
    return out


def test_killed_writers_lose_and_double_nothing_while_a_reader_drains(
    store: Path, start: Callable[..., subprocess.Popen[str]], script: Callable[..., str]
) -> None:
    (store / "spool").mkdir(parents=True)
    long_ago = store / "spool" / "killed-000001.new"  # by a writer that was about to show it
    long_ago.touch()
    os.utime(long_ago, (1, 1))
    reader = start(READER)
    killers = [start(KILLED_WRITERS, "30", str(seed)) for seed in range(2)]
    acknowledged = [line.split(":") for killer in killers for line in _finish(killer, None).split()]
    _finish(reader)
    reached: dict[str, int] = {writer: int(number) for writer, number in acknowledged}
    assert len(reached) > 10
    assert len(acknowledged) > 50

    runs = mt.recent(limit=None)
    assert {run.status for run in runs} <= {"succeeded", "aborted"}
    times = Counter((run.component, key_of(run)) for run in runs)
    assert set(times.values()) == {1}
    done = {(run.component, key_of(run)) for run in runs if run.status == "succeeded"}
    promised = {(writer, int(number)) for writer, number in acknowledged}
    components = ("prepare", "train", "score")
    assert {(one, key) for key in promised for one in components} <= done
    assert list((store / "spool").glob("*.jsonl")) == []
    assert not long_ago.exists()

    script(UNDISTURBED_WRITER)
    calm = lineage_of(mt.recent(limit=36))["calm"]
    assert len(calm) == 12
    disturbed = lineage_of(runs)
    for writer, last in reached.items():
        assert [disturbed[writer][number] for number in range(last + 1)] == [
            calm[number] for number in range(last + 1)
        ]


def test_values_of_killed_writers_are_whole_or_not_kept(
    store: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    _finish(start(KILLED_WRITERS, "25", "5"), None)
    trained = {run.id: run for run in mt.history("train", limit=None)}
    num_kept = 0
    for run in random.Random(0).sample(list(trained.values()), min(150, len(trained))):
        for ref in run.outputs:
            try:
                value = mt.artifact(f"{ref.name}@{ref.digest}").load()
            except mt.ValueNotKeptError:
                continue
            num_kept += 1
            assert len(value) == ref.num_rows
    assert num_kept > 0


def test_killed_readers_leave_what_an_undisturbed_drain_leaves(
    store: Path, script: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    script(SHORT_WRITERS, "202")
    kept = store.with_name("kept")
    shutil.copytree(store / "spool", kept)
    undisturbed = mt.recent(limit=None).to_dict()
    assert len(undisturbed) > 3 * 202
    assert {one["status"] for one in undisturbed} == {"succeeded", "aborted"}
    monkeypatch.setenv("MLTRACE_URI", str(store.with_name("disturbed")))
    script(KILLED_READERS, "7", str(kept))
    assert mt.recent(limit=None).to_dict() == undisturbed
    assert list((store.with_name("disturbed") / "spool").iterdir()) == []


def test_killed_readers_lose_and_double_nothing_of_live_writers(
    store: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    writers = [start(STEADY_WRITER, str(number)) for number in range(2)]
    _finish(start(LIVE_READERS_KILLED, "8"), None)
    counts = [int(_finish(writer)) for writer in writers]
    expected = {f"{number}-{key}" for number, count in enumerate(counts) for key in range(count)}
    keys = Counter(run.params.get("key") for run in mt.history("work", limit=None))
    assert keys.keys() == expected
    assert max(keys.values()) == 1
    assert {run.status for run in mt.recent(limit=None)} == {"succeeded"}
    assert mt.sync().num_facts == 0


def test_many_processes_with_threads_log_exact_counts_while_readers_drain(
    store: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    readers = [start(READER) for _ in range(2)]
    crowd = start(
        """
        import os, threading
        import mltrace as mt

        @mt.component
        def work(key):
            return key

        def many(name):
            for number in range(40):
                work(f"{name}-{number}")

        pids = []
        for process in range(8):
            pid = os.fork()
            if pid == 0:
                names = [f"{process}-{thread}" for thread in range(4)]
                threads = [threading.Thread(target=many, args=(name,)) for name in names]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                os._exit(0)
            pids.append(pid)
        assert {os.waitpid(pid, 0)[1] for pid in pids} == {0}
        """
    )
    _finish(crowd, None)
    for reader in readers:
        _finish(reader)
    keys = Counter(run.params["key"] for run in mt.history("work", limit=None))
    assert len(keys) == 8 * 4 * 40
    assert set(keys.values()) == {1}
    assert {run.status for run in mt.recent(limit=None)} == {"succeeded"}
