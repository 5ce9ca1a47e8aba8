"""Statistics in files, in their plain form."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy

from mltrace.errors import StoreCorruptError
from mltrace.store.lake.cache_files import read_checked, write_checked
from mltrace.tasks.delays.counts import DelayCounts
from mltrace.tasks.matching.collecting import Collected
from mltrace.tasks.matching.series import Grid, Series
from mltrace.tasks.statistics import from_plain, to_plain

if TYPE_CHECKING:
    from pathlib import Path

    from mltrace.tasks.matching.state import MatchingState

_SUFFIX: Final = ".statistics"


class PlainSeries(msgspec.Struct, frozen=True, array_like=True):
    """A series as plain values."""

    grid: tuple[int, int, tuple[int, ...]]
    keys: tuple[str, ...]
    counts: list[tuple[list[int], list[int]]]
    statistics: list[tuple[list[int], list[Any]]]


class _Collected(msgspec.Struct, frozen=True, array_like=True):
    counting: Any
    series: list[PlainSeries]
    delays: tuple[int, bytes, bytes, bytes, bytes]


_decode: Final = msgspec.msgpack.Decoder(list[_Collected]).decode


def write_statistics(folder: Path, state: MatchingState) -> str:
    """Write all series of a state; return the name of the file."""
    name = f"{uuid.uuid4().hex}{_SUFFIX}"
    told = [
        _Collected(
            counting,
            [series_plain(series) for series in collected.series.values()],
            delays_plain(collected.delays),
        )
        for counting, collected in state.collected.items()
    ]
    write_checked(folder / name, told)
    return name


def read_statistics(path: Path, state: MatchingState) -> None:
    """Read all series of a state.

    Raises
    ------
    StoreCorruptError
        If they are damaged or missing, or of another version.
    """
    found = read_checked(path, _decode)
    try:
        for told in found:
            series = {Grid(*one.grid): series_of(one) for one in told.series}
            delays = delays_of(told.delays)
            state.collected[told.counting] = Collected(state.meaning, series, delays)
    except (ValueError, TypeError, KeyError) as error:
        raise StoreCorruptError(f"Statistics cannot be read: {error}") from error


def series_plain(series: Series) -> PlainSeries:
    """Turn a series into plain values."""
    return PlainSeries(
        series.grid,
        series.keys,
        [(list(cell), row.tolist()) for cell, row in series.counts.items()],
        [
            (list(cell), [to_plain(one[key]) for key in series.keys])
            for cell, one in series.statistics.items()
        ],
    )


def series_of(told: PlainSeries) -> Series:
    """Make a series again; ValueError, TypeError and KeyError tell what cannot be one."""
    return Series(
        Grid(*told.grid),
        told.keys,
        {tuple(cell): numpy.array(row, numpy.int64) for cell, row in told.counts},
        {
            tuple(cell): {
                key: from_plain(key, one) for key, one in zip(told.keys, plain, strict=True)
            }
            for cell, plain in told.statistics
        },
    )


def delays_plain(delays: DelayCounts) -> tuple[int, bytes, bytes, bytes, bytes]:
    """Turn counts of delays into numbers and bytes."""
    columns = (delays.buckets, delays.num_predictions, delays.cells, delays.num_labels)
    first, second, third, fourth = (column.astype("<i8").tobytes() for column in columns)
    return delays.width_seconds, first, second, third, fourth


def delays_of(told: tuple[int, bytes, bytes, bytes, bytes]) -> DelayCounts:
    """Make counts of delays again."""
    return DelayCounts(told[0], *(numpy.frombuffer(column, "<i8") for column in told[1:]))
