"""What `mltrace exec` adds to a command, without and with `--auto`.

    python -m benchmarks.exec_cost

The commands take turns, each a process of its own; the time is that of the wall clock, as whoever
waits for the command feels it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NUM_PASSES = 15
NUM_FILES = 1_000
EXEC = [sys.executable, "-m", "mltrace", "exec"]
OPENING = f"for n in range({NUM_FILES}): open(f'file-{{n}}').close()"
REOPENING = f"for n in range({NUM_FILES} * 20): open('file-0').close()"
COMPUTING = "sum(n * n for n in range(10_000_000))"
COMMANDS = {
    "env true": ["true"],
    f"python opens {NUM_FILES:,} files once": [sys.executable, "-c", OPENING],
    f"python opens a file {NUM_FILES * 20:,} times": [sys.executable, "-c", REOPENING],
    "python computes": [sys.executable, "-c", COMPUTING],
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for number in range(NUM_FILES):
            Path(folder, f"file-{number}").write_text(str(number))
        print(f"{'wall clock, milliseconds':<36} bare    exec  --auto")
        for name, command in COMMANDS.items():
            wrappers = (["env"], [*EXEC, "--"], [*EXEC, "--auto", "--"])
            milliseconds: list[list[float]] = [[] for _ in wrappers]
            for _ in range(NUM_PASSES):
                for wrapper, taken in zip(wrappers, milliseconds, strict=True):
                    taken.append(_run([*wrapper, *command], folder))
            best = " ".join(f"{min(taken):7.0f}" for taken in milliseconds)
            median = " ".join(f"{statistics.median(taken):7.0f}" for taken in milliseconds)
            print(f"  {name:<32} {best}  best\n  {'':<32} {median}  median")


def _run(command: list[str], folder: str) -> float:
    environment = {**os.environ, "MLTRACE_URI": f"{folder}/.mltrace", "MLTRACE_KEEP": "0"}
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True)
    return (time.perf_counter() - began) * 1e3


if __name__ == "__main__":
    main()
