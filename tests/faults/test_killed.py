"""Processes that are killed at any moment: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

KILLED_WRITERS = """
    import os, random, signal, sys, time
    import mltrace as mt

    @mt.component
    def work(key):
        return key

    @mt.component
    def hang():
        time.sleep(60)

    work(f"{os.getpid()}-first")  # loads what the children need
    random.seed(int(sys.argv[2]))
    acknowledged = os.open(sys.argv[3], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for child in range(int(sys.argv[1])):
        pid = os.fork()
        if pid == 0:
            for number in range(100_000):
                key = f"{os.getpid()}-{number}"
                work(key)
                os.write(acknowledged, f"{key}\\n".encode())
                if number == 40 and child % 3 == 0:
                    hang()
        time.sleep(random.uniform(0.005, 0.06))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
"""
READER = """
    import select, sys
    import mltrace as mt

    while not select.select([sys.stdin], [], [], 0.005)[0]:
        mt.sync()
    mt.sync()
"""
KILLED_READERS = """
    import os, random, signal, sys, time
    import mltrace as mt

    mt.sync()  # loads what the children need
    random.seed(int(sys.argv[2]))
    for _ in range(int(sys.argv[1])):
        pid = os.fork()
        if pid == 0:
            while True:
                mt.sync()
        time.sleep(random.uniform(0.005, 0.08))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
"""
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


def _finish(process: subprocess.Popen[str], word: str | None = "stop\n") -> str:
    out, err = process.communicate(word, timeout=80)
    assert process.returncode == 0, err
    return out


def _keys(component: str = "work") -> Counter[Any]:
    return Counter(run.params.get("key") for run in mt.history(component, limit=None))


def test_killed_writers_lose_and_double_nothing_while_readers_drain(
    store: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    readers = [start(READER) for _ in range(2)]
    lists = [store.with_name(f"acknowledged{number}") for number in range(2)]
    killers = [
        start(KILLED_WRITERS, "15", str(number), str(path)) for number, path in enumerate(lists)
    ]
    for killer in killers:
        _finish(killer, None)
    for reader in readers:
        _finish(reader)
    acknowledged = [line for path in lists for line in path.read_text().splitlines()]
    assert len(acknowledged) > 100
    runs = mt.recent(limit=None)
    assert len({run.id for run in runs}) == len(runs)
    status = {run.params["key"]: run.status for run in runs if run.component == "work"}
    assert [key for key in acknowledged if status.get(key) != "succeeded"] == []
    assert max(_keys().values()) == 1
    assert {run.status for run in runs} <= {"succeeded", "aborted"}
    assert {run.status for run in mt.history("hang", limit=None)} == {"aborted"}
    assert list((store / "spool").glob("*.jsonl")) == []


def test_killed_readers_lose_and_double_nothing(
    store: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    writers = [start(STEADY_WRITER, str(number)) for number in range(2)]
    _finish(start(KILLED_READERS, "30", "7"), None)
    counts = [int(_finish(writer)) for writer in writers]
    expected = {f"{number}-{key}" for number, count in enumerate(counts) for key in range(count)}
    keys = _keys()
    assert keys.keys() == expected
    assert max(keys.values()) == 1
    runs = mt.recent(limit=None)
    assert {run.status for run in runs} == {"succeeded"}
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
    keys = _keys()
    assert len(keys) == 8 * 4 * 40
    assert set(keys.values()) == {1}
    assert {run.status for run in mt.recent(limit=None)} == {"succeeded"}
