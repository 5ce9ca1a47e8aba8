"""Checks of columns: which ones they look at, and how they say what they found in each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.check import Check, Unmet
from mltrace.checks.measures import tables_among
from mltrace.errors import ArgumentError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mltrace.checks.measures import Table
    from mltrace.records import Severity

MAX_SAID: Final = 10
"""Columns that a message names."""


class Findings:
    """What a test found, column by column: the number to keep, and what is wrong."""

    def __init__(self) -> None:
        self._values: list[float] = []
        self._said: list[str] = []

    def add(self, value: float, wrong: str | None = None) -> None:
        """Add what was measured in a column and, if that fails the test, what to say of it."""
        self._values.append(value)
        if wrong is not None:
            self._said.append(wrong)

    def worst(self) -> float:
        """Return the largest value, of shares for example.

        Raises
        ------
        Unmet
            If something is wrong.
        """
        return self._concluded(max(self._values, default=0))

    def total(self) -> float:
        """Return the sum of the values, which are counts.

        Raises
        ------
        Unmet
            If something is wrong.
        """
        return self._concluded(sum(self._values))

    def _concluded(self, value: float) -> float:
        if not self._said:
            return value
        said = self._said[:MAX_SAID]
        if len(self._said) > MAX_SAID:
            said.append(f"and {len(self._said) - MAX_SAID} more")
        raise Unmet("; ".join(said), value=value)


class ShareCheck(Check):
    """The base of checks that some values of a column do not fulfil, which may be a small share.

    Parameters
    ----------
    columns : sequence of str or None
        The columns to look at; None for all those of a type that `accepts` takes.
    max_share : float
        The share of the values that need not fulfil it; nulls are not counted.
    """

    accepted: str = "values"
    """What the columns must hold, in a word."""

    def __init__(
        self,
        columns: Sequence[str] | str | None,
        *,
        max_share: float = 0.0,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.columns = as_columns(type(self).__name__, columns)
        self.max_share = as_share(type(self).__name__, "max_share", max_share)

    def accepts(self, dtype: Any) -> bool:  # noqa: ARG002 (it is for those who override it)
        """Tell whether columns of a type can be looked at."""
        return True

    def measure(
        self,
        variables: Mapping[str, Any],
        num_bad: Callable[[Table, str], int],
        said: str,
    ) -> float:
        """Return the largest share of values that `num_bad` counts in a column.

        Raises
        ------
        Unmet
            If it is larger than it may be, or a column holds something else.
        """
        findings = Findings()
        for table, column in columns_among(variables, self.on, self.columns, self.accepts):
            total = table.num_complete(column)
            if not total:
                findings.add(0.0)
                continue
            dtype = table.schema[column]
            if not self.accepts(dtype):
                wrong = f"{table.name}: {column!r} is of type {dtype}, not {self.accepted}"
                findings.add(1.0, wrong)
                continue
            bad = num_bad(table, column)
            wrong = f"{table.name}: {bad:,} of {total:,} values of {column!r} {said}"
            is_wrong = bad > self.max_share * total
            findings.add(bad / total, f"{wrong}{self._allowed()}" if is_wrong else None)
        return findings.worst()

    def _allowed(self) -> str:
        return f", expected at most {percent(self.max_share)}" if self.max_share else ""


def columns_among(
    variables: Mapping[str, Any],
    on: str | None,
    columns: Sequence[str] | None,
    accepts: Callable[[Any], bool] | None = None,
) -> list[tuple[Table, str]]:
    """Pick the columns that a check looks at, each with the data frame that it is in.

    Parameters
    ----------
    variables, on
        As in `tables_among`.
    columns : sequence of str or None
        Their names; None for all.
    accepts : callable, optional
        Which types are looked at, where no columns are named.

    Raises
    ------
    NotApplicable
        If there is no data frame.
    Unmet
        If a column that is named is in none of the data frames.
    """
    tables = tables_among(variables, on)
    if columns is None:
        return [
            (table, column)
            for table in tables
            for column in table.columns
            if accepts is None or accepts(table.schema[column])
        ]
    found = [(table, column) for column in columns for table in tables if column in table.columns]
    missing = [column for column in columns if column not in {one for _, one in found}]
    if missing:
        raise Unmet(_missing(missing, tables))
    return found


def as_columns(check: str, columns: object) -> list[str] | None:
    """Turn one name or several into a list of names; None is for all columns.

    Raises
    ------
    ArgumentError
        If something is no name, or there is none.
    """
    if columns is None:
        return None
    listed = [columns] if isinstance(columns, str) else columns
    if isinstance(listed, Sequence) and listed and all(isinstance(one, str) for one in listed):
        return list(listed)
    raise ArgumentError(f"{check}({columns!r}): give a list of column names.")


def as_share(check: str, option: str, share: float) -> float:
    """Return a share of rows, if it is one.

    Raises
    ------
    ArgumentError
        If it is no number from 0 to 1.
    """
    is_number = isinstance(share, int | float) and not isinstance(share, bool)
    if not is_number or not 0 <= share <= 1:
        raise ArgumentError(f"{check}({option}={share!r}): give a share from 0 to 1, such as 0.05.")
    return share


def percent(share: float) -> str:
    """Say a share.

    Examples
    --------
    >>> percent(0.05), percent(0.12345), percent(0.00001)
    ('5 %', '12.3 %', '0.001 %')
    """
    return f"{100 * share:.3g} %"


def _missing(missing: Sequence[str], tables: Iterable[Table]) -> str:
    names = ", ".join(table.name for table in tables)
    known = [str(column) for table in tables for column in table.columns]
    matches = nearest(missing[0], known, limit=1)
    hint = f"; did you mean {matches[0]!r}?" if matches else ""
    listed = ", ".join(map(repr, missing))
    return f"{names}: no column{'s' if len(missing) > 1 else ''} {listed}{hint}"
