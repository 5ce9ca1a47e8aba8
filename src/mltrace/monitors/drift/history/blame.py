"""Which columns are at fault, of all whose statistics are unusual.

A fault in one column shows in others as well: they are there without it, or are not what it lets
foretell. So a partition is judged again as if the column were not beside the others: what is
then as usual was unusual only for it. The column without which least stays unusual is at fault.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from mltrace.monitors.drift.history.statistic import Statistic

    Array = NDArray[numpy.float64]

MOST_TRIED: Final = 8
"""Columns that are left out in turn, the most surprising ones."""
MOST_ROUNDS: Final = 8
"""Columns that are found at fault one after the other."""
CLEARLY: Final = 5.0
"""By how many nats more its own statistics tell which of two columns that fit as well it is."""
_OF_TWO: Final = "joint nulls"
_BESIDE_OTHERS: Final = "relation"
_ROW_COUNTS: Final = frozenset({"rows", "duplicate rows"})
_ROUNDING: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Blame:
    """What is at fault.

    Attributes
    ----------
    at_fault : dict of str or None to list of int
        The places of unusual statistics by column, the most surprising first: first None, the table
        as a whole, then columns, the most suspect first.
    explained : dict of str to str
        The columns that are unusual only beside one that is at fault, and which.
    """

    at_fault: dict[str | None, list[int]] = field(default_factory=dict)
    explained: dict[str, str] = field(default_factory=dict)


def find_fault(
    statistics: Sequence[Statistic], judge: Callable[[frozenset[str]], Array], bound: float
) -> Blame:
    """Find the columns at fault.

    Parameters
    ----------
    statistics : sequence of Statistic
    judge : callable
        Tells how surprising each statistic is if some columns are left out: theirs are not.
    bound : float
        The surprise beyond which a statistic is unusual.

    Notes
    -----
    Greedy: of the most surprising columns that one is at fault without which the surprises of the
    others exceed the bound by least in sum, and so on without it. Where several fit alike, those
    are whose own statistics, not those beside others, are not clearly less surprising than those of
    another. That a column has other distinct values counts only where there are as many rows as
    ever. A few dozen judgements at most.
    """
    search = _Search(statistics, judge, bound)
    while search.unusual and search.num_rounds < MOST_ROUNDS:
        search.go_on()
    search.end()
    return search.blame


class _Search:
    """Looks for the columns at fault, one after the other."""

    def __init__(
        self,
        statistics: Sequence[Statistic],
        judge: Callable[[frozenset[str]], Array],
        bound: float,
    ) -> None:
        self._statistics, self._judge, self._bound = statistics, judge, bound
        self._surprises = self._first_surprises = judge(frozenset())
        self._ignored = frozenset[str]()
        of_table = self._places(None)
        if any(statistics[at].name in _ROW_COUNTS for at in of_table):
            self._ignored = frozenset({"distinct"})
        self.blame = Blame({None: of_table} if of_table else {})
        self.num_rounds = 0
        self._found: list[str] = []
        self._first = self._by_column(self._surprises)
        self._own = self._by_column(self._surprises, without=(_OF_TWO, _BESIDE_OTHERS))
        self._totals = self._total_by_column()
        self.unusual = self._beyond(self._first)
        self._suspects = list(self.unusual)

    def go_on(self) -> None:
        """Find the next one, and those that fit as well."""
        suspects = [one for one in self._suspects if one not in self._found]
        known = dict.fromkeys([*self.unusual, *suspects])
        tried = sorted(known, key=lambda one: -self._totals.get(one, 0.0))[:MOST_TRIED]
        left = {one: self._judge(frozenset([*self._found, one])) for one in tried}
        excess = {one: self._excess(left[one]) for one in tried}
        ranked = sorted(tried, key=lambda one: (excess[one], -self._own.get(one, 0.0)))
        worst = ranked[0]
        own = self._own.get(worst, 0.0) - CLEARLY
        fitting = [one for one in ranked[1:] if excess[one] == excess[worst]]
        alike = [one for one in fitting if one in self.unusual and self._own.get(one, 0.0) >= own]
        for one in (worst, *alike):
            self._add(one)
        before = self.unusual
        self._surprises = self._judge(frozenset(self._found)) if alike else left[worst]
        self.unusual = self._beyond(self._by_column(self._surprises))
        for one in before:
            if one not in self.unusual and one not in self._found:
                self.blame.explained.setdefault(one, worst)
        self.num_rounds += 1

    def end(self) -> None:
        """Add what stays unusual by itself, whatever other columns are."""
        own = self._by_column(self._surprises, without=(_OF_TWO, _BESIDE_OTHERS))
        for one in sorted(self.unusual, key=lambda one: -self.unusual[one]):
            if own.get(one, 0.0) > self._bound:
                self._add(one)
        for one in self._found:
            self.blame.explained.pop(one, None)

    def _add(self, column: str) -> None:
        self._found.append(column)
        self.blame.at_fault[column] = self._places(column)

    def _places(self, column: str | None) -> list[int]:
        """Tell the unusual statistics of a column: without those found, else beside them."""
        for surprises in (self._surprises, self._first_surprises):
            found = [
                at
                for at in numpy.flatnonzero(surprises > self._bound).tolist()
                if column in _columns_of(self._statistics[at])
                and self._statistics[at].name not in self._ignored
            ]
            if found:
                return sorted(found, key=lambda at: -surprises[at])
        return []

    def _by_column(self, surprises: Array, without: Sequence[str] = ()) -> dict[str, float]:
        found: dict[str, float] = {}
        for at in numpy.flatnonzero(surprises > 0).tolist():
            statistic = self._statistics[at]
            if statistic.aspect in without or statistic.name in self._ignored:
                continue
            for column in _columns_of(statistic):
                if column is not None:
                    found[column] = max(found.get(column, 0.0), float(surprises[at]))
        return found

    def _beyond(self, surprises: Mapping[str, float]) -> dict[str, float]:
        return {
            column: surprise
            for column, surprise in surprises.items()
            if surprise > self._bound and column not in self._found
        }

    def _total_by_column(self) -> dict[str, float]:
        """Tell how surprising columns are at first, by each pair that they are in as well."""
        totals = self._by_column(self._surprises, without=(_OF_TWO,))
        for statistic, surprise in self._pairs(self._surprises):
            for column in _columns_of(statistic):
                totals[str(column)] = totals.get(str(column), 0.0) + surprise
        return totals

    def _pairs(self, surprises: Array) -> list[tuple[Statistic, float]]:
        return [
            (self._statistics[at], float(surprises[at]))
            for at in numpy.flatnonzero(surprises > self._bound).tolist()
            if self._statistics[at].aspect == _OF_TWO
        ]

    def _excess(self, surprises: Array) -> float:
        found = [*self._by_column(surprises, without=(_OF_TWO,)).values()]
        found += [surprise for _, surprise in self._pairs(surprises)]
        total = sum(one - self._bound for one in found if one > self._bound)
        return round(total / _ROUNDING) * _ROUNDING


def _columns_of(statistic: Statistic) -> tuple[str | None, ...]:
    if statistic.aspect == _OF_TWO:
        return statistic.column, statistic.detail
    return (statistic.column,)
