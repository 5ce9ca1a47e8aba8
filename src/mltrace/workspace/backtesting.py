"""The verb that replays a monitor over stored history."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from mltrace.errors import ArgumentError, ConfigurationError, MltraceError
from mltrace.monitors.alerts import stored
from mltrace.monitors.alerts.life_cycle import Rule
from mltrace.monitors.backtests.history import History
from mltrace.monitors.backtests.reporting import Reporting
from mltrace.monitors.backtests.spans import Span, read_span
from mltrace.monitors.rules.periods import period_of
from mltrace.workspace.monitoring import MonitorVerbs
from mltrace.workspace.monitors.tuning import Tuning

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mltrace.records.alerts import Alert, Observation
    from mltrace.records.backtests import Backtest
    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.monitor import Monitor


class BacktestVerbs(MonitorVerbs):
    """What a monitor would have done, had it been there."""

    def backtest(
        self,
        monitor: Monitor | str,
        *,
        incidents: str | Iterable[str] = (),
        budget: float | None = None,
    ) -> Backtest:
        """Replay a monitor over stored history; see `mltrace.backtest`."""
        if budget is not None and not budget >= 0:
            raise ArgumentError(f"The budget is {budget!r}; give false alarms a month, from 0.")
        given = [read_span(one) for one in _texts(incidents)]
        found, faults = self._chosen([monitor])
        if faults:
            raise ConfigurationError(f"The monitor {faults[0].monitor}: {faults[0].message}")
        return self._replay(found[0], given, budget)

    def _replay(self, monitor: Monitor, given: Sequence[Span], budget: float | None) -> Backtest:
        found = {
            (one.subject, one.point): one for one in monitor.remeasure(cast("Workspace", self))
        }
        history = History(list(found.values()))
        history.accept([*given, *self._accepted(monitor, history)])
        rule = Rule(monitor.open_after, monitor.resolve_after)
        tuning = Tuning(monitor, history.scale)
        reporting = Reporting(history, rule, tune=tuning.tune, budget=budget)
        kind = monitor.kind or type(monitor).__name__
        return reporting.report(monitor.key, kind, tuning.settings)

    def _accepted(self, monitor: Monitor, history: History) -> list[Span]:
        """List the spans of accepted alerts at what the monitor looks at, or along its lineage."""
        with self._reading() as connection:
            alerts = [one for one in stored.list_alerts(connection) if is_accepted(one)]
        if not alerts:
            return []
        subjects = {one.subject for one in history.observations}
        near = self._near(history)
        spans: list[Span] = []
        for alert in alerts:
            is_own = alert.monitor == monitor.key and alert.subject in subjects
            related = {alert.subject} if is_own else set()
            if not is_own:
                related = {name for name, parts in near.items() if _is_near(alert, parts)}
            if related:
                spans.append(self._span(alert, history, frozenset(related)))
        return spans

    def _near(self, history: History) -> dict[str, frozenset[str]]:
        """Find, by subject, the components and artifacts that it depends on, and that depend on it.

        As lineage is at the latest point of each subject.
        """
        latest = {one.subject: one for one in history.observations}
        return {name: self._parts(one) for name, one in latest.items()}

    def _parts(self, one: Observation) -> frozenset[str]:
        parts = {part for part in (one.component, one.artifact) if part}
        if one.run_id is None:
            return frozenset(parts)
        workspace = cast("Workspace", self)
        try:
            walks = (workspace.trace(one.run_id), workspace.impact(one.run_id))
        except MltraceError:  # the run is purged
            return frozenset(parts)
        return frozenset(
            parts.union(*({step.run.component for step in walk.steps} for walk in walks))
        )

    def _span(self, alert: Alert, history: History, subjects: frozenset[str]) -> Span:
        """Tell the time of an alert: that of its bad points."""
        with self._reading() as connection:
            seen = stored.list_observations(
                connection, monitor=alert.monitor, subjects=[alert.subject], state="bad"
            )
        end = alert.resolved_at or alert.latest_at
        bad = [one for one in seen if alert.began_at <= one.at <= max(end, alert.latest_at)]
        told = [period_of(one.artifact or one.point.partition("@")[0]) for one in bad]
        named = [one for one in told if one is not None]
        source = f"alert {alert.id}"
        if history.told_by_names() and named and len(named) == len(told):
            begin, last = min(one.begin for one in named), max(one.end for one in named)
            return Span(begin, last, source, subjects)
        is_own = alert.subject in subjects
        slack = history.usual_gap * (0 if is_own or history.told_by_names() else 0.5)
        period = history.spanning(alert.began_at - slack, alert.latest_at + slack, subjects)
        return Span(period.begin, period.end, source, subjects)


def is_accepted(alert: Alert) -> bool:
    """Tell whether a person took an alert for real: said so, or acknowledged it."""
    if alert.verdict is not None:
        return alert.verdict == "real"
    return any(one.what == "acknowledged" and one.by != stored.BY_MONITOR for one in alert.changes)


def _is_near(alert: Alert, parts: frozenset[str]) -> bool:
    return alert.component in parts or alert.artifact in parts


def _texts(incidents: str | Iterable[str]) -> list[str]:
    return [incidents] if isinstance(incidents, str) else list(incidents)
