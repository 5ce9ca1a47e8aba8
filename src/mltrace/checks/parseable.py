"""Parseable texts: columns of texts that hold numbers or times."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.columns import ShareCheck
from mltrace.checks.dtypes import is_number, is_text, is_time
from mltrace.checks.registered import library
from mltrace.errors import ArgumentError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mltrace.checks.measures import Table
    from mltrace.records import Severity

READERS: Final[dict[str, Callable[[str], object]]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "integer": int,
    "number": float,
}


@library.register("Parseable")
class Parseable(ShareCheck):
    """Fails if texts of a column cannot be read as numbers or times.

    Parameters
    ----------
    columns : str or sequence of str
        The columns to look at.
    as_ : {'datetime', 'date', 'number', 'integer'}, default 'datetime'
        What they are to be read as; times are ISO 8601 texts unless there is a format.
    format : str, optional
        The form of the times, as in `datetime.strptime`, such as '%d.%m.%Y'.
    max_share : float, default 0
        The share of the texts that need not be readable.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If `as_` is unknown, or a format is given for numbers.

    Notes
    -----
    Nulls are not counted. Columns that hold such numbers or times already pass; those of another
    type fail. Its value is the largest share that cannot be read. Cost: each different text is read
    once.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"day": ["2013-01-01", "2013-02-30"]})
    >>> run_checks([Parseable("day", as_="date")], "before", {"flights": frame})[0].message
    "flights: 1 of 2 values of 'day' cannot be read as date"
    """

    accepted = "text"

    def __init__(
        self,
        columns: Sequence[str] | str,
        *,
        as_: str = "datetime",
        format: str | None = None,  # noqa: A002 (the standard library names it so)
        max_share: float = 0.0,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(columns, max_share=max_share, severity=severity, on=on)
        if as_ not in READERS:
            matches = nearest(str(as_), READERS, limit=1)
            hint = f" Did you mean {matches[0]!r}?" if matches else ""
            raise ArgumentError(f"Parseable(as_={as_!r}): give one of {', '.join(READERS)}.{hint}")
        if format is not None and as_ not in ("date", "datetime"):
            raise ArgumentError(f"Parseable(as_={as_!r}) takes no format; leave {format!r} out.")
        self.as_ = as_
        self.format = format

    def accepts(self, dtype: Any) -> bool:
        """Take texts, and what need not be read any more."""
        return is_text(dtype) or self._is_read(dtype)

    def test_parseable(self, **variables: Any) -> float:
        """Measure the largest share of texts that cannot be read."""

        def num_unreadable(table: Table, column: str) -> int:
            if self._is_read(table.schema[column]):
                return 0
            return table.num_texts(column, lambda text: not self._is_readable(text))

        form = "" if self.format is None else f" of the form {self.format}"
        return self.measure(variables, num_unreadable, f"cannot be read as {self.as_}{form}")

    def _is_read(self, dtype: Any) -> bool:
        if self.as_ in ("date", "datetime"):
            return is_time(dtype)
        return bool(dtype.is_integer()) if self.as_ == "integer" else is_number(dtype)

    def _is_readable(self, text: str) -> bool:
        try:
            if self.format is not None:
                datetime.strptime(text, self.format)
            else:
                READERS[self.as_](text)
        except (ValueError, OverflowError):
            return False
        return True
