"""What the digest of a frame costs, beside one bare pass of blake3 over the same Arrow buffers.

    python -m benchmarks.digests

A million rows of twelve columns: numbers, truth values, categories, texts, times, some with nulls.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
from benchmarks.frames import hash_buffers, make_table
from benchmarks.timing import Case, measure

from mltrace.values.kinds import recognise

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    table = make_table()
    size = table.nbytes
    frame, polars_frame = table.to_pandas(), pl.from_arrow(table)
    cases = [
        Case("blake3 over the Arrow buffers", lambda _: hash_buffers(table), 1),
        Case("pyarrow table", _describe(table), 1),
        Case("polars frame", _describe(polars_frame), 1),
        Case("pandas frame", _describe(frame), 1),
        Case(
            "pandas row hashes",
            lambda _: pd.util.hash_pandas_object(frame, categorize=False).sum(),
            1,
        ),
    ]
    timings = measure(cases, num_passes=5, clock=time.process_time)
    bare = timings["blake3 over the Arrow buffers"].best
    print(f"{size / 1e6:.0f} MB in Arrow; CPU of all threads, best of five")
    for name, timing in timings.items():
        rate, ratio = size / timing.best / 1e9, timing.best / bare
        print(f"  {name:<32} {timing.best * 1e3:8.1f} ms {rate:6.2f} GB/s {ratio:6.1f}x")
    digests = {_described(value).digest for value in (table, frame, polars_frame)}
    print("the same digest of all three" if len(digests) == 1 else "the digests differ")


def _described(value: Any) -> Any:
    kind = recognise(value)
    assert kind is not None
    return kind.describe(value)


def _describe(value: Any) -> Callable[[int], object]:
    return lambda _: _described(value)


if __name__ == "__main__":
    main()
