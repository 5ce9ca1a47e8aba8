"""Which columns are at fault, of all whose statistics are unusual.

A fault in one column shows in others as well: they are there without it, or are not what it lets
foretell. So what tells of a column alone comes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mltrace.monitors.drift.history.statistic import Statistic

_OF_TWO: Final = "joint nulls"
_BESIDE_OTHERS: Final = "relation"
_ROW_COUNTS: Final = frozenset({"rows", "duplicate rows"})


def blame(
    statistics: Sequence[Statistic], surprises: Mapping[int, float]
) -> dict[str | None, list[int]]:
    """Assign unusual statistics to the columns that are at fault.

    Parameters
    ----------
    statistics : sequence of Statistic
    surprises : mapping of int to float
        Of the unusual ones, by their places.

    Returns
    -------
    dict of str or None to list of int
        The places by column, the most surprising first; None is the table as a whole. A pair of
        columns is assigned to the one that is in most of them; what a column is beside others
        counts only where nothing else is unusual; that it has other distinct values, only where
        there are as many rows as ever.
    """
    blamed: dict[str | None, list[int]] = {}
    order = sorted(surprises, key=lambda at: -surprises[at])
    pairs = [at for at in order if statistics[at].aspect == _OF_TWO]
    beside = [at for at in order if statistics[at].aspect == _BESIDE_OTHERS]
    if any(statistics[at].name in _ROW_COUNTS for at in order):
        order = [at for at in order if statistics[at].name != "distinct"]
    for at in order:
        if statistics[at].aspect not in (_OF_TWO, _BESIDE_OTHERS):
            blamed.setdefault(statistics[at].column, []).append(at)
    while pairs:
        totals: dict[str | None, float] = {}
        for at in pairs:
            for column in (statistics[at].column, statistics[at].detail):
                own = surprises[at] * (2 if column in blamed else 1)
                totals[column] = totals.get(column, 0.0) + own
        worst = max(totals, key=totals.__getitem__)
        its = [at for at in pairs if worst in (statistics[at].column, statistics[at].detail)]
        blamed.setdefault(worst, []).extend(its)
        pairs = [at for at in pairs if at not in its]
    is_alone = not blamed
    for at in beside:
        if is_alone or statistics[at].column in blamed:
            blamed.setdefault(statistics[at].column, []).append(at)
    return {column: sorted(its, key=lambda at: -surprises[at]) for column, its in blamed.items()}
