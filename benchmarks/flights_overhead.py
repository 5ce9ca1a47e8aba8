"""What mltrace adds to a whole pipeline: the flights example, logged and not.

    python -m benchmarks.flights_overhead

Each run is a process of its own; they take turns. The CPU time is that of all its threads, with the
imports, the Git calls, and what is kept and profiled in the background. Draining is the reader's.
Modules are compiled before, as those of an installed package are.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

NUM_PASSES = 7
WEEKS = "15-22"
EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
CASES = {
    "disabled": {"MLTRACE_DISABLED": "1"},
    "logged": {"MLTRACE_KEEP": "0", "MLTRACE_PROFILE": "off"},
    "logged, values kept": {"MLTRACE_PROFILE": "off"},
    "values kept, sampled": {"MLTRACE_PROFILE": "sample"},
    "values kept, profiled": {},
    "values kept, no ceiling": {"MLTRACE_PROFILE_SHARE": "1", "MLTRACE_PROFILE_SECONDS": "60"},
}


def main() -> None:
    seconds: dict[str, list[float]] = {name: [] for name in CASES}
    megabytes: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as compiled:
        for number in range(-1, NUM_PASSES):
            for name, settings in CASES.items():
                with tempfile.TemporaryDirectory() as folder:
                    used = _run(Path(folder), {**settings, "PYTHONPYCACHEPREFIX": compiled})
                    megabytes[name] = _bytes(Path(folder, "store")) / 1e6
                if number >= 0:  # the first pass compiles
                    seconds[name].append(used)
    bare = seconds["disabled"]
    print(f"flights, weeks {WEEKS}, CPU seconds   best  median  added: best  median   MB")
    for name, measured in seconds.items():
        added = [(of(measured) / of(bare) - 1) * 100 for of in (min, statistics.median)]
        print(
            f"  {name:<28} {min(measured):8.2f} {statistics.median(measured):7.2f} "
            f"{added[0]:+10.1f}% {added[1]:+6.1f}% {megabytes[name]:4.0f}"
        )


def _run(folder: Path, settings: dict[str, str]) -> float:
    paths = [str(EXAMPLES), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "MLTRACE_URI": str(folder / "store"),
        **settings,
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "flights", "run", "--weeks", WEEKS, "--dir", str(folder)]
    before = _children_seconds()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return _children_seconds() - before


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
