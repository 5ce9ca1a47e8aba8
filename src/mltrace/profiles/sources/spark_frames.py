"""Frames of Spark: each partition is profiled where it lies, and the profiles are merged here.

The workers import mltrace, so it is to be installed there. Only profiles are brought to the driver.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pyarrow

from mltrace.errors import ArgumentError
from mltrace.profiles.ceiling import SAFETY
from mltrace.profiles.profiling import profile_table
from mltrace.profiles.sampling import is_sampled
from mltrace.profiles.sources.source import choose, gathered, unique_names
from mltrace.profiles.tables import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TRIAL_ROWS: Final = 1 << 14
_SCHEMA: Final = "profile binary, seconds double"


def profile_spark(
    frame: Any,
    columns: Sequence[str] | None,
    *,
    max_rows: int | None,
    max_seconds: float | None,
) -> Profile:
    """Profile a data frame of Spark.

    Parameters
    ----------
    max_rows : int or None
        How many rows to sample, the same share of each partition; None for all.
    max_seconds : float or None
        The CPU seconds that profiling may take, in all partitions together. What Spark takes to
        compute the rows is not counted.

    Raises
    ------
    ArgumentError
        If it is a stream.
    """
    if frame.isStreaming:
        raise ArgumentError(
            "A streaming data frame has no end, so no profile; profile its batches in foreachBatch "
            "and merge their profiles."
        )
    names = unique_names(frame.columns)
    places = choose(names, columns)
    # Spark takes a dot in a name for a field of a struct, and names may be equal.
    numbered = frame.toDF(*(f"c{place}" for place in range(len(names))))
    frame = numbered.select(*(f"c{place}" for place in places))
    dtypes = dict(
        zip([names[place] for place in places], (one for _, one in frame.dtypes), strict=True)
    )
    rate = _rate(frame, dtypes, max_rows=max_rows, max_seconds=max_seconds)
    rows = _profiles(frame, dtypes, rate)
    merged = Profile.merge_all(Profile.from_bytes(bytes(row.profile)) for row in rows)
    return merged if merged.states else profile_table(_empty(dtypes), dtypes)


def _rate(
    frame: Any, dtypes: dict[str, str], *, max_rows: int | None, max_seconds: float | None
) -> float:
    """Work out the share of rows to look at."""
    if max_rows is None and max_seconds is None:
        return 1.0
    num_rows = max(int(frame.count()), 1)
    most: float = num_rows if max_rows is None else max_rows
    if max_seconds is not None:
        trial = _profiles(frame.limit(_TRIAL_ROWS), dtypes, 1.0)
        num_tried = sum(Profile.from_bytes(bytes(row.profile)).num_rows for row in trial)
        seconds = float(sum(row.seconds for row in trial))
        most = min(most, SAFETY * max_seconds * num_tried / max(seconds, 1e-9))
    return min(most / num_rows, 1.0)


def _profiles(frame: Any, dtypes: dict[str, str], rate: float) -> list[Any]:
    rows: list[Any] = frame.mapInArrow(
        partial(_profile_partition, dtypes=dtypes, rate=rate), _SCHEMA
    ).collect()
    return rows


def _profile_partition(
    batches: Iterator[pyarrow.RecordBatch], *, dtypes: dict[str, str], rate: float
) -> Iterator[pyarrow.RecordBatch]:
    merged, num_rows, seconds = Profile(), 0, 0.0

    def tables() -> Iterator[pyarrow.Table]:
        nonlocal num_rows
        for batch in batches:
            table = pyarrow.Table.from_batches([batch]).rename_columns(list(dtypes))
            begin, num_rows = num_rows, num_rows + table.num_rows
            yield table if rate == 1.0 else table.filter(is_sampled(begin, num_rows, rate))

    for table in gathered(tables()):
        began_at = time.thread_time()
        merged = merged.merge(profile_table(table, dtypes))
        seconds += time.thread_time() - began_at
    if num_rows:
        whole = replace(merged, num_rows=num_rows)
        yield pyarrow.record_batch({"profile": [whole.to_bytes()], "seconds": [seconds]})


def _empty(dtypes: dict[str, str]) -> pyarrow.Table:
    return pyarrow.table({name: pyarrow.nulls(0) for name in dtypes})
