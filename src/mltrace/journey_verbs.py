"""The verbs about single records, on the store in force here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.verbs import default_workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltrace.records.journeys import Journey, JourneyDirection, Losses
    from mltrace.workspace.opened import Moment, Output


def journey(
    output: Output,
    key: Mapping[str, Any] | None = None,
    *,
    direction: JourneyDirection = "backward",
    at: Moment | None = None,
    limit: int = 5,
) -> Journey:
    """Follow one record through every kept table, back to the raw rows or on to predictions.

    Parameters
    ----------
    output : str, int, UUID, path, ArtifactRef, Flag or Run
        An output id; or a table, or the run that wrote it, with the `key` of a row.
    key : mapping of str to value, optional
        Values of columns that say which rows are meant. Not needed for an output id, nor for a
        table of one row.
    direction : {"backward", "forward"}, default "backward"
        To what the record was made of, or to what was made of it.
    at : datetime, ISO 8601 text or age such as "7d", optional
        Take a name for what it was then.
    limit : int, default 5
        How many rows of each step are shown; all are followed.

    Returns
    -------
    Journey
        The tables that have rows of the record, nearest first, with values and what each component
        changed; and where the trail ends, and why. If the table has no row of the key, the nearest
        table upstream that has one, by whatever name the key had there, and the component that
        dropped it.

    Raises
    ------
    UnknownNameError
        If there is no such output or column, or no row of that key anywhere upstream.
    ArgumentError
        If it is not said which row is meant.
    ValueNotKeptError, UntrustedValueError, UnreadableDataError, StoreCorruptError
        If the table was not kept, or cannot be read again.

    Notes
    -----
    Rows of an output are found in an input by the key that the component declares for it (`keys=`);
    else by columns of the same name that tell the rows of either apart; else by a column of another
    name with the same values. An int equals its float and its text, as far as all of a column are
    whole numbers, a text its category, a time the same moment in another zone; where the type of a
    key changed, the step says so. A row whose key is all null answers to no other.

    Cost: key columns are read first, then only the rows that match. 10 tables of 1,000,000 rows
    take half a second.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> @mt.component
    ... def priced(orders, prices):
    ...     return orders.merge(prices, on="item")
    >>> orders = pd.DataFrame({"order": [1, 2, 3], "item": ["tea", "salt", "tea"]})
    >>> _ = priced(orders, pd.DataFrame({"item": ["tea", "salt"], "price": [4.5, 1.0]}))
    >>> found = mt.journey("priced", {"order": 3})
    >>> [(step.artifact.name, step.keys, step.num_rows) for step in found.steps]
    [('priced', ('order',), 1), ('orders', ('order',), 1), ('prices', ('item',), 1)]
    >>> found.steps[2].values[0]
    {'item': 'tea', 'price': 4.5}
    """
    return default_workspace().journey(output, key, direction=direction, at=at, limit=limit)


def losses(target: Output, by: str | None = None, *, at: Moment | None = None) -> Losses:
    """Tell at which component which share of keys was lost on the way to an output.

    Parameters
    ----------
    target : str, int, UUID, path, ArtifactRef, Flag or Run
        The output; all runs upstream that are connected with it by tables are looked at. Of a run,
        what it wrote.
    by : str, optional
        The column by whose values losses are grouped, where the input has it. By default the one of
        which a few values explain which keys were lost, if there is one.
    at : datetime, ISO 8601 text or age such as "7d", optional
        Take a name for what it was then.

    Returns
    -------
    Losses
        For each kept table that a run read and each that it wrote, as far as they share a key: how
        many rows and distinct keys both have, and how many keys were lost, added and repeated, most
        upstream first; with the groups that lost most keys and a few lost keys.

    Raises
    ------
    UnknownNameError
        If there is no such output, or no table that was read has the column.

    Notes
    -----
    Keys are found as by `journey`. Cost: a quarter of a second for each pair of tables of 1,000,000
    rows.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> @mt.component
    ... def mainline(flights):
    ...     return flights[flights["carrier"] != "UA"]
    >>> flights = pd.DataFrame({"flight": range(10), "carrier": ["UA", "AA", "B6", "DL", "WN"] * 2})
    >>> _ = mainline(flights)
    >>> loss = mt.losses("mainline", by="carrier").steps[0]
    >>> loss.lost_share, loss.groups[0].value, loss.examples[0]
    (0.2, 'UA', {'flight': 0})
    """
    return default_workspace().losses(target, by, at=at)
