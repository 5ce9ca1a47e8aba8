"""A frame as pipelines have them: a million rows of twelve columns of all sorts."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from blake3 import blake3

NUM_ROWS = 1_000_000


def make_table(seed: int = 0) -> pa.Table:
    """Make numbers, truth values, categories, texts and times, some with nulls."""
    make = np.random.default_rng(seed)
    numbers = {f"x{at}": make.normal(size=NUM_ROWS) for at in range(5)}
    with_nulls = pa.array(make.normal(size=NUM_ROWS), mask=make.random(NUM_ROWS) < 0.1)
    origins = np.array(["EWR", "JFK", "LGA"])[make.integers(0, 3, NUM_ROWS)]
    return pa.table(
        {
            **numbers,
            "delay": with_nulls,
            "month": make.integers(1, 13, NUM_ROWS),
            "distance": make.integers(0, 5_000, NUM_ROWS).astype("int32"),
            "cancelled": pa.array(make.random(NUM_ROWS) < 0.02),
            "origin": origins,
            "tail": [f"N{number}" for number in make.integers(0, 4_000, NUM_ROWS)],
            "at": pa.array(make.integers(0, 2**40, NUM_ROWS), pa.timestamp("us", tz="UTC")),
        }
    )


def hash_buffers(table: pa.Table) -> str:
    """Pass blake3 over the buffers of a table, as they lie in memory."""
    hasher = blake3()
    for column in table.columns:
        for chunk in column.chunks:
            for buffer in chunk.buffers():
                if buffer is not None:
                    hasher.update(memoryview(buffer))
    return hasher.hexdigest()
