"""No nulls: columns that must be complete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mltrace.checks.check import Check, NotApplicable, Unmet
from mltrace.checks.frames import frames_among
from mltrace.checks.library import library
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

    from mltrace.records import Severity


@library.register("NoNulls")
class NoNulls(Check):
    """Fails if a column has nulls; NaN counts as null.

    Parameters
    ----------
    columns : sequence of str, optional
        The columns to look at; all of them if left out.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If the columns are not names.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"delay": [1.0, None]})
    >>> run_checks([NoNulls(["delay"])], "before", {"flights": frame})[0].message
    "flights: 1 null in 'delay'"
    """

    def __init__(
        self,
        columns: Sequence[str] | None = None,
        *,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.columns = [columns] if isinstance(columns, str) else columns
        if not isinstance(self.columns, Sequence | None) or not all(
            isinstance(column, str) for column in self.columns or ()
        ):
            raise ArgumentError(f"NoNulls({columns!r}): give a list of column names.")

    def test_no_nulls(self, **variables: Any) -> int:
        """Count the nulls of the columns."""
        found = 0
        for name, frame in frames_among(variables, self.on).items():
            columns = frame.columns if self.columns is None else self.columns
            present = [column for column in columns if column in frame.columns]
            found += len(present)
            counts = {column: _num_nulls(frame, column) for column in present}
            bad = {column: count for column, count in counts.items() if count}
            if bad:
                listed = ", ".join(_say(column, count) for column, count in bad.items())
                raise Unmet(f"{name}: {listed}", value=sum(bad.values()))
        if not found and self.columns:
            raise NotApplicable(f"no data frame has a column {', '.join(self.columns)}")
        return 0


def _num_nulls(frame: nw.DataFrame[Any], column: str) -> int:
    series = frame[column]
    count = series.is_null()
    if series.dtype.is_float():
        count = count | series.is_nan().fill_null(value=False)
    return int(count.sum())


def _say(column: str, count: int) -> str:
    return f"{count} null{'s' if count > 1 else ''} in {column!r}"
