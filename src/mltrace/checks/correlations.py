"""Correlations: columns that are copies of each other, and pairs that no longer go together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.checks.arguments import as_number, as_rate
from mltrace.checks.check import Check, NotApplicable
from mltrace.checks.column_values import MIN_ROWS, values_of
from mltrace.checks.columns import Findings, as_columns, as_share, columns_among
from mltrace.checks.distances import normal_quantile
from mltrace.checks.references import as_reference, beside, names_of, resolve
from mltrace.checks.registered import library

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mltrace.checks.measures import Table
    from mltrace.checks.references import Reference
    from mltrace.records import Severity

    Pairs = dict[tuple[str, str], tuple[float, int]]

MAX_COLUMNS: Final = 50
"""Columns of numbers that are looked at, the first ones; pairs grow with their square."""


@library.register("Correlations")
class Correlations(Check):
    """Fails if two columns of numbers are copies, or no longer go together as they did.

    Parameters
    ----------
    columns : sequence of str, optional
        The columns to look at; the first 50 of numbers if left out.
    max : float, default 0.999
        The largest correlation, of either sign, that two columns may have.
    reference : data frame, Profile, path or str, optional
        What correlations were; without it, only copies are looked for.
    max_change : float, default 0.2
        By how much a correlation may differ from that of the reference, beside noise.
    false_alarm_rate : float, default 0.001
        How often the second test may fail, over all pairs, although nothing changed.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If an argument cannot be.

    Notes
    -----
    Pearson's correlation over the rows that have both. The value is the largest correlation, and
    the largest change. Noise is that of Fisher's z, which supposes tails that are not heavy. Pairs
    with fewer than 30 rows in common, and columns of one value, are left out.

    References
    ----------
    Fisher, 1915, https://doi.org/10.1093/biomet/10.4.507

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"metres": range(100)}).assign(feet=lambda one: one.metres * 3.28)
    >>> run_checks([Correlations()], "after", {"result": frame})[0].message
    "result: 'metres' and 'feet' correlate by 1.000, expected at most 0.999"
    """

    def __init__(
        self,
        columns: Sequence[str] | None = None,
        *,
        max: float = 0.999,  # noqa: A002 (as RowCount names it)
        reference: Any = None,
        max_change: float = 0.2,
        false_alarm_rate: float = 0.001,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.columns = as_columns("Correlations", columns)
        self.max = as_share("Correlations", "max", max)
        self.reference = None if reference is None else as_reference("Correlations", reference)
        self.max_change = as_number("Correlations", "max_change", max_change, least=0) or 0.0
        self.false_alarm_rate = as_rate("Correlations", false_alarm_rate)

    @property
    def wanted(self) -> Sequence[str]:
        """The variable to look at, and the reference if it is one."""
        return (*super().wanted, *names_of(self.reference))

    def tests(self) -> list[tuple[str, Any]]:
        """List the test for copies, and that for changes if there is a reference."""
        return [
            one for one in super().tests() if self.reference is not None or one[0] == "test_copies"
        ]

    def test_copies(self, **variables: Any) -> float:
        """Measure the largest correlation."""
        findings, num_seen = Findings(), 0
        for table, columns in self._tables(variables):
            for (left, right), (r, _) in _pairs(table, columns).items():
                num_seen += 1
                said = f"{table.name}: {left!r} and {right!r} correlate by {r:.3f}"
                is_copy = abs(r) > self.max
                findings.add(abs(r), f"{said}, expected at most {self.max:g}" if is_copy else None)
        if not num_seen:
            raise NotApplicable(_NOTHING)
        return findings.worst()

    def test_changes(self, **variables: Any) -> float:
        """Measure the largest change of a correlation."""
        reference = resolve(self.reference, variables)
        found = [
            (table, pair, now, before[pair])
            for table, columns in self._tables(variables)
            for before in [_pairs_of(reference, columns)]
            for pair, now in _in_order(_pairs(table, columns)).items()
            if pair in before
        ]
        if not found:
            raise NotApplicable(_NOTHING)
        findings, rate = Findings(), self.false_alarm_rate / len(found)
        for table, (left, right), (now, rows), (was, rows_before) in found:
            noise = _noise(now, was, rows=(rows, rows_before), rate=rate)
            said = (
                f"{table.name}: {left!r} and {right!r} correlate by {now:.2f}, in {reference.name} "
                f"by {was:.2f}, allowed is a change of {self.max_change + noise:.2f}"
            )
            change = abs(now - was)
            findings.add(change, said if change > self.max_change + noise else None)
        return findings.worst()

    def _tables(self, variables: Mapping[str, Any]) -> list[tuple[Table, list[str]]]:
        by_table: dict[str, tuple[Table, list[str]]] = {}
        others = beside(self.reference, variables)
        for table, column in columns_among(others, self.on, self.columns):
            by_table.setdefault(table.name, (table, []))[1].append(column)
        return [(table, _numeric(table, columns)) for table, columns in by_table.values()]


_NOTHING: Final = f"no two columns of numbers that differ, with {MIN_ROWS} rows in common"


def _numeric(table: Table, columns: Sequence[str]) -> list[str]:
    known = [column for column in columns if column in table.columns]
    return [column for column in known if table.schema[column].is_numeric()][:MAX_COLUMNS]


def _pairs(table: Table, columns: Sequence[str]) -> Pairs:
    """Correlate each two columns of numbers, once at a boundary: r, and the rows that it is of."""
    return table.once(("correlations", tuple(columns)), lambda: _correlate(table, columns))


def _pairs_of(reference: Reference, columns: Sequence[str]) -> Pairs:
    if reference.table is not None:
        return _in_order(_pairs(reference.table, _numeric(reference.table, columns)))
    known = [] if reference.profile is None else reference.profile.correlations
    pairs = {(one.left, one.right): (one.r, one.num_rows) for one in known}
    return _in_order({pair: one for pair, one in pairs.items() if one[1] >= MIN_ROWS})


def _in_order(pairs: Pairs) -> Pairs:
    """Name the columns of each pair in alphabetical order, so that two frames have the same."""
    return {(min(pair, key=str), max(pair, key=str)): one for pair, one in pairs.items()}


def _correlate(table: Table, columns: Sequence[str]) -> Pairs:
    read = {column: values_of(table, column) for column in columns}
    numbers = [one.numbers for one in read.values() if one is not None and one.kind == "number"]
    names = [name for name, one in read.items() if one is not None and one.kind == "number"]
    if len(names) < 2:
        return {}
    matrix = numpy.array(numbers)
    known = ~numpy.isnan(matrix)
    means = numpy.where(known, matrix, 0.0).sum(axis=1) / numpy.maximum(known.sum(axis=1), 1)
    centred = numpy.where(known, matrix - means[:, None], 0.0)
    scale = numpy.abs(centred).max(axis=1, keepdims=True)
    centred /= numpy.where(scale > 0, scale, 1.0)
    mask = known.astype(float)
    rows, sums = mask @ mask.T, centred @ mask.T
    squares, products = (centred**2) @ mask.T, centred @ centred.T
    with numpy.errstate(divide="ignore", invalid="ignore"):
        spread = squares - sums**2 / rows
        r = (products - sums * sums.T / rows) / numpy.sqrt(spread * spread.T)
    return {
        (names[i], names[j]): (float(r[i, j]), int(rows[i, j]))
        for i in range(len(names))
        for j in range(i + 1, len(names))
        if rows[i, j] >= MIN_ROWS and min(spread[i, j], spread[j, i]) > 1e-12 * rows[i, j]
    }


def _noise(now: float, was: float, *, rows: tuple[int, int], rate: float) -> float:
    """Bound the difference of two estimates of one correlation, by Fisher's z."""
    spread = math.sqrt(1 / (rows[0] - 3) + 1 / (rows[1] - 3))
    slope = 1 - (now**2 + was**2) / 2
    return normal_quantile(rate / 2) * spread * max(slope, 0.0)
