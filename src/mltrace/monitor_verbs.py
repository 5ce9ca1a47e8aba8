"""The verbs about monitors, alerts and incidents, on the store in force here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.verbs import default_workspace

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

    from mltrace.records import RecordList
    from mltrace.records.alerts import (
        Alert,
        AlertSeverity,
        AlertState,
        AlertVerdict,
        Incident,
    )
    from mltrace.records.backtests import Backtest
    from mltrace.records.monitoring import Evaluation, MonitorStatus
    from mltrace.workspace.alerting import Meant
    from mltrace.workspace.monitors.monitor import Monitor
    from mltrace.workspace.opened import Moment


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
    (1, '1 row; at least 2 are expected')
    """
    return default_workspace().evaluate_monitors(*monitors)


def watch(
    *monitors: Monitor | str,
    every: str | timedelta | None = None,
    seconds: float | None = None,
    timeout: str | timedelta = "10m",
) -> None:
    """Evaluate monitors again and again, each as often as it says; `mltrace monitor watch` does so.

    Parameters
    ----------
    *monitors : Monitor or str
        Which ones; by default all that are declared at the time.
    every : str or timedelta, optional
        How often, as in '5m'; by default as each says in `every`, else every minute.
    seconds : float, optional
        For how long; by default until it is interrupted.
    timeout : str or timedelta, default '10m'
        How long one monitor may measure; what takes longer is a fault of it and goes on beside.

    Raises
    ------
    UnknownNameError
        If no monitor of that name is declared.
    ConfigurationError
        If `mltrace.toml` describes a monitor that cannot be.

    Notes
    -----
    Who is to know is told by notifiers, and by functions that `on_alert` names. A store that cannot
    be used, and a file of settings that became wrong meanwhile, are tried again, ever less often.

    Examples
    --------
    >>> import mltrace as mt
    >>> mt.watch(mt.VolumeMonitor("ticks", min_rows=1, name="ticks"), seconds=0)
    >>> [one.name for one in mt.list_monitors() if one.name == "ticks"]
    ['ticks']
    """
    default_workspace().watch(*monitors, every=every, seconds=seconds, timeout=timeout)


def list_monitors() -> RecordList[MonitorStatus]:
    """List the monitors that are declared, how they are set, and what came of each.

    Returns
    -------
    RecordList of MonitorStatus
        Those of `mltrace.toml` first, then those that the store remembers: of built-in kinds, once
        they were evaluated from Python or a run of their component was logged. `notes` name those
        that are remembered and cannot be read here.

    Raises
    ------
    ConfigurationError
        If `mltrace.toml` describes a monitor that cannot be.

    Examples
    --------
    >>> import mltrace as mt
    >>> _ = mt.VolumeMonitor("bids", min_rows=2, name="enough bids").evaluate()
    >>> [one.num_open for one in mt.list_monitors() if one.name == "enough bids"]
    [0]
    """
    return default_workspace().list_monitors()


def forget_monitor(name: str) -> MonitorStatus:
    """Evaluate a monitor no longer that the store remembers.

    What it measured and its alerts stay. Evaluating it from Python declares it again.

    Parameters
    ----------
    name : str
        Its name, as `list_monitors` tells it.

    Returns
    -------
    MonitorStatus
        The monitor as it was.

    Raises
    ------
    UnknownNameError
        If the store remembers no such monitor.
    ArgumentError
        If it is declared in `mltrace.toml`.
    StoreError
        If the store is read-only.

    Examples
    --------
    >>> import mltrace as mt
    >>> _ = mt.VolumeMonitor("asks", min_rows=2, name="enough asks").evaluate()
    >>> mt.forget_monitor("enough asks").about
    'asks'
    >>> "enough asks" in [one.name for one in mt.list_monitors()]
    False
    """
    return default_workspace().forget_monitor(name)


def incidents(
    limit: int | None = 50,
    *,
    states: AlertState | Iterable[AlertState] | None = None,
    severity: AlertSeverity | None = None,
    owner: str | None = None,
    component: str | None = None,
    since: Moment | None = None,
) -> RecordList[Incident]:
    """List incidents, what went wrong together along lineage, those opened last first.

    Parameters
    ----------
    limit : int or None, default 50
        How many; None for all.
    states : str or iterable of str, optional
        Only those that are 'open', 'acknowledged', 'snoozed' or 'resolved', as their least settled
        alert is.
    severity : {'info', 'warning', 'critical'}, optional
        Only those of this severity or a higher one.
    owner, component : str, optional
        Only those whose cause is of this owner or component.
    since : datetime, str or timedelta, optional
        Only those opened then or later: a time, or an age such as '7d'.

    Returns
    -------
    RecordList of Incident

    Raises
    ------
    ArgumentError
        If there is no such state or severity.

    Notes
    -----
    An alert is a consequence of another one if a run of its bad points is downstream of one of the
    other's. A cause has no alert upstream, open or resolved within 90 days.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> @mt.component
    ... def trips(number): return pd.DataFrame({"trip": range(number)})
    >>> @mt.component
    ... def long_trips(table): return table[table.trip > 1]
    >>> _ = long_trips(trips(3))
    >>> monitors = [mt.VolumeMonitor(one, min_rows=9) for one in ("long_trips", "trips")]
    >>> _ = mt.evaluate_monitors(*monitors)
    >>> [found] = mt.incidents(states="open", component="trips")
    >>> found.title, [one.component for one in found.consequences]
    ('number of rows of trips', ['long_trips'])
    """
    return default_workspace().incidents(
        limit, states=states, severity=severity, owner=owner, component=component, since=since
    )


def backtest(
    monitor: Monitor | str,
    *,
    incidents: str | Iterable[str] = (),
    budget: float | None = None,
) -> Backtest:
    """Replay a monitor over stored history: false alarms, delay on incidents, a better threshold.

    Parameters
    ----------
    monitor : Monitor or str
        Any monitor, or the name of one that is declared.
    incidents : str or iterable of str
        Spans of time in which something was wrong, as in '2013-05-20..2013-06-10' or '2013-W21',
        besides the alerts that people acknowledged, or resolved as real.
    budget : float, optional
        How many false alarms a month are allowed: the most sensitive threshold within that is
        proposed, instead of the one with the fewest false alarms that finds every incident.

    Returns
    -------
    Backtest
        What it would have raised, which other thresholds were tried, and which one is proposed.

    Raises
    ------
    UnknownNameError
        If no monitor of that name is declared, or there is no such table.
    NotEvaluatedError
        If the kind cannot be replayed, because the store does not hold what that takes.
    ArgumentError
        If an incident or the budget cannot be.

    Notes
    -----
    Nothing is stored. Every point is judged again, in the order of time, by what was known before
    it. It costs as much as to evaluate the monitor for the first time, and for 1,000 points some
    0.05 s besides.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> @mt.component
    ... def sales(rows): return pd.DataFrame({"sale": range(rows)})
    >>> for rows in (100, 101, 99, 3, 102):
    ...     _ = sales(rows)
    >>> found = mt.backtest(mt.VolumeMonitor("sales", min_rows=50))
    >>> found.num_points, found.num_alerts, found.num_false_alarms
    (5, 1, 1)
    """
    return default_workspace().backtest(monitor, incidents=incidents, budget=budget)


def alerts(
    limit: int | None = 50,
    *,
    states: AlertState | Iterable[AlertState] | None = None,
    severity: AlertSeverity | None = None,
    owner: str | None = None,
    component: str | None = None,
    since: Moment | None = None,
) -> RecordList[Alert]:
    """List alerts, causes and consequences alike, those opened last first.

    Parameters
    ----------
    limit : int or None, default 50
        How many; None for all.
    states : str or iterable of str, optional
        Only those that are 'open', 'acknowledged', 'snoozed' or 'resolved'.
    severity : {'info', 'warning', 'critical'}, optional
        Only those of this severity or a higher one.
    owner, component : str, optional
        Only those of this owner or component.
    since : datetime, str or timedelta, optional
        Only those opened then or later: a time, or an age such as '7d'.

    Returns
    -------
    RecordList of Alert

    Raises
    ------
    ArgumentError
        If there is no such state or severity.

    Examples
    --------
    >>> import mltrace as mt
    >>> all(alert.state == "open" for alert in mt.alerts(states="open"))
    True
    """
    return default_workspace().alerts(
        limit, states=states, severity=severity, owner=owner, component=component, since=since
    )


def incident(what: str | Incident | Alert) -> Incident:
    """Show one incident with all its alerts, as it is now.

    Parameters
    ----------
    what : str, Incident or Alert
        Its id or that of one of its alerts, or the beginning of one.

    Returns
    -------
    Incident

    Raises
    ------
    UnknownNameError
        If there is none; an AmbiguousNameError if there are several.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> @mt.component
    ... def fares(number): return pd.DataFrame({"fare": range(number)})
    >>> _ = fares(3)
    >>> [opened] = mt.evaluate_monitors(mt.VolumeMonitor("fares", min_rows=9)).opened
    >>> mt.incident(opened[:8]).cause.message
    '3 rows; at least 9 are expected'
    """
    return default_workspace().incident(what)


def alert(what: str | Alert) -> Alert:
    """Show one alert with all its changes, as it is now.

    Parameters
    ----------
    what : str or Alert
        Its id, or the beginning of it.

    Returns
    -------
    Alert

    Raises
    ------
    UnknownNameError
        If there is none; an AmbiguousNameError if there are several.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> @mt.component
    ... def stops(number): return pd.DataFrame({"stop": range(number)})
    >>> _ = stops(3)
    >>> [opened] = mt.evaluate_monitors(mt.VolumeMonitor("stops", min_rows=9)).opened
    >>> [change.what for change in mt.alert(opened).changes]
    ['opened']
    """
    return default_workspace().alert(what)


def acknowledge(what: Meant, *, reason: str = "") -> RecordList[Alert]:
    """Say that alerts are looked into; they stay until good points, or a person, resolve them.

    Parameters
    ----------
    what : str, Alert, Incident, or iterable of these
        Alerts, or incidents with all their alerts, by themselves or by their ids. An id that both
        have means the incident.
    reason : str, default ''
        What is to be known about it.

    Returns
    -------
    RecordList of Alert
        What was changed. Of an incident, alerts that are settled already are left alone.

    Raises
    ------
    UnknownNameError
        If there is no such alert or incident.
    ArgumentError
        If none of them is open or snoozed.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> @mt.component
    ... def gates(number): return pd.DataFrame({"gate": range(number)})
    >>> _ = gates(3)
    >>> [opened] = mt.evaluate_monitors(mt.VolumeMonitor("gates", min_rows=9)).opened
    >>> [changed] = mt.acknowledge(opened, reason="asked the airport")
    >>> changed.state, changed.reason
    ('acknowledged', 'asked the airport')
    """
    return default_workspace().acknowledge(what, reason=reason)


def snooze(what: Meant, until: Moment, *, reason: str = "") -> RecordList[Alert]:
    """Leave alerts alone for a time, after which they are open again.

    Parameters
    ----------
    what : str, Alert, Incident, or iterable of these
        As `acknowledge` takes it.
    until : datetime, str or timedelta
        Until when: a time to come, or for how long, such as '2h'.
    reason : str, default ''
        What is to be known about it.

    Returns
    -------
    RecordList of Alert
        What was changed.

    Raises
    ------
    UnknownNameError
        If there is no such alert or incident.
    ArgumentError
        If the time is over, or all of them are resolved.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> @mt.component
    ... def crews(number): return pd.DataFrame({"crew": range(number)})
    >>> _ = crews(3)
    >>> [opened] = mt.evaluate_monitors(mt.VolumeMonitor("crews", min_rows=9)).opened
    >>> mt.snooze(opened, "2h", reason="late delivery")[0].state
    'snoozed'
    """
    return default_workspace().snooze(what, until, reason=reason)


def resolve(
    what: Meant, *, reason: str = "", verdict: AlertVerdict | None = None
) -> RecordList[Alert]:
    """Say that alerts are settled, and whether they were real.

    Parameters
    ----------
    what : str, Alert, Incident, or iterable of these
        As `acknowledge` takes it.
    reason : str, default ''
        What is to be known about it.
    verdict : {'real', 'false alarm'}, optional
        Whether something was wrong. It can be given, too, to what is resolved already.

    Returns
    -------
    RecordList of Alert
        What was changed.

    Raises
    ------
    UnknownNameError
        If there is no such alert or incident.
    ArgumentError
        If all of them are resolved, or there is no such verdict.

    Notes
    -----
    What a person resolved is not opened again; the next bad point opens another alert.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> @mt.component
    ... def seats(number): return pd.DataFrame({"seat": range(number)})
    >>> _ = seats(3)
    >>> [opened] = mt.evaluate_monitors(mt.VolumeMonitor("seats", min_rows=9)).opened
    >>> [changed] = mt.resolve(opened, reason="a small plane", verdict="false alarm")
    >>> changed.state, changed.verdict
    ('resolved', 'false alarm')
    """
    return default_workspace().resolve(what, reason=reason, verdict=verdict)


def reopen(what: Meant, *, reason: str = "") -> RecordList[Alert]:
    """Open alerts again that were acknowledged, snoozed or resolved.

    Parameters
    ----------
    what : str, Alert, Incident, or iterable of these
        As `acknowledge` takes it.
    reason : str, default ''
        What is to be known about it.

    Returns
    -------
    RecordList of Alert
        What was changed.

    Raises
    ------
    UnknownNameError
        If there is no such alert or incident.
    ArgumentError
        If all of them are open.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> @mt.component
    ... def bags(number): return pd.DataFrame({"bag": range(number)})
    >>> _ = bags(3)
    >>> [opened] = mt.evaluate_monitors(mt.VolumeMonitor("bags", min_rows=9)).opened
    >>> _ = mt.resolve(opened)
    >>> mt.reopen(opened, reason="not settled after all")[0].state
    'open'
    """
    return default_workspace().reopen(what, reason=reason)
