"""What a logged run costs beside other systems that could have logged it, all in one run.

    python -m venv /tmp/bench
    /tmp/bench/bin/pip install -e . -r benchmarks/requirements.txt
    /tmp/bench/bin/python -m benchmarks.peers

For each system of `benchmarks.systems`: CPU of the calling thread and of the whole process for a
run, in interleaved passes; bytes of a run on disk; runs per second of four processes that write at
once; and how many acknowledged runs are gone after `kill -9`.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks import writers
from benchmarks.systems import SYSTEMS, System, installed, num_bytes
from benchmarks.timing import Case, measure

NUM_PASSES = 3
NUM_WRITERS = 4
NUM_KILLS = 2
SECONDS_UNTIL_KILLED = 2.0


class Written(NamedTuple):
    """What a process used that logged runs: CPU seconds and bytes of a run."""

    cpu: float
    num_bytes: float


class Killed(NamedTuple):
    """How many runs a killed process had been told are logged, and how many are found."""

    num_acknowledged: int
    num_found: int


def main() -> None:
    systems = installed()
    missing = [name for name in SYSTEMS if name not in systems]
    print(f"Not installed and left out: {', '.join(missing)}" if missing else "", end="\n")
    caller = _measure_callers(systems)
    header = f"{'':<16}{'caller µs':>10}{'ratio':>8}{'process µs':>12}{'bytes':>8}"
    print(f"{header}{f'{NUM_WRITERS} writers/s':>12}{'lost of acknowledged':>24}")
    for name, system in systems.items():
        written = _measure_process(name, system)
        rate = _measure_writers(name, system)
        killed = [_kill(name, system) for _ in range(NUM_KILLS)]
        lost = sum(max(one.num_acknowledged - one.num_found, 0) for one in killed)
        of = sum(one.num_acknowledged for one in killed)
        ratio = caller[name] / caller["mltrace"]
        print(f"{name:<16}{caller[name] * 1e6:>10,.0f}{ratio:>8,.2f}", end="")
        print(f"{written.cpu * 1e6:>12,.0f}{written.num_bytes:>8,.0f}{rate:>12,.0f}", end="")
        print(f"{f'{lost:,} of {of:,}':>24}")


def _measure_callers(systems: dict[str, System]) -> dict[str, float]:
    """Time the calling thread alone, of all systems in turn."""
    with tempfile.TemporaryDirectory() as folder:
        cases, opened = [], []
        for name, system in systems.items():
            own = Path(folder, name)
            own.mkdir()
            opened.append(system.open(own))
            cases.append(Case(name, opened[-1].log, system.num_runs))
        timings = measure(cases, num_passes=NUM_PASSES)
        for writer in opened:
            writer.close()
    return {name: timing.best for name, timing in timings.items()}


def _measure_process(name: str, system: System) -> Written:
    """Measure a process as a whole, once another has made what is made only once."""
    with tempfile.TemporaryDirectory() as folder:
        writers.finish(writers.start(name, folder, system.num_runs))
        before = num_bytes(Path(folder))
        cpu = writers.finish(writers.start(name, folder, system.num_runs))
        size = num_bytes(Path(folder)) - before
    return Written(cpu / system.num_runs, size / system.num_runs)


def _measure_writers(name: str, system: System) -> float:
    """Let processes write at once; tell the runs per second from when all were ready."""
    with tempfile.TemporaryDirectory() as folder:
        writers.finish(writers.start(name, folder, 1))
        processes = [writers.start(name, folder, system.num_runs) for _ in range(NUM_WRITERS)]
        began = time.perf_counter()
        for process in processes:
            writers.go(process)
        for process in processes:
            process.wait()
        return NUM_WRITERS * system.num_runs / (time.perf_counter() - began)


def _kill(name: str, system: System) -> Killed:
    """Kill a process while it writes, after it has said how many runs are logged."""
    with tempfile.TemporaryDirectory() as folder:
        process = writers.start(name, folder, 10**9)
        writers.go(process)
        time.sleep(SECONDS_UNTIL_KILLED)
        process.kill()
        said = process.communicate()[0].split()
        return Killed(int(said[-1]) if said else 0, system.count(Path(folder)))


if __name__ == "__main__":
    main()
