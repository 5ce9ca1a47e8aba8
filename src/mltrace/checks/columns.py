"""Checks of columns: which ones they look at, and how they say what they found in each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.check import Check, NotApplicable, Unmet
from mltrace.checks.measures import table_of, tables_among
from mltrace.errors import ArgumentError, nearest
from mltrace.times import parse_age

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

    def farthest(self) -> float:
        """Return the value that is farthest from 0.

        Raises
        ------
        Unmet
            If something is wrong.
        """
        return self._concluded(max(self._values, key=abs, default=0))

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
            wrong += self._allowed() + self.describe(table, column)
            findings.add(bad / total, wrong if bad > self.max_share * total else None)
        return findings.worst()

    def describe(self, table: Table, column: str) -> str:  # noqa: ARG002 (it is for those who override it)
        """Say more of a column that fails, from its summary."""
        return ""

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


def tables_with(
    variables: Mapping[str, Any], on: str | None, columns: Sequence[str]
) -> list[Table]:
    """Pick the data frames that have all of some columns.

    Raises
    ------
    NotApplicable
        If there is no data frame.
    Unmet
        If none of them has all of the columns.
    """
    tables = tables_among(variables, on)
    found = [table for table in tables if not set(columns) - set(table.columns)]
    if not found:
        nearest_one = max(tables, key=lambda table: len(set(columns) & set(table.columns)))
        missing = [column for column in columns if column not in nearest_one.columns]
        raise Unmet(_missing(missing, [nearest_one]))
    return found


def other_table(variables: Mapping[str, Any], other: Any) -> Table:
    """Take the data frame that a check compares with: the value of a variable, or one itself.

    Raises
    ------
    NotApplicable
        If the run has no such variable, or it holds no data frame.
    """
    if not isinstance(other, str):
        name, value = "the other frame", other
    elif other in variables:
        name, value = other, variables[other]
    else:
        raise NotApplicable(f"the run has no variable {other!r} to compare with")
    table = table_of(name, value)
    if table is None:
        raise NotApplicable(f"{name} ({type(value).__name__}) is no data frame to compare with")
    return table


def as_variable(check: str, option: str, name: Any, *, or_frame: bool = False) -> Any:
    """Return the name of a variable, or where that will do a data frame, if it is one.

    Raises
    ------
    ArgumentError
        If it is neither.
    """
    is_name = isinstance(name, str) and bool(name)
    if not is_name and not (or_frame and table_of(option, name) is not None):
        what = "the name of a variable of the run" + (", or a data frame" if or_frame else "")
        raise ArgumentError(f"{check}({option}={name!r}): give {what}.")
    return name


def as_age(check: str, option: str, age: Any) -> Any:
    """Return an age such as '7d', if it is one.

    Raises
    ------
    ArgumentError
        If it is neither text of numbers and units nor a timedelta.
    """
    try:
        parse_age(age)
    except (ArgumentError, TypeError) as error:
        raise ArgumentError(
            f"{check}({option}={age!r}): give an age, such as '1d' or '6h 30m'."
        ) from error
    return age


def as_columns(check: str, columns: object) -> list[str] | None:
    """Turn one name or several into a list of names; None is for all columns.

    Raises
    ------
    ArgumentError
        If something is no name, or there is none.
    """
    if columns is None:
        return None
    names = [columns] if isinstance(columns, str) else columns
    if isinstance(names, Sequence) and names and all(isinstance(name, str) for name in names):
        return list(names)
    raise ArgumentError(f"{check}({columns!r}): give a list of column names.")


def as_counts(
    check: str, least: int | None, most: int | None, *, of: str
) -> tuple[int | None, int | None]:
    """Return bounds of a count, if they are.

    Raises
    ------
    ArgumentError
        If no bound is given, one is no whole number, or they exclude every count.
    """
    for option, bound in (("min", least), ("max", most)):
        if bound is not None and (isinstance(bound, bool) or not isinstance(bound, int)):
            raise ArgumentError(f"{check}({option}={bound!r}): give a whole number of {of}.")
    if least is None and most is None:
        raise ArgumentError(f"{check} needs a bound; give min=1 for example.")
    if least is not None and most is not None and least > most:
        raise ArgumentError(f"{check}(min={least}, max={most}) excludes every count.")
    return least, most


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


def listed(columns: Iterable[str]) -> str:
    """Name columns.

    Examples
    --------
    >>> listed(["carrier", "flight"])
    "'carrier', 'flight'"
    """
    return ", ".join(map(repr, columns))


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
    return f"{names}: no column{'s' if len(missing) > 1 else ''} {listed(missing)}{hint}"
