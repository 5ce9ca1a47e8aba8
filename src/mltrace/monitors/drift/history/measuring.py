"""Measures partitions of a table by what its history knows: all statistics of all columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy

from mltrace.monitors.drift.history.relations import Relations
from mltrace.monitors.drift.history.statistic import Statistic
from mltrace.monitors.drift.history.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mltrace.monitors.drift.history.summaries import TableSummary

    Array = NDArray[numpy.float64]

_OF_TABLE = (
    Statistic(None, "rows", "rows", is_share=False),
    Statistic(None, "rows", "duplicate rows"),
    Statistic(None, "rows", "rows of another partition"),
)


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
        self.relations = Relations.of(history)
        self.row_hashes = [one.row_hashes for one in history]
        made = list(_OF_TABLE)
        for vocabulary in self.vocabularies.values():
            made += vocabulary.statistics
        made += self.relations.statistics
        places: dict[str | None, int] = {None: -1}
        places |= {name: at for at, name in enumerate(names)}
        self._order = numpy.argsort([places[one.column] for one in made], kind="stable")
        self.statistics = [made[at] for at in self._order.tolist()]

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
        return values[self._order], errors[self._order]

    def _of_table(self, table: TableSummary, apart: int | None) -> tuple[Array, Array]:
        rows, hashes = max(table.num_profiled_rows, 1), table.row_hashes
        shared = [
            numpy.count_nonzero(_are_in(hashes, others))
            for at, others in enumerate(self.row_hashes)
            if at != apart
        ]
        replayed = max(shared, default=0) / max(len(hashes), 1)
        return (
            numpy.array([table.num_rows, table.num_duplicates / rows, replayed], float),
            numpy.array([0.0, rows, max(len(hashes), 1)]),
        )


def _are_in(hashes: NDArray[numpy.uint64], others: NDArray[numpy.uint64]) -> NDArray[numpy.bool_]:
    """Tell which hashes are among others; both ascend."""
    if not len(others):
        return numpy.zeros(len(hashes), numpy.bool_)
    places = numpy.minimum(numpy.searchsorted(others, hashes), len(others) - 1)
    return numpy.asarray(others[places] == hashes)
