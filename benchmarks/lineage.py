"""What the questions about lineage cost, on stores of growing size.

    python -m benchmarks.lineage
    python -m benchmarks.lineage --large    # 100,000 runs as well, some minutes

The facts are generated and drained first; then each verb is asked as a user asks it.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import generated

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.generated import Log

NUM_PASSES = 4
NUM_FLAGGED_WEEKS = 100


def main() -> None:
    print(f"{'CPU milliseconds':<42} {'best':>8} {'first':>8}")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        asked = _drained(root / "diamonds", generated.diamonds(30))
        _measure("trace, 30 stacked diamonds", lambda: asked.trace("j30"))
        for length in (1_000, 10_000):
            _ask_chain(_drained(root / f"chain{length}", generated.chain(length, "vw")), length)
        sizes = (1_000, 10_000, 100_000) if "--large" in sys.argv else (1_000, 10_000)
        for num_runs in sizes:
            log = generated.weeks(num_runs // 5)
            _ask_weeks(_drained(root / f"weeks{num_runs}", log), num_runs)
            _review_batches(root / f"batches{num_runs}", num_runs // 10)


def _ask_chain(asked: mt.Workspace, length: int) -> None:
    last = f"v{length - 1}"
    _measure(f"trace, chain of {length:,} runs", lambda: asked.trace(last))
    _measure(f"impact, chain of {length:,} runs", lambda: asked.impact("v0"))
    other = f"w{length - 1}"
    _measure(f"diff, two chains of {length:,} runs", lambda: asked.diff(last, other))
    _measure(f"stale, chain of {length:,} runs", asked.stale)


def _ask_weeks(asked: mt.Workspace, num_runs: int) -> None:
    weeks = num_runs // 5
    wrong = f"{num_runs + 1}-3"
    _measure(f"recent, {num_runs:,} runs", asked.recent)
    _measure(f"trace of an output id, {num_runs:,} runs", lambda: asked.trace(wrong))
    _measure(f"impact of a raw file, {num_runs:,} runs", lambda: asked.impact("raw3"))
    right = f"{num_runs - 4}-3"
    _measure(f"diff of two output ids, {num_runs:,} runs", lambda: asked.diff(right, wrong))
    _measure(f"stale, {num_runs:,} runs", asked.stale)
    _measure(f"gc, dry, {num_runs:,} runs", lambda: asked.gc("1d"))
    flagged = [
        f"{5 * (weeks - ago) + 1}-{number}"
        for ago in range(NUM_FLAGGED_WEEKS)
        for number in range(5)
    ]
    asked.flag(flagged, reason="wrong")
    _measure(f"review, 500 flags, {num_runs:,} runs", asked.review)


def _review_batches(store: Path, num_batches: int) -> None:
    """Review 20 flagged outputs of ten components that run in a chain for each batch."""
    asked = _drained(store, generated.batches(num_batches))
    flagged = [f"{num_batches - 3 * ago}-9" for ago in range(1, 21)]
    asked.flag(flagged, reason="wrong")
    num_runs = 10 * num_batches
    _measure(f"review, 20 flags, {num_runs:,} runs", asked.review)
    command = [sys.executable, "-m", "mltrace", "review", "--store", str(store)]
    _measure(
        f"`mltrace review`, 20 flags, {num_runs:,} runs",
        lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL),
    )


def _drained(store: Path, log: Log) -> mt.Workspace:
    log.spool(store)
    workspace = mt.Workspace(store)
    workspace.sync()
    return workspace


def _measure(name: str, ask: Callable[[], object]) -> None:
    seconds = []
    for _ in range(NUM_PASSES):
        began = _cpu_seconds()
        ask()
        seconds.append(_cpu_seconds() - began)
    print(f"{name:<42} {min(seconds) * 1e3:8.1f} {seconds[0] * 1e3:8.1f}")


def _cpu_seconds() -> float:
    """Tell the CPU time of this process and of those that it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()
