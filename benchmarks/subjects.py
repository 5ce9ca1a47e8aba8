"""What labels of data subjects cost: sets of them, and retractions in stores of growing size.

    python -m benchmarks.subjects
    python -m benchmarks.subjects --large    # 100,000 runs as well, some minutes

In each store, three runs of a week read one file that all weeks share, which holds the label.
"""

from __future__ import annotations

import sys
import tempfile
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from benchmarks.generated import Log

import mltrace as mt
from mltrace.store.kept import label_sets

if TYPE_CHECKING:
    from collections.abc import Callable

NUM_LABELS = 1_000_000
NUM_PASSES = 4
SHARED = "/data/users.csv"


def main() -> None:
    _measure_set()
    print(f"{'CPU milliseconds':<42} {'best':>8} {'first':>8}")
    sizes = (1_000, 10_000, 100_000) if "--large" in sys.argv else (1_000, 10_000)
    for num_runs in sizes:
        with tempfile.TemporaryDirectory() as folder:
            _ask(Path(folder), num_runs)


def _measure_set() -> None:
    labels = [f"user-{number}@example.org" for number in range(NUM_LABELS)]
    began = time.process_time()
    data, num_labels = label_sets.pack(labels)
    packing = time.process_time() - began
    keys = np.array(sorted(map(label_sets.label_key, labels)), "<u8").tobytes()
    began = time.process_time()
    is_held = label_sets.holds(data, labels[7]) and not label_sets.holds(data, "nobody")
    looking = (time.process_time() - began) / 2
    print(f"{num_labels:,} labels packed in {packing:.1f} s, looked up in {looking * 1e3:.1f} ms")
    least = np.log2(2.0**64 / num_labels) / 8 + np.log2(np.e) / 8
    for name, size in (
        ("as text", sum(map(len, labels))),
        ("sorted digests", len(keys)),
        ("sorted digests, zlib", len(zlib.compress(keys))),
        ("packed", len(data)),
        ("least for random digests", least * num_labels),
    ):
        print(f"  {name:<28} {size / num_labels:6.2f} bytes a label")
    print("  found again" if is_held else "  NOT found again")


def _ask(root: Path, num_runs: int) -> None:
    store = root / "store"
    log = _weeks(num_runs // 5)
    log.spool(store)
    workspace = mt.Workspace(store)
    workspace.sync()
    shared = workspace.versions(SHARED)[0]
    ref = mt.ArtifactRef(name=SHARED, digest=shared.digest, identity=SHARED)
    _measure(f"subject, {num_runs:,} runs", lambda: workspace.subject(["alice", "bob"], on=ref))
    workspace.sync()
    _measure(f"recent, nothing retracted, {num_runs:,} runs", workspace.recent)
    _measure(f"retract, {num_runs:,} runs", lambda: workspace.retract("alice"))
    workspace.retract("bob")
    _measure(f"retracted, two labels, {num_runs:,} runs", workspace.retracted)
    _measure(f"recent, two labels, {num_runs:,} runs", workspace.recent)
    report = workspace.retract("alice")
    print(f"  {report.num_touched:,} versions and {report.num_predictions:,} predictions touched")


def _weeks(num_weeks: int) -> Log:
    """Make five runs a week, of which three read what all weeks share, and two what these wrote."""
    log = Log()
    for week in range(num_weeks):
        log.run("fetch", "", f"raw{week}")
        log.run("clean", f"raw{week} {SHARED}", f"clean{week}")
        log.run("features", f"clean{week} {SHARED}", f"features{week}")
        log.run("train", f"features{week}", f"model{week}")
        log.run("predict", f"model{week} {SHARED}", num_ids=5)
    return log


def _measure(name: str, ask: Callable[[], object]) -> None:
    seconds = []
    for _ in range(NUM_PASSES):
        began = time.process_time()
        ask()
        seconds.append(time.process_time() - began)
    print(f"{name:<42} {min(seconds) * 1e3:8.1f} {seconds[0] * 1e3:8.1f}")


if __name__ == "__main__":
    main()
