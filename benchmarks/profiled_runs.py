"""What profiles add to logged runs, and how fast the history of an artifact is read.

    python -m benchmarks.profiled_runs

Each case is a process of its own, without a ceiling. The CPU time of the calling thread, and of
the whole process with the background.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NUM_RUNS = 200
NUM_VERSIONS = 1_000
CASES = {
    "a number": (0, 0),
    "pandas, 20 x 4": (20, 4),
    "pandas, 1,000 x 8": (1_000, 8),
    "pandas, 100,000 x 8": (100_000, 8),
}
MODES = ("off", "sample", "full")


def main() -> None:
    print("ms of CPU a run: caller, process")
    for name in CASES:
        told = [f"{mode} {_child('runs', name, mode)}" for mode in MODES]
        print(f"  {name:<22} {'   '.join(told)}")
    print(f"history of {NUM_VERSIONS:,} versions of 20 columns")
    print(f"  {_child('history', '', 'full')}")


def _child(what: str, name: str, mode: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "MLTRACE_URI": str(Path(folder, "store")),
            "MLTRACE_PROFILE": mode,
            "MLTRACE_PROFILE_SHARE": "1",
        }
        command = [sys.executable, "-m", "benchmarks.profiled_runs", what, name]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def measure_runs(name: str) -> str:
    import numpy as np
    import pandas as pd

    import mltrace as mt
    from mltrace.capture.recorder import flush

    num_rows, num_columns = CASES[name]
    rng = np.random.default_rng(0)
    num_runs = NUM_RUNS if num_rows < 10_000 else NUM_RUNS // 10

    def value() -> object:
        if not num_columns:
            return 3.0
        columns = {
            f"c{at}": rng.normal(size=num_rows) if at % 4 else rng.integers(0, 9, num_rows)
            for at in range(num_columns)
        }
        return pd.DataFrame(columns).astype({"c0": str})

    @mt.component
    def clean(rows: object) -> None: ...

    values = [value() for _ in range(num_runs + 1)]
    clean(values.pop())
    flush()
    caller, process = time.thread_time(), time.process_time()
    for one in values:
        clean(one)
    caller = time.thread_time() - caller
    flush()
    process = time.process_time() - process
    return f"{1e3 * caller / num_runs:.2f}, {1e3 * process / num_runs:.2f}"


def measure_history() -> str:
    import numpy as np
    import pandas as pd

    import mltrace as mt

    rng = np.random.default_rng(0)

    @mt.component(keep=False)
    def clean() -> object:
        return pd.DataFrame({f"c{at}": rng.normal(size=50) for at in range(20)})

    for _ in range(NUM_VERSIONS):
        clean()
    mt.profiled("clean", 10)
    began = time.process_time()
    listed = mt.profiled("clean", None)
    read = time.process_time()
    rows = listed.to_pandas()
    framed = time.process_time()
    catalog = Path(os.environ["MLTRACE_URI"], "catalog.db").stat().st_size
    return (
        f"listed in {read - began:.2f} s, as a frame of {len(rows):,} rows in "
        f"{framed - read:.2f} s; {catalog / NUM_VERSIONS / 1e3:.0f} kB a version"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(measure_runs(sys.argv[2]) if sys.argv[1] == "runs" else measure_history())
    else:
        main()
