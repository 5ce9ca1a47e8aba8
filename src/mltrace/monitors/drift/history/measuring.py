"""Measures partitions of a table by what its history knows: all statistics of all columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy

from mltrace.monitors.drift.history.relations import Relations
from mltrace.monitors.drift.history.statistic import Statistic
from mltrace.monitors.drift.history.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from numpy.typing import NDArray

    from mltrace.monitors.drift.history.summaries import TableSummary

    Array = NDArray[numpy.float64]

_OF_TABLE = (
    Statistic(None, "rows", "rows", is_share=False),
    Statistic(None, "rows", "duplicate rows"),
    Statistic(None, "rows", "rows of another partition"),
)
_OF_SIZE: Final = frozenset({"duplicate rows", "distinct", "new between"})
"""What grows with the rows that are looked at, though the partition is the same."""
_LIKE: Final = 2.0
"""A sample is like another one up to so many times as large, and as large a part."""


class Measures:
    """What is measured of each partition.

    Parameters
    ----------
    history : sequence of TableSummary
        Oldest first.

    Attributes
    ----------
    statistics : list of Statistic
        Those of the table, then those of each column.
    vocabularies : dict of str to Vocabulary
    """

    def __init__(self, history: Sequence[TableSummary]) -> None:
        names = dict.fromkeys(name for one in history for name in one.columns)
        self.vocabularies = {
            name: Vocabulary.of(
                name,
                {at: one.columns[name] for at, one in enumerate(history) if name in one.columns},
            )
            for name in names
        }
        advancing = {name for name, one in self.vocabularies.items() if one.is_advancing}
        self.relations = Relations.of(history, advancing)
        hashes = numpy.concatenate([one.row_hashes for one in history])
        owners = numpy.repeat(numpy.arange(len(history)), [len(one.row_hashes) for one in history])
        order = numpy.argsort(hashes, kind="stable")
        self._row_hashes, self._row_owners = hashes[order], owners[order].astype(numpy.int32)
        made = list(_OF_TABLE)
        for vocabulary in self.vocabularies.values():
            made += vocabulary.statistics
        made += self.relations.statistics
        places: dict[str | None, int] = {None: -1}
        places |= {name: at for at, name in enumerate(names)}
        self._order = numpy.argsort([places[one.column] for one in made], kind="stable")
        self.statistics = [made[at] for at in self._order.tolist()]
        num_relations = len(self.relations.statistics)
        self._of_relations = numpy.argsort(self._order)[len(made) - num_relations :]
        self._of_size = [at for at, one in enumerate(self.statistics) if one.name in _OF_SIZE]
        self._profiled_rows = float(numpy.median([one.num_profiled_rows for one in history]))
        self._profiled_part = float(numpy.median([_part(one) for one in history]))

    def measure(self, table: TableSummary, apart: int | None = None) -> tuple[Array, Array]:
        """Measure a partition.

        Parameters
        ----------
        table : TableSummary
        apart : int, optional
            Where it stands in the history, of which the others are to judge it.

        Returns
        -------
        values, errors : array of float, shape (num_statistics,)
            NaN where there is none. The errors of levels; of shares, the rows that they are of.
        """
        found = [self._of_table(table, apart)]
        for name, vocabulary in self.vocabularies.items():
            found.append(vocabulary.measure(table.columns.get(name), apart))
        found.append(self.relations.measure(table))
        values, errors = (numpy.concatenate(parts) for parts in zip(*found, strict=True))
        values, errors = values[self._order], errors[self._order]
        if self._is_of_other_size(table):
            values[self._of_size] = numpy.nan
        return values, errors

    def _is_of_other_size(self, table: TableSummary) -> bool:
        """Tell whether more or fewer of its rows were profiled than of the history."""
        return _is_unlike(table.num_profiled_rows, self._profiled_rows) and _is_unlike(
            _part(table), self._profiled_part
        )

    def leave_out(
        self, columns: Container[str], table: TableSummary, measured: tuple[Array, Array]
    ) -> tuple[Array, Array]:
        """Take columns out of how those of a partition go together, as if they were not there."""
        values, errors = (part.copy() for part in measured)
        of_relations = self._of_relations
        values[of_relations], errors[of_relations] = self.relations.measure(table, columns)
        return values, errors

    def _of_table(self, table: TableSummary, apart: int | None) -> tuple[Array, Array]:
        rows, num_hashes = max(table.num_profiled_rows, 1), max(len(table.row_hashes), 1)
        replayed = self._most_shared(table.row_hashes, apart) / num_hashes
        return (
            numpy.array([table.num_rows, table.num_duplicates / rows, replayed], float),
            numpy.array([0.0, rows, num_hashes]),
        )

    def _most_shared(self, hashes: NDArray[numpy.uint64], apart: int | None) -> int:
        """Tell how many hashes of rows one partition of the history has at most."""
        start = self._row_hashes.searchsorted(hashes, side="left")
        end = self._row_hashes.searchsorted(hashes, side="right")
        shared = numpy.flatnonzero(end > start)
        if not len(shared):
            return 0
        found = [self._row_owners[start[at] : end[at]] for at in shared.tolist()]
        owners = numpy.concatenate(found)
        return int(numpy.bincount(owners[owners != apart], minlength=1).max())


def _part(table: TableSummary) -> float:
    """Tell which part of the rows was profiled."""
    return table.num_profiled_rows / max(table.num_rows, 1)


def _is_unlike(one: float, other: float) -> bool:
    return max(one, other) > _LIKE * min(one, other)
