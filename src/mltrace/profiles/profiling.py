"""Makes profiles of tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.profiles.columns import column_of
from mltrace.profiles.pearson import Comoments
from mltrace.profiles.tables import Profile

if TYPE_CHECKING:
    import pyarrow

    from mltrace.profiles.columns import Column


def profile_table(table: pyarrow.Table) -> Profile:
    """Profile all rows of an Arrow table.

    Parameters
    ----------
    table : pyarrow.Table, shape (num_rows, num_columns)
        The rows.

    Examples
    --------
    >>> import pyarrow
    >>> profile_table(pyarrow.table({"carrier": ["AA", "UA", None]})).columns["carrier"].num_nulls
    1
    """
    states = {
        name: _column(values)
        for name, values in zip(table.column_names, table.columns, strict=True)
    }
    return Profile(table.num_rows, table.num_rows, states, Comoments.of(table))


def _column(values: Any) -> Column:
    whole = values.combine_chunks()
    return column_of(whole)[0]
