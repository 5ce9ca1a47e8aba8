"""Processes that log runs with a system, each once it is told to go.

python -m benchmarks.writers SYSTEM FOLDER NUM_RUNS    # as `start` does
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.systems import SYSTEMS


def start(name: str, folder: str, num_runs: int) -> subprocess.Popen[bytes]:
    """Start a process that logs so many runs once it is told to go; wait until it is ready."""
    command = [sys.executable, "-m", "benchmarks.writers", name, folder, str(num_runs)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def go(process: subprocess.Popen[bytes]) -> None:
    """Tell a process to log its runs."""
    assert process.stdin is not None
    process.stdin.write(b"go\n")
    process.stdin.flush()


def finish(process: subprocess.Popen[bytes]) -> float:
    """Let a process log its runs; return the CPU seconds that it says it used."""
    go(process)
    said = process.communicate()[0].split()
    return float(said[-1])


def main() -> None:
    """Log runs, and say now and then how many are logged, in the end what that took."""
    name, folder, num_runs = sys.argv[1:]
    system = SYSTEMS[name]
    writer = system.open(Path(folder))
    step = min(10, system.num_runs // 10)
    os.write(1, b"ready\n")
    sys.stdin.readline()
    began = time.process_time()
    for number in range(1, int(num_runs) + 1):
        writer.log(number)
        if number % step == 0:
            os.write(1, b"%d\n" % number)
    writer.close()
    os.write(1, b"%f\n" % (time.process_time() - began))


if __name__ == "__main__":
    main()
