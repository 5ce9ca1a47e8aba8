"""The statistics of a partition that are watched for slow drift, told from its profile.

Of numbers the mean, the spread, and how far their tails reach; of texts the shares of the most
frequent ones; of truth values the share of true; of every column the share of nulls. Times go on by
nature, and so do numbers that count up from one partition to the next: neither has a level.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from mltrace.profiles.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mltrace.profiles.tables import Profile
    from mltrace.records import ColumnProfile

Scale = Literal["level", "log", "share"]

MEAN: Final = "mean"
SPREAD: Final = "spread"
UPPER: Final = "upper tail"
NULLS: Final = "null share"
TRUE: Final = "share of true"
SHARE_OF: Final = "share of "
MAX_CATEGORIES: Final = 3
_MAX_TEXT: Final = 32
_LEAST_SHARE: Final = 0.02
_UPPER_QUANTILE: Final = 0.95
_UPPER_VARIANCE: Final = 4.5
"""Of a 0.95-quantile of n normal values, times n."""

_MOST_LOG: Final = 700.0
"""What an exponential of floats can bear."""


class Statistic(NamedTuple):
    """A statistic of a column, on a scale where its spread is even.

    Attributes
    ----------
    name : str
    value : float
        A level as it is, a spread as its logarithm, a share as the arcsine of its root.
    variance : float
        About what sampling the rows alone makes of it.
    scale : str
    """

    name: str
    value: float
    variance: float
    scale: Scale


def statistics_of(
    profile: Profile, column: ColumnProfile, categories: Sequence[str]
) -> Iterator[Statistic]:
    """Tell the statistics of a column.

    Parameters
    ----------
    profile : Profile
        Of the partition.
    column : ColumnProfile
        The summary of the column.
    categories : sequence of str
        The texts whose shares are told.
    """
    num_rows = column.num_rows
    if not num_rows:
        return
    num_lacking = column.num_nulls + column.num_nan + column.num_inf
    yield _share(NULLS, num_lacking / num_rows, num_rows)
    num_values = num_rows - num_lacking
    if column.kind == "number":
        yield from _of_numbers(column, num_values)
    elif column.kind == "boolean" and column.mean is not None:
        yield _share(TRUE, column.mean, num_values)
    elif column.kind == "text" and categories:
        counts = dict(_frequent(profile, column.name))
        total = max(num_values, 1)
        for text in categories if counts else ():
            yield _share(f"{SHARE_OF}{text!r}", min(counts.get(text, 0) / total, 1.0), total)


def _of_numbers(column: ColumnProfile, num_values: int) -> Iterator[Statistic]:
    mean, std = column.mean, column.std
    if mean is None or std is None or num_values < 2:
        return
    sampling = std * std / num_values
    yield Statistic(MEAN, mean, sampling, "level")
    upper = column.quantiles.get(str(_UPPER_QUANTILE))
    if upper is not None:
        yield Statistic(UPPER, upper, _UPPER_VARIANCE * sampling, "level")
    if std > 0:
        tails = max(column.kurtosis or 0.0, -1.0) + 2
        yield Statistic(SPREAD, math.log(std), tails / (4 * num_values), "log")


def _share(name: str, share: float, num_rows: int) -> Statistic:
    return Statistic(name, math.asin(math.sqrt(share)), 0.25 / num_rows, "share")


def frequent_texts(profile: Profile, column: ColumnProfile) -> tuple[str, ...]:
    """Name the texts whose shares are worth watching, the most frequent first."""
    least = _LEAST_SHARE * column.num_rows
    often = [(text, count) for text, count in _frequent(profile, column.name) if count >= least]
    often.sort(key=lambda one: (-one[1], one[0]))
    short = [text for text, _ in often if len(text) <= _MAX_TEXT]
    return tuple(short[:MAX_CATEGORIES])


def _frequent(profile: Profile, column: str) -> list[tuple[str, int]]:
    texts = profile.states[column].states.get("text")
    if not isinstance(texts, Texts):
        return []
    return [(one.text, one.num_rows) for one in texts.counts.frequent()[0]]


def as_it_is(value: float, scale: Scale) -> float:
    """Turn a value on the scale of a statistic into what people know it as."""
    if scale == "log":
        return math.exp(min(max(value, -_MOST_LOG), _MOST_LOG))
    if scale == "share":
        return math.sin(min(max(value, 0.0), math.pi / 2)) ** 2
    return value
