"""What is known of one table of a component: the profiles of its partitions, oldest first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
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
    inputs : sequence of sequences of Profile
        What the run that wrote each partition had read; may be left out.
    """

    profiles: Sequence[Profile]
    when: CheckWhen = "after"
    on: str | None = None
    inputs: Sequence[Sequence[Profile]] = ()

    @cached_property
    def whole(self) -> TableHistory:
        """The partitions of which all rows were looked at: only these tell extremes and twins."""
        places = [
            at for at, one in enumerate(self.profiles) if one.num_profiled_rows == one.num_rows
        ]
        if len(places) == len(self.profiles):
            return self
        inputs = [self.inputs[at] for at in places] if self.inputs else ()
        return replace(self, profiles=[self.profiles[at] for at in places], inputs=inputs)

    @property
    def looked_at(self) -> float:
        """Which share of the rows was looked at."""
        rows = sum(one.num_rows for one in self.profiles)
        return sum(one.num_profiled_rows for one in self.profiles) / rows if rows else 1.0

    @cached_property
    def columns(self) -> Mapping[str, ColumnHistory]:
        """Each column that the component made or changed."""
        return {
            name: column for name, column in self.all_columns.items() if name not in self.passed_on
        }

    @cached_property
    def all_columns(self) -> Mapping[str, ColumnHistory]:
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

    @cached_property
    def passed_on(self) -> frozenset[str]:
        """The columns that are always as an input had them: what is wrong there came from there."""
        pairs = zip(self.profiles, self.inputs, strict=False)
        known = [(one, taken) for one, taken in pairs if taken]
        return frozenset(
            name
            for name in self.all_columns
            if known and all(_is_passed_on(name, one, taken) for one, taken in known)
        )

    @property
    def has_rows_of_input(self) -> bool:
        """Whether the rows are always those of an input, however many columns were added."""
        return bool(self.passed_on)


def _is_passed_on(name: str, profile: Profile, inputs: Sequence[Profile]) -> bool:
    if name not in profile.columns:
        return True
    column = _told(profile.columns[name])
    return any(name in one.columns and _told(one.columns[name]) == column for one in inputs)


def _told(profile: ColumnProfile) -> tuple[object, ...]:
    """Tell what is the same, bit by bit, of the same values in any order."""
    counts = (profile.num_rows, profile.num_nulls, profile.num_nan, profile.num_inf)
    return (profile.kind, counts, profile.min, profile.max, profile.num_distinct, profile.top)


def num_values(profile: ColumnProfile) -> int:
    """Count the values of a column: rows without nulls, NaN and infinities."""
    return profile.num_rows - profile.num_nulls - profile.num_nan - profile.num_inf


def is_number(value: Any) -> TypeGuard[int | float]:
    """Tell whether a statistic is there, as a number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value  # noqa: PLR0124
