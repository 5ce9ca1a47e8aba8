"""How columns of a partition go together: nulls that coincide, levels that others foretell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy

from mltrace.monitors.drift.history.statistic import Statistic

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from numpy.typing import NDArray

    from mltrace.monitors.drift.history.summaries import TableSummary
    from mltrace.profiles.entries import Entry
    from mltrace.profiles.pearson import Comoments

    Array = NDArray[numpy.float64]

_RIDGE: Final = 1e-2
_FARTHEST: Final = 1e6
"""Standard deviations beyond which the level of a column tells nothing of others."""
_CLOSELY: Final = 0.2
"""Which part of how times vary others leave at most, if they foretell them closely."""
_ROUNDING: Final = 1e-9
"""Of its mean, what a column varies at least: less is what rounding makes of a constant."""
_CONSTANT: Final = 1e-3
"""Of its scale, what a column varies at least that is not a constant."""
_ALONE: Final = 0.9
"""Which part of what a column leaves it leaves without those that tell nothing, at least."""


@dataclass(frozen=True, slots=True)
class Relations:
    """What the history knows of how columns go together.

    Attributes
    ----------
    entries : tuple of Entry
        The columns, texts by a number made of each.
    pairs : array of int, shape (2, num_pairs)
        Columns of which the second lacks values at times: whether the first is there then.
    center, scale : array of float, shape (num_columns,)
        The mean and the middle standard deviation of each.
    coefficients : array of float, shape (num_columns, num_columns)
        How each is foretold by the others, a row each, on these scales.
    left : array of float, shape (num_columns,)
        The standard deviation of what they leave, on these scales.
    only_advances : array of bool, shape (num_columns,)
        Running numbers, and times that the others do not foretell closely: always new, they tell
        nothing of others.
    """

    entries: tuple[Entry, ...]
    pairs: NDArray[numpy.intp]
    center: Array
    scale: Array
    coefficients: Array
    left: Array
    only_advances: NDArray[numpy.bool_]

    @classmethod
    def of(cls, history: Sequence[TableSummary], advancing: Container[str] = ()) -> Relations:
        """Learn from partitions.

        Parameters
        ----------
        history : sequence of TableSummary
        advancing : container of str
            Numbers that move on from partition to partition, which tell nothing of others.

        Notes
        -----
        A ridge regression of each column on all others, over the rows of all partitions: from
        the inverse of their correlations.
        """
        entries = tuple(sorted({entry for one in history for entry in one.comoments.entries}))
        known = [_Sums.of(one.comoments, entries) for one in history]
        if not entries:
            nothing = numpy.zeros(0)
            no_pairs = numpy.zeros((2, 0), numpy.intp)
            return cls((), no_pairs, nothing, nothing, nothing, nothing, nothing > 0)
        stds = numpy.array([one.std for one in known])
        means = numpy.array([one.mean for one in known])
        is_there = numpy.array([one.present > 0 for one in known])
        scale = numpy.median(stds, axis=0)
        scale = numpy.where(scale > 0, scale, numpy.where(stds.max(0) > 0, stds.max(0), 1.0))
        center = (means * is_there / numpy.maximum(is_there.sum(0), 1)).sum(0)
        scale = numpy.maximum(scale, _ROUNDING * abs(center))
        within = numpy.mean([one.covariance(scale) for one in known], axis=0)
        apart = _in_units(numpy.where(is_there, means - center, 0), scale)
        moves_on = numpy.array([entry.name in advancing for entry in entries])
        covariance = within + apart.T @ apart / len(known)
        covariance *= ~moves_on & ~moves_on[:, None]
        coefficients, left = _regressions(covariance)
        is_time = [any(_is_time(one, entry) for one in history) for entry in entries]
        only_advances = is_time & (left > _CLOSELY * numpy.sqrt(covariance.diagonal()))
        only_advances |= moves_on
        has_gaps = numpy.any(
            [
                one.present < found.num_profiled_rows
                for one, found in zip(known, history, strict=True)
            ],
            axis=0,
        )
        pairs = numpy.nonzero(has_gaps & ~numpy.eye(len(entries), dtype=bool))
        return cls(entries, numpy.array(pairs), center, scale, coefficients, left, only_advances)

    @property
    def statistics(self) -> list[Statistic]:
        """What is measured, in the order of `measure`."""
        names = [entry.name for entry in self.entries]
        made = [
            Statistic(names[here], "joint nulls", "present without", names[there])
            for here, there in self.pairs.T.tolist()
        ]
        for name in ("level beside others", "spread beside others"):
            made += [Statistic(one, "relation", name, is_share=False) for one in names]
        return made

    def measure(self, table: TableSummary, without: Container[str] = ()) -> tuple[Array, Array]:
        """Measure a partition: values, and the errors of levels; of shares, the rows.

        Columns that are left out are taken not to be there.
        """
        if not self.entries:
            return numpy.zeros(0), numpy.zeros(0)
        sums = _Sums.of(table.comoments, self.entries)
        if without:
            is_out = numpy.array([entry.name in without for entry in self.entries])
            sums = replace(sums, present=numpy.where(is_out, 0, sums.present))
        rows = max(table.num_profiled_rows, 1)
        here, there = self.pairs
        alone = (sums.present[here] - sums.both[here, there]) / rows
        alone[(sums.present[here] == 0) | (sums.present[there] == 0)] = numpy.nan
        apart = _in_units(sums.mean - self.center, self.scale)
        covariance = sums.covariance(self.scale)
        is_there = (sums.present > 0) & (abs(apart) < _FARTHEST)
        is_there &= (covariance.diagonal() < _FARTHEST**2) & ~self.only_advances
        rest, is_told = self._rest(is_there)
        level = rest @ apart / self.left
        spread = (rest @ covariance * rest).sum(1).clip(0) / self.left**2
        parts = rest**2 * covariance.diagonal() / self.left[:, None] ** 2
        doubt = 2 * spread**2 + parts**2 @ self._heaviness(table)
        is_told &= numpy.count_nonzero(is_there) > 1
        level[~is_told] = spread[~is_told] = numpy.nan
        present = numpy.maximum(sums.present, 1)
        errors = (numpy.sqrt(spread / present), numpy.sqrt(doubt / present))
        return (
            numpy.concatenate((alone, level, spread)),
            numpy.concatenate((numpy.full(len(alone), rows), *errors)),
        )

    def _rest(self, is_there: NDArray[numpy.bool_]) -> tuple[Array, NDArray[numpy.bool_]]:
        """Tell by what columns differ from what those that are there foretell, and which can be.

        Others are taken to be as those that are there foretell them.
        """
        rest = numpy.eye(len(self.entries)) - self.coefficients
        if is_there.all():
            return rest, is_there
        others = rest[~is_there]
        told = numpy.linalg.solve(others[:, ~is_there], others[:, is_there])
        rest[:, is_there] -= rest[:, ~is_there] @ told
        rest[:, ~is_there] = 0
        return rest, is_there & (rest.diagonal() > _ALONE)

    def _heaviness(self, table: TableSummary) -> Array:
        """Tell the excess kurtosis of each column: the higher, the fewer rows tell its spread."""
        found = [0.0] * len(self.entries)
        for at, entry in enumerate(self.entries):
            column = table.columns.get(entry.name)
            if column is not None and column.kind == "number" and "kurtosis" in column.levels:
                found[at] = max(column.levels["kurtosis"].value, 0.0)
        return numpy.array(found)


@dataclass(frozen=True, slots=True)
class _Sums:
    """What co-moments tell of some columns: rows with each, and with two; means, spreads."""

    present: Array
    both: Array
    mean: Array
    std: Array
    r: Array

    @classmethod
    def of(cls, comoments: Comoments, entries: tuple[Entry, ...]) -> _Sums:
        found = comoments.among(entries)
        present = found.num_rows.diagonal()
        variance = found.m2.diagonal() / numpy.maximum(present, 1)
        with numpy.errstate(divide="ignore", invalid="ignore", over="ignore"):
            r = found.products / (numpy.sqrt(found.m2) * numpy.sqrt(found.m2.T))
        r = numpy.clip(numpy.nan_to_num(r, nan=0.0, posinf=0.0, neginf=0.0), -1, 1)
        mean = numpy.nan_to_num(found.mean.diagonal(), posinf=0.0, neginf=0.0)
        std = numpy.sqrt(numpy.nan_to_num(variance, posinf=0.0))
        return cls(present, found.num_rows, mean, std, r)

    def covariance(self, scale: Array) -> Array:
        """Tell the covariances within the partition, in units of a scale."""
        std = _in_units(self.std, scale)
        return self.r * std[:, None] * std


def _in_units(distances: Array, scale: Array) -> Array:
    """Divide by a scale, however small: what is farther than the farthest is as far."""
    with numpy.errstate(over="ignore"):
        return numpy.asarray(numpy.clip(distances / scale, -_FARTHEST, _FARTHEST))


def _is_time(table: TableSummary, entry: Entry) -> bool:
    return entry.name in table.columns and table.columns[entry.name].kind == "time"


def _regressions(covariance: Array) -> tuple[Array, Array]:
    std = numpy.sqrt(covariance.diagonal())
    std = numpy.where(std > _CONSTANT, std, 1.0)
    inverse = numpy.linalg.inv(covariance / std[:, None] / std + _RIDGE * numpy.eye(len(std)))
    # Less it can only be where nulls make of pairs what no rows can be: of no valid covariance.
    precision = numpy.maximum(inverse.diagonal(), 1 / (1 + _RIDGE))
    coefficients = -inverse / precision[:, None]
    numpy.fill_diagonal(coefficients, 0.0)
    return coefficients * std[:, None] / std, std / numpy.sqrt(precision)
