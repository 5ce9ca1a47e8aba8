"""No dropped groups: a category that was there before must not be gone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.arguments import as_rate
from mltrace.checks.check import Check, NotApplicable
from mltrace.checks.column_values import ColumnValues, values_of
from mltrace.checks.columns import Findings, as_columns, columns_among, percent
from mltrace.checks.references import as_reference, beside, names_of, resolve
from mltrace.checks.registered import library

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mltrace.checks.measures import Table
    from mltrace.checks.references import Reference
    from mltrace.records import ColumnProfile, Severity

MAX_GROUPS: Final = 1_000
"""Columns with more categories are names or texts, not groups."""


@library.register("NoDroppedGroups")
class NoDroppedGroups(Check):
    """Fails if a category that was there before is gone, and chance does not explain it.

    A list of known values that misses one, an inner join or a filter drops the rows of a whole
    group; the other rows look as ever.

    Parameters
    ----------
    columns : sequence of str, optional
        The columns to look at; all of texts, booleans and categoricals that both have if left out.
    reference : data frame, Profile, path or str, optional
        What was there before; the data frames among the arguments of the run if left out, and then
        the check runs after it.
    false_alarm_rate : float, default 0.001
        How often the check may fail, over all columns, although rows were left out at random. A
        group of a share `p` is missed only if so many rows as there are now would lack it with a
        lower probability, which is ``(1 - p) ** num_rows``.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If an argument cannot be.

    Notes
    -----
    Its value is the share of the rows before that were of groups that are gone. Of a profile, the
    most frequent values are known.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> flights = pandas.DataFrame({"carrier": ["AA", "UA", "DL"] * 100})
    >>> variables = {"flights": flights, "result": flights[flights["carrier"] != "UA"]}
    >>> run_checks([NoDroppedGroups()], "after", variables)[0].message
    "result: 'carrier' lacks 'UA', 33.3 % of the rows of flights"
    """

    def __init__(
        self,
        columns: Sequence[str] | None = None,
        *,
        reference: Any = None,
        false_alarm_rate: float = 0.001,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.columns = as_columns("NoDroppedGroups", columns)
        self.reference = None if reference is None else as_reference("NoDroppedGroups", reference)
        self.false_alarm_rate = as_rate("NoDroppedGroups", false_alarm_rate)

    @property
    def wanted(self) -> Sequence[str]:
        """The variable to look at, and the reference if it is one."""
        return (*super().wanted, *names_of(self.reference))

    def test_groups(self, **variables: Any) -> float:
        """Measure the share of the rows whose group is gone."""
        references = self._references(variables)
        others = beside(self.reference, variables)
        pairs = [
            (table, column, reference)
            for table, column in columns_among(others, self.on, self.columns)
            for reference in references
            if column in reference.columns and reference.name != table.name
        ]
        found = [
            (table, column, reference, groups)
            for table, column, reference in pairs
            if (groups := _groups(table, column, reference)) is not None
        ]
        if not found:
            raise NotApplicable("no column of groups that was there before")
        findings, rate = Findings(), self.false_alarm_rate / len(found)
        for table, column, reference, (was, now) in found:
            gone = _gone(was, now, rate=rate)
            share = sum(was[group] for group in gone) / sum(was.values())
            names = ", ".join(map(repr, gone[:5])) + (" and others" if len(gone) > 5 else "")
            said = f"{table.name}: {column!r} lacks {names}, {percent(share)} of the rows of"
            findings.add(share, f"{said} {reference.name}" if gone else None)
        return findings.worst()

    def _references(self, variables: Mapping[str, Any]) -> list[Reference]:
        if self.reference is not None:
            return [resolve(self.reference, variables)]
        output = "result" if self.on is None else self.on
        if "result" not in variables:
            raise NotApplicable("without reference=, this check runs after a run")
        found = []
        for name in variables:
            if name not in (output, "result"):
                try:
                    found.append(resolve(name, variables))
                except NotApplicable:
                    continue
        return found


def _groups(
    table: Table, column: str, reference: Reference
) -> tuple[dict[str, int], ColumnValues] | None:
    now, was = values_of(table, column), reference.column(column)
    if now is None or was is None or now.kind == "number":
        return None
    counts = _counts_before(was)
    return (counts, now) if 1 < len(counts) <= MAX_GROUPS else None


def _counts_before(was: ColumnValues | ColumnProfile) -> dict[str, int]:
    if isinstance(was, ColumnValues):
        return {group: count for group, count in was.counts.items() if group is not None}
    if was.kind not in ("text", "boolean"):
        return {}
    return {str(one.value): one.count for one in was.top}


def _gone(was: Mapping[str, int], now: ColumnValues, *, rate: float) -> list[str]:
    total, rows = sum(was.values()), now.num_rows - now.num_nulls
    rate = rate / len(was)
    least = -math.expm1(math.log(rate) / rows) if rows else 1.0
    gone = [
        group for group, count in was.items() if group not in now.counts and count > least * total
    ]
    return sorted(gone, key=lambda group: (-was[group], group))
