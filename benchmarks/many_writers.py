"""Eight processes that log into one store at once: how fast they are, and that nothing is lost.

    python -m benchmarks.many_writers [NUM_RUNS]

Each logs its share of the runs of `benchmarks.systems`, while another process drains as they go or
all is drained afterwards.
"""

from __future__ import annotations

import sys
import tempfile
import time

from benchmarks import writers

import mltrace as mt

NUM_WRITERS = 8
NUM_RUNS = 20_000


def main() -> None:
    num_runs = int(sys.argv[1]) if len(sys.argv) > 1 else NUM_RUNS
    for is_drained_meanwhile in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            _measure(folder, num_runs, is_drained_meanwhile=is_drained_meanwhile)


def _measure(folder: str, num_runs: int, *, is_drained_meanwhile: bool) -> None:
    workspace = mt.Workspace(folder)
    workspace.sync()
    processes = [
        writers.start("mltrace", folder, num_runs // NUM_WRITERS) for _ in range(NUM_WRITERS)
    ]
    began, began_cpu = time.perf_counter(), time.process_time()
    for process in processes:
        writers.go(process)
    while is_drained_meanwhile and any(process.poll() is None for process in processes):
        workspace.sync()
    for process in processes:
        process.communicate()
    written = time.perf_counter() - began
    workspace.sync()
    drained, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    found = workspace.recent(None, status="succeeded")
    is_whole = all(len(run.metrics) == 3 and run.inputs and run.outputs for run in found)
    how = "drained meanwhile" if is_drained_meanwhile else "drained afterwards"
    rates = [num_runs / seconds for seconds in (written, drained, cpu)]
    print(
        f"{NUM_WRITERS} processes, {num_runs:,} runs, {how}: in runs/s {rates[0]:,.0f} until",
        end="",
    )
    print(f" written, {rates[1]:,.0f} until drained, {rates[2]:,.0f} of CPU of the drain;", end=" ")
    print(f"{num_runs - len(found)} lost, {'each' if is_whole else 'NOT each'} whole")


if __name__ == "__main__":
    main()
