"""What is known of one table of a component: the profiles of its partitions, oldest first."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from mltrace.profiles.tables import Profile
    from mltrace.records import CheckWhen, ColumnProfile


@dataclass(frozen=True)
class ColumnHistory:
    """A column in the partitions that have it with rows, oldest first.

    Attributes
    ----------
    name : str
        The column.
    profiles : sequence of ColumnProfile
        Its statistics in each.
    num_partitions : int
        How many partitions with rows the table has, this column or not.
    """

    name: str
    profiles: Sequence[ColumnProfile]
    num_partitions: int

    @property
    def is_always_there(self) -> bool:
        """Whether every partition has the column."""
        return len(self.profiles) == self.num_partitions

    @property
    def num_rows(self) -> NDArray[numpy.float64]:
        """Rows of each partition."""
        return self.array(lambda one: one.num_rows)

    @property
    def num_values(self) -> NDArray[numpy.float64]:
        """Values of each partition: rows without nulls, NaN and infinities."""
        return self.array(num_values)

    @property
    def filled(self) -> ColumnHistory:
        """The column in the partitions where it holds values."""
        return replace(self, profiles=[one for one in self.profiles if one.kind != "null"])

    def array(self, of: Callable[[ColumnProfile], float]) -> NDArray[numpy.float64]:
        """List a number of each partition."""
        return numpy.array([of(one) for one in self.profiles], dtype=float)

    def is_of(self, *kinds: str) -> bool:
        """Tell whether the column holds values, and of these kinds only."""
        found = {one.kind for one in self.filled.profiles}
        return bool(found) and found <= set(kinds)


@dataclass(frozen=True)
class TableHistory:
    """The partitions of one table that passes the boundary of a component.

    Attributes
    ----------
    profiles : sequence of Profile
        Of each partition, oldest first.
    when : {'before', 'after'}
        At which boundary it passes.
    on : str, optional
        The variable that holds it, where checks would not find it without.
    """

    profiles: Sequence[Profile]
    when: CheckWhen = "after"
    on: str | None = None

    @cached_property
    def whole(self) -> TableHistory:
        """The partitions of which all rows were looked at: only these tell extremes and twins."""
        whole = [one for one in self.profiles if one.num_profiled_rows == one.num_rows]
        return self if len(whole) == len(self.profiles) else replace(self, profiles=whole)

    @property
    def looked_at(self) -> float:
        """How much of what may be wrong in some rows shows in those that were looked at."""
        shares = [share_seen(one.num_profiled_rows, one.num_rows) for one in self.profiles]
        return fmean(shares) if shares else 1.0

    @cached_property
    def columns(self) -> Mapping[str, ColumnHistory]:
        """Each column, in the order of the last partition that has it."""
        filled = [profile for profile in self.profiles if profile.num_profiled_rows]
        names: dict[str, None] = {}
        for profile in reversed(filled):
            names.update(dict.fromkeys(profile.columns))
        return {
            name: ColumnHistory(
                name, [one.columns[name] for one in filled if name in one.columns], len(filled)
            )
            for name in names
        }


def num_values(profile: ColumnProfile) -> int:
    """Count the values of a column: rows without nulls, NaN and infinities."""
    return profile.num_rows - profile.num_nulls - profile.num_nan - profile.num_inf


def share_seen(num_looked_at: float, num: float) -> float:
    """Tell how likely a sample shows that something is wrong with some of the values.

    With how many of them is taken to be spread evenly over the orders of magnitude.

    Examples
    --------
    >>> share_seen(100, 10_000), share_seen(50, 50)
    (0.5, 1.0)
    """
    if num_looked_at >= num:
        return 1.0
    return math.log(max(num_looked_at, 1)) / math.log(num)


def is_number(value: Any) -> TypeGuard[int | float]:
    """Tell whether a statistic is there, as a number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value  # noqa: PLR0124
