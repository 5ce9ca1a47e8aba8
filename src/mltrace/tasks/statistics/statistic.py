"""What a statistic is, and how statistics of many groups are collected, merged and written."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import numpy

from mltrace.registry import Registry
from mltrace.tasks.grouping import Grouping, order_of
from mltrace.tasks.naming import parse_name
from mltrace.tasks.pairs import Pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from mltrace.records.tasks import TaskKind

_MODULES: Final = (
    "calibration_bins",
    "class_scores",
    "confusion",
    "error_distribution",
    "error_sums",
    "quantile_loss_sums",
    "ranking_sums",
    "label_set_counts",
    "score_histogram",
    "score_losses",
)


class Statistic(ABC):
    """What is known of a set of pairs: merging two gives what is known of both.

    Counts merge exactly; sums of floats up to rounding, about 1e-15 of their size. No order of
    merging is better than another one.
    """

    __slots__ = ()

    VERSION: ClassVar[int]
    """Of the plain form; what was written by another version is collected anew."""
    collect: ClassVar[Callable[..., list[Any]]]
    """Takes pairs, ordered by group, their grouping, and parameters by name; gives
    the statistic of each group, of those without rows as well."""

    @classmethod
    def merge_all(cls, parts: Sequence[Self]) -> Self:
        """Put together one or more parts."""
        whole = parts[0]
        for part in parts[1:]:
            whole = whole.merge(part)
        return whole

    @abstractmethod
    def merge(self, other: Self) -> Self:
        """Put together what two sets of pairs have."""

    @abstractmethod
    def to_plain(self) -> list[Any]:
        """Turn the statistic into numbers, texts, bytes and lists of such."""

    @classmethod
    @abstractmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the statistic again; a ValueError or TypeError tells what cannot be one."""


Statistics = Mapping[str, Statistic]
"""Statistics of the same pairs by their keys, such as "confusion" or "ranking_sums(k=10)"."""

statistics: Final[Registry[type[Statistic]]] = Registry(
    "statistic", tuple(f"mltrace.tasks.statistics.{module}" for module in _MODULES)
)


def collect(
    key: str, pairs: Pairs, groups: NDArray[Any] | None = None, num_groups: int = 1
) -> list[Statistic]:
    """Collect one statistic of each group of pairs.

    Parameters
    ----------
    key : str
        The name of a statistic with its parameters, as metrics say in `needs`.
    pairs : Pairs
    groups : array of int, shape (num_pairs,), optional
        From 0 to `num_groups` - 1; without, all pairs are of one group.
    num_groups : int

    Returns
    -------
    list of Statistic, one for each group

    Examples
    --------
    >>> pairs = Pairs.of("binary", [1, 0, 1], [1, 1, 1], positive=1)
    >>> first, second = collect("confusion", pairs, numpy.array([0, 0, 1]), 2)
    >>> first.merge(second).num_pairs
    3
    """
    return collect_all([key], pairs, groups, num_groups)[key]


def collect_all(
    keys: Iterable[str],
    pairs: Pairs,
    groups: NDArray[Any] | None = None,
    num_groups: int = 1,
) -> dict[str, list[Statistic]]:
    """Collect several statistics of each group; what they share is worked out once."""
    codes = numpy.zeros(len(pairs), numpy.uint16) if groups is None else groups
    order = order_of(codes, num_groups)
    if order is not None:
        codes = numpy.arange(num_groups).repeat(numpy.bincount(codes, minlength=num_groups))
    collectors = {key: _collector(key) for key in keys}
    found: dict[str, list[Statistic]] = {key: [] for key in collectors}
    with numpy.errstate(over="ignore", invalid="ignore"):  # what outgrows a float gives no metric
        for rows, grouping in Grouping(codes, num_groups).blocks():
            block = pairs.take(rows if order is None else order[rows])
            for key, collector in collectors.items():
                found[key] += collector(block, grouping)
    return found


def _collector(key: str) -> Callable[..., list[Any]]:
    name, parameters = parse_name(key)
    return partial(statistics.get(name).collect, **parameters)


def merge(parts: Sequence[Statistic]) -> Statistic:
    """Put together one or more statistics of one key, at once.

    Examples
    --------
    >>> one = collect("confusion", Pairs.of("binary", [1, 0], [1, 1], positive=1))[0]
    >>> merge([one, one, one]).num_pairs
    6
    """
    return parts[0] if len(parts) == 1 else type(parts[0]).merge_all(parts)


@lru_cache(maxsize=256)
def empty(key: str, kind: TaskKind) -> Statistic:
    """Give the statistic of no pairs."""
    return collect(key, Pairs.of(kind, [], []))[0]


def to_plain(statistic: Statistic) -> list[Any]:
    """Turn a statistic into plain values, which msgpack takes, with the version of their form."""
    return [statistic.VERSION, *statistic.to_plain()]


def from_plain(key: str, plain: Any) -> Statistic:
    """Make the statistic of a key again.

    Raises
    ------
    ValueError, TypeError
        If the values are no such statistic, or of another version: then it is to be collected anew.

    Examples
    --------
    >>> one = collect("confusion", Pairs.of("binary", [1, 0], [1, 1], positive=1))[0]
    >>> from_plain("confusion", to_plain(one)).num_pairs
    2
    """
    wanted = statistics.get(parse_name(key)[0])
    version, *rest = plain
    if version != wanted.VERSION:
        raise ValueError(f"{key} of version {version}, not {wanted.VERSION}")
    return wanted.from_plain(rest)
