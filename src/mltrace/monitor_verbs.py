"""The verbs about monitors, alerts and incidents, on the store in force here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.verbs import default_workspace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltrace.records import RecordList
    from mltrace.records.alerts import Alert, AlertState
    from mltrace.records.monitoring import Evaluation
    from mltrace.workspace.monitors.monitor import Monitor


def evaluate_monitors(*monitors: Monitor | str) -> Evaluation:
    """Evaluate monitors: measure what is new, and open and resolve alerts by it.

    Parameters
    ----------
    *monitors : Monitor or str
        Which ones, by their names if they are declared; by default all that are declared in
        `mltrace.toml`, and those that the store remembers.

    Returns
    -------
    Evaluation
        What was measured, which alerts opened and resolved, and which monitors could not be
        evaluated: a fault of one is told in `faults` and does not stop the others.

    Raises
    ------
    UnknownNameError
        If no monitor of that name is declared.
    ConfigurationError
        If `mltrace.toml` describes a monitor that cannot be.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> @mt.component
    ... def quotes(number): return pd.DataFrame({"price": range(number)})
    >>> _ = quotes(1)
    >>> found = mt.evaluate_monitors(mt.VolumeMonitor("quotes", min_rows=2))
    >>> len(found.opened), found.observations[0].message
    (1, '1 rows')
    """
    return default_workspace().evaluate_monitors(*monitors)


def alerts(
    limit: int | None = 50, *, states: Iterable[AlertState] | None = None
) -> RecordList[Alert]:
    """List alerts, those opened last first.

    Parameters
    ----------
    limit : int or None, default 50
        How many; None for all.
    states : iterable of str, optional
        Only those that are 'open', 'acknowledged', 'snoozed' or 'resolved'.

    Returns
    -------
    RecordList of Alert

    Examples
    --------
    >>> import mltrace as mt
    >>> all(alert.state == "open" for alert in mt.alerts(states=["open"]))
    True
    """
    return default_workspace().alerts(limit, states=states)
