"""What it costs the caller to have a frame kept, beside its digest alone.

    python -m benchmarks.keeping

The caller digests and copies what it may change; the thread in
the background cuts, compresses and writes.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from benchmarks.frames import hash_buffers, make_table
from benchmarks.timing import Case, measure

from mltrace.store.kept.blobs import Blobs
from mltrace.store.kept.keeping import keep
from mltrace.values.kinds import recognise

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT_BYTES = 1 << 40


def main() -> None:
    arrow = make_table()
    numbers = np.random.default_rng(0).normal(size=arrow.nbytes // 8)
    values = {
        "pyarrow table": arrow,
        "polars frame": pl.from_arrow(arrow),
        "pandas frame": arrow.to_pandas(),
        "NumPy array": numbers,
    }
    with tempfile.TemporaryDirectory() as folder:
        cases = [Case("blake3 over the Arrow buffers", lambda _: hash_buffers(arrow), 1)]
        for name, value in values.items():
            cases += [
                Case(f"{name}: digest", _describe(value, None), 1),
                Case(f"{name}: digest and snapshot", _describe(value, LIMIT_BYTES), 1),
                Case(f"{name}: in the background", _keep(value, Path(folder) / "blobs"), 1),
            ]
        timings = measure(cases, num_passes=5, clock=time.process_time)
    bare = timings["blake3 over the Arrow buffers"].best
    print(f"{arrow.nbytes / 1e6:.0f} MB; CPU of all threads, best of five")
    for name, timing in timings.items():
        rate, ratio = arrow.nbytes / timing.best / 1e6, timing.best / bare
        print(f"  {name:<36} {timing.best * 1e3:8.1f} ms {rate:8.0f} MB/s {ratio:6.1f}x")


def _describe(value: Any, limit: int | None) -> Callable[[int], object]:
    kind = recognise(value)
    assert kind is not None
    return lambda _: kind.describe(value, limit)


def _keep(value: Any, folder: Path) -> Callable[[int], object]:
    kind = recognise(value)
    assert kind is not None
    described = kind.describe(value, LIMIT_BYTES)
    digest = described.digest or ""

    def call(_: int) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        manifest = described.manifest or {}
        keep(Blobs(folder), digest, manifest, described.parts, described.reordering)

    return call


if __name__ == "__main__":
    main()
