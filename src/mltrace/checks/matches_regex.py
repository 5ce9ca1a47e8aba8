"""Regular expressions: texts that have a form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mltrace.checks.columns import ShareCheck
from mltrace.checks.dtypes import is_text
from mltrace.checks.registered import library
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.checks.measures import Table
    from mltrace.records import Severity


@library.register("MatchesRegex")
class MatchesRegex(ShareCheck):
    r"""Fails if texts of a column do not match a regular expression as a whole.

    Parameters
    ----------
    columns : str or sequence of str
        The columns to look at.
    pattern : str
        A regular expression in Python's syntax, whatever library holds the data.
    max_share : float, default 0
        The share of the texts that need not match.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If the pattern is no regular expression.

    Notes
    -----
    Nulls are not counted. Its value is the largest share that does not match. Cost: each different
    text is matched once.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"tail": ["N14228", "N24211", "?"]})
    >>> run_checks([MatchesRegex("tail", r"N\d{1,5}")], "before", {"flights": frame})[0].message
    "flights: 1 of 3 values of 'tail' do not match N\\d{1,5}"
    """

    accepted = "text"

    def __init__(
        self,
        columns: Sequence[str] | str,
        pattern: str,
        *,
        max_share: float = 0.0,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(columns, max_share=max_share, severity=severity, on=on)
        try:
            self._matches = re.compile(pattern).fullmatch
        except (re.error, TypeError) as error:
            raise ArgumentError(
                f"MatchesRegex(pattern={pattern!r}) is no regular expression: {error}."
            ) from error
        self.pattern = pattern

    def accepts(self, dtype: Any) -> bool:
        """Take texts."""
        return is_text(dtype)

    def test_matches_regex(self, **variables: Any) -> float:
        """Measure the largest share of texts that do not match."""

        def num_others(table: Table, column: str) -> int:
            return table.num_texts(column, lambda text: self._matches(text) is None)

        return self.measure(variables, num_others, f"do not match {self.pattern}")
