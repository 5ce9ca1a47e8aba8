"""A table of twenty mixed columns, as feature tables have them: what profiles are measured on."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

NUM_ROWS = 1_000_000
_DAYS_MICROSECONDS = 90 * 86_400 * 10**6


def make_table(num_rows: int = NUM_ROWS, seed: int = 0) -> pa.Table:
    """Make ten floats, four whole numbers, a time, a truth value and four texts."""
    make = np.random.default_rng(seed)
    normal = make.normal(size=num_rows)
    ids = make.integers(0, 2**63, num_rows)
    return pa.table(
        {
            "normal": normal,
            "correlated": 0.8 * normal + 0.6 * make.normal(size=num_rows),
            "lognormal": make.lognormal(3, 2, num_rows),
            "uniform": make.random(num_rows),
            "offset": 1e9 + make.random(num_rows),
            "price": np.round(make.gamma(2, 30, num_rows), 2),
            "zeros": np.where(make.random(num_rows) < 0.4, 0, make.exponential(size=num_rows)),
            "with_nulls": pa.array(make.normal(5, 2, num_rows), mask=make.random(num_rows) < 0.1),
            "score32": make.beta(2, 5, num_rows).astype("float32"),
            "heavy_tail": make.standard_t(2, num_rows),
            "age": make.integers(18, 90, num_rows),
            "clicks": make.poisson(3, num_rows).astype("int32"),
            "customer": make.integers(0, 200_000, num_rows),
            "row": np.arange(num_rows),
            "at": pa.array(
                np.sort(make.integers(0, _DAYS_MICROSECONDS, num_rows)),
                pa.timestamp("us", tz="UTC"),
            ),
            "is_late": make.random(num_rows) < 0.2,
            "carrier": np.array(["AA", "B6", "DL", "EV", "UA", "WN"])[
                make.integers(0, 6, num_rows)
            ],
            "tail": [f"N{number}" for number in make.integers(0, 4_000, num_rows)],
            "city": [f"city {number:05}" for number in make.zipf(1.5, num_rows) % 50_000],
            "id": [f"{number:016x}" for number in ids],
        }
    )


def make_wide_table(num_columns: int, num_rows: int = 10_000, seed: int = 0) -> pa.Table:
    """Make floats only, of any number of columns."""
    make = np.random.default_rng(seed)
    return pa.table({f"x{at}": make.normal(size=num_rows) for at in range(num_columns)})
