"""Text length: how many characters texts may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks.columns import ShareCheck, as_counts
from mltrace.checks.dtypes import is_text
from mltrace.checks.registered import library

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.checks.measures import Table
    from mltrace.records import Severity


@library.register("TextLength")
class TextLength(ShareCheck):
    """Fails if texts of a column are too short or too long.

    Parameters
    ----------
    columns : str or sequence of str
        The columns to look at.
    min, max : int, optional
        The bounds, inclusive, in characters.
    max_share : float, default 0
        The share of the texts that may be shorter or longer.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If no bound is given, one is no whole number, or they exclude every text.

    Notes
    -----
    Nulls are not counted. Its value is the largest share of texts that are shorter or longer. Cost:
    one pass over each column.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"origin": ["EWR", "JFK", "NEWARK"]})
    >>> run_checks([TextLength("origin", min=3, max=3)], "before", {"flights": frame})[0].message
    "flights: 1 of 3 values of 'origin' have not 3 to 3 characters"
    """

    accepted = "text"

    def __init__(
        self,
        columns: Sequence[str] | str,
        *,
        min: int | None = None,  # noqa: A002 (checks name their bounds so)
        max: int | None = None,  # noqa: A002
        max_share: float = 0.0,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(columns, max_share=max_share, severity=severity, on=on)
        self.min, self.max = as_counts("TextLength", min, max, of="characters")

    def accepts(self, dtype: Any) -> bool:
        """Take texts."""
        return is_text(dtype)

    def test_text_length(self, **variables: Any) -> float:
        """Measure the largest share of texts that are shorter or longer."""
        bounds = f"{self.min or 0} to {'any number of' if self.max is None else self.max}"
        return self.measure(variables, self._num_outside, f"have not {bounds} characters")

    def _num_outside(self, table: Table, column: str) -> int:
        import narwhals.stable.v2 as nw

        lengths = table.values(column).cast(nw.String()).str.len_chars()
        num_outside = 0
        if self.min is not None:
            num_outside += int((lengths < self.min).sum())
        if self.max is not None:
            num_outside += int((lengths > self.max).sum())
        return num_outside
