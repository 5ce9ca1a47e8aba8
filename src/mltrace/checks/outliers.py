"""Outliers: few numbers may lie far from the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy

from mltrace.checks.arguments import as_number, as_rate
from mltrace.checks.check import Check, NotApplicable
from mltrace.checks.column_values import MIN_ROWS, ColumnValues, values_of
from mltrace.checks.columns import Findings, as_columns, as_share, columns_among, percent
from mltrace.checks.distances import share_noise
from mltrace.checks.references import Reference, as_reference, beside, names_of, resolve
from mltrace.checks.registered import library
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records import ColumnProfile, Severity

Method = Literal["tukey", "mad"]
CUTOFFS: Final = {"tukey": 3.0, "mad": 5.0}
_MAD_OF_NORMAL: Final = 0.6744897501960817


@library.register("Outliers")
class Outliers(Check):
    """Fails if too large a share of a column's numbers lies far from the others.

    Parameters
    ----------
    columns : sequence of str, optional
        The columns to look at; all columns of numbers if left out.
    method : {'tukey', 'mad'}, default 'tukey'
        What is far: beyond fences, `cutoff` times the distance of the quartiles below the lower or
        above the upper one; or a robust z-score, from the median and the median absolute deviation,
        of more than `cutoff`.
    cutoff : float, optional
        Where far begins: 3 with 'tukey', 5 with 'mad' if left out.
    max_share : float, default 0.05
        The share of the numbers that may be outliers.
    reference : data frame, Profile, path or str, optional
        Where the fences come from; the column itself if left out. A profile has them for 'tukey'.
    false_alarm_rate : float, default 0.001
        How often the check may fail, over all columns, although the true share is allowed.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If an argument cannot be.

    Notes
    -----
    Its value is the largest share of outliers. Left out are columns with fewer than 30 numbers, and
    those of which half or more have one value: nothing is far from a spread of zero.

    References
    ----------
    Tukey, Exploratory data analysis, 1977; Iglewicz and Hoaglin, How to detect and handle outliers,
    1993.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"delay": [*range(900), *[99_999] * 100]})
    >>> print(run_checks([Outliers(max_share=0.01)], "after", {"result": frame})[0].message)
    result: 10 % of 'delay' are outliers (below -1249 or above 2248), expected at most 1 %
    """

    def __init__(
        self,
        columns: Sequence[str] | None = None,
        *,
        method: Method = "tukey",
        cutoff: float | None = None,
        max_share: float = 0.05,
        reference: Any = None,
        false_alarm_rate: float = 0.001,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        if method not in CUTOFFS:
            raise ArgumentError(f"Outliers(method={method!r}): use 'tukey' or 'mad'.")
        self.columns = as_columns("Outliers", columns)
        self.method = method
        self.cutoff = as_number("Outliers", "cutoff", cutoff, least=0)
        self.max_share = as_share("Outliers", "max_share", max_share)
        self.reference = None if reference is None else as_reference("Outliers", reference)
        self.false_alarm_rate = as_rate("Outliers", false_alarm_rate)

    @property
    def wanted(self) -> Sequence[str]:
        """The variable to look at, and the reference if it is one."""
        return (*super().wanted, *names_of(self.reference))

    def test_outliers(self, **variables: Any) -> float:
        """Measure the shares of outliers."""
        reference = None if self.reference is None else resolve(self.reference, variables)
        found = []
        for table, column in columns_among(
            beside(self.reference, variables), self.on, self.columns, lambda one: one.is_numeric()
        ):
            values = values_of(table, column)
            if values is None or len(values.finite) < MIN_ROWS:
                continue
            bounds = self._bounds(column, values, reference)
            if bounds is not None:
                found.append((f"{table.name}: {{}} of {column!r}", values, bounds))
        if not found:
            raise NotApplicable("no column of numbers that differ, with 30 rows")
        findings, rate = Findings(), self.false_alarm_rate / len(found)
        for words, values, (low, high) in found:
            share = float(((values.finite < low) | (values.finite > high)).mean())
            said = words.format(percent(share)) + self._expected(low, high)
            is_beyond = share > self.max_share + share_noise(
                len(values.finite), self.max_share, rate=rate
            )
            findings.add(share, said if is_beyond else None)
        return findings.worst()

    def _expected(self, low: float, high: float) -> str:
        return (
            f" are outliers (below {low:.4g} or above {high:.4g}), "
            f"expected at most {percent(self.max_share)}"
        )

    def _bounds(
        self, column: str, values: ColumnValues, reference: Reference | None
    ) -> tuple[float, float] | None:
        if reference is None:
            return self._bounds_of(values)
        known = reference.column(column) if column in reference.columns else None
        return None if known is None else self._bounds_of(known)

    def _bounds_of(self, known: ColumnValues | ColumnProfile) -> tuple[float, float] | None:
        cutoff = CUTOFFS[self.method] if self.cutoff is None else self.cutoff
        if not isinstance(known, ColumnValues):
            quartiles = [known.quantiles.get(probability) for probability in ("0.25", "0.75")]
            if self.method == "mad" or known.kind != "number" or None in quartiles:
                return None
            low, high = (float(quartile) for quartile in quartiles)  # type: ignore[arg-type]
        elif len(known.finite) < MIN_ROWS:
            return None
        elif self.method == "mad":
            median = float(numpy.median(known.finite))
            deviation = float(numpy.median(numpy.abs(known.finite - median))) / _MAD_OF_NORMAL
            reach = cutoff * deviation
            return (median - reach, median + reach) if reach > 0 else None
        else:
            low, high = (float(one) for one in numpy.quantile(known.finite, [0.25, 0.75]))
        reach = cutoff * (high - low)
        return (low - reach, high + reach) if reach > 0 else None
