"""Days of one table for tests of drift: numbers, texts, booleans, times, ids, gaps."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, Final

import numpy
import pyarrow

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST: Final = datetime.datetime(2013, 1, 1)
MONTH: Final = 30


def day(number: int, num_rows: int = 300, **columns: Any) -> pyarrow.Table:
    """Draw a day without drift; columns that are given replace others, or are added.

    Ids and times are new each day, and times advance.
    """
    rng = numpy.random.default_rng(number)
    is_weather = rng.random(num_rows) < 0.1
    delay = rng.normal(12, 5, num_rows)
    seconds = numpy.sort(rng.integers(0, 86_400, num_rows)) + 86_400 * number
    drawn = {
        "delay": delay,
        "arrival": delay + rng.normal(0, 1, num_rows),
        "seats": rng.integers(50, 200, num_rows),
        "carrier": rng.choice(["AA", "DL", "UA"], num_rows, p=[0.5, 0.3, 0.2]),
        "is_late": rng.random(num_rows) < 0.3,
        "scheduled_at": times(seconds),
        "flight": [f"{number:03}-{row:05}" for row in range(num_rows)],
        "temp": pyarrow.array(rng.normal(60, 5, num_rows), mask=is_weather),
        "wind": pyarrow.array(rng.gamma(4, 2, num_rows), mask=is_weather),
    }
    return pyarrow.table({**drawn, **columns})


def times(seconds: NDArray[numpy.int64]) -> pyarrow.Array:
    """Make times, given seconds since the first day."""
    return pyarrow.array(
        numpy.datetime64(FIRST, "us") + seconds * numpy.timedelta64(1_000_000, "us")
    )


def replaced(table: pyarrow.Table, name: str, values: Any) -> pyarrow.Table:
    """Put other values in the place of a column."""
    return table.set_column(table.column_names.index(name), name, [pyarrow.array(values)])
