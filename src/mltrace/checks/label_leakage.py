"""Label leakage: a feature that tells the label too well, or a row from all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.checks.arguments import as_variable
from mltrace.checks.check import Check, NotApplicable
from mltrace.checks.column_values import values_of
from mltrace.checks.columns import Findings, as_columns, as_share, percent
from mltrace.checks.labels import labelled_tables
from mltrace.checks.predictive_power import predictive_power
from mltrace.checks.registered import library

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mltrace.checks.measures import Table
    from mltrace.checks.vectors import Vector
    from mltrace.records import Severity

MIN_ROWS: Final = 100
"""It takes more rows than elsewhere: half of them learn what the others are asked."""


@library.register("LabelLeakage")
class LabelLeakage(Check):
    """Fails if a single feature tells nearly all of the label, or identifies the row.

    Such a feature is mostly the label under another name, made from it, or known only after it.

    Parameters
    ----------
    label : str, default 'labels'
        The column of the labels in the data frame of the features, or the variable that holds them.
    columns : sequence of str, optional
        The features to look at; all other columns if left out.
    max_power : float, default 0.9
        The largest share of the label's variance that one feature may explain.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If an argument cannot be.

    Notes
    -----
    One half of the rows learns the mean label of each value of the feature (of each of 64
    quantiles, for numbers) and predicts the other half, and the other way round: a feature whose
    values are all different explains nothing. Classes count as in Goodman and Kruskal's tau,
    numbers by their ranks, so that a monotone function of the label explains all of it. Fewer than
    100 rows are skipped.

    The value of the second test is the number of features that look like identifiers: texts that
    differ in each row, and whole numbers that do so without large gaps.

    References
    ----------
    Kaufman et al., Leakage in data mining, 2012, https://doi.org/10.1145/2382577.2382579; Goodman
    and Kruskal, 1954, https://doi.org/10.1080/01621459.1954.10501231; the idea of a predictive
    power by feature: the package ppscore.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> late = [number % 5 == 0 for number in range(200)]
    >>> features = pandas.DataFrame({"fine": [100 * one for one in late], "hour": [7, 9] * 100})
    >>> run_checks([LabelLeakage()], "before", {"features": features, "labels": late})[0].message
    "features: 'fine' alone explains 100 % of 'labels', expected at most 90 %"
    """

    def __init__(
        self,
        label: str = "labels",
        *,
        columns: Sequence[str] | None = None,
        max_power: float = 0.9,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.label = as_variable("LabelLeakage", "label", label)
        self.columns = as_columns("LabelLeakage", columns)
        self.max_power = as_share("LabelLeakage", "max_power", max_power)

    @property
    def wanted(self) -> Sequence[str]:
        """The variable to look at, and the labels."""
        return (*super().wanted, self.label)

    def test_power(self, **variables: Any) -> float:
        """Measure how much of the label the best feature explains."""
        findings, num_seen = Findings(), 0
        for table, labels in labelled_tables(variables, self.label, self.on):
            for column in self._features(table):
                power = _power(table, column, labels)
                if power is None:
                    continue
                num_seen += 1
                said = (
                    f"{table.name}: {column!r} alone explains {percent(power)} of {self.label!r}, "
                    f"expected at most {percent(self.max_power)}"
                )
                findings.add(power, said if power > self.max_power else None)
        if not num_seen:
            raise NotApplicable(f"no feature beside labels that differ, in {MIN_ROWS} rows")
        return findings.worst()

    def test_identifiers(self, **variables: Any) -> int:
        """Count the features that differ in each row."""
        findings, num_seen = Findings(), 0
        for table, _ in self._tables(variables):
            for column in self._features(table):
                num_seen += 1
                is_identifier = _is_identifier(table, column)
                said = f"{table.name}: {column!r} differs in each row, as an identifier does"
                findings.add(int(is_identifier), said if is_identifier else None)
        if not num_seen:
            raise NotApplicable(f"no feature with {MIN_ROWS} rows")
        return int(findings.total())

    def _tables(self, variables: Mapping[str, Any]) -> list[tuple[Table, Vector]]:
        found = labelled_tables(variables, self.label, self.on)
        return [one for one in found if one[0].num_rows >= MIN_ROWS]

    def _features(self, table: Table) -> list[str]:
        wanted = table.columns if self.columns is None else self.columns
        return [column for column in wanted if column in table.columns and column != self.label]


def _power(table: Table, column: str, labels: Vector) -> float | None:
    values, known = values_of(table, column), labels.is_known
    if values is None or values.kind == "null" or known.sum() < MIN_ROWS:
        return None
    key = ("power", column, id(labels))
    feature = (
        values.numbers
        if values.kind == "number"
        else table.once(("codes", column), lambda: _codes(table, column))
    )
    return table.once(key, lambda: predictive_power(feature[known], labels.take(known)))


def _codes(table: Table, column: str) -> numpy.ndarray[Any, numpy.dtype[Any]]:
    texts = numpy.array(
        [str(value) for value in table.frame.get_column(column).to_list()], dtype=object
    )
    return numpy.unique(texts.astype(str), return_inverse=True)[1]


def _is_identifier(table: Table, column: str) -> bool:
    values = values_of(table, column)
    if values is None or values.num_nulls:
        return False
    if values.kind == "category":
        return len(values.counts) == values.num_rows
    numbers = values.numbers
    if (numbers != numpy.round(numbers)).any() or numpy.ptp(numbers) > 2 * len(numbers):
        return False
    return len(numpy.unique(numbers)) == len(numbers)
