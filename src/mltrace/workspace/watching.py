"""The verb that evaluates monitors again and again, each as often as it says."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace as with_fields

from mltrace.config.file import file_settings
from mltrace.errors import ConfigurationError, NotEvaluatedError, StoreError
from mltrace.records.monitoring import MonitorEvent
from mltrace.times import parse_age
from mltrace.workspace.monitoring import MonitorVerbs
from mltrace.workspace.monitors.limits import DEFAULT_TIMEOUT, EndedError, Limit
from mltrace.workspace.monitors.schedule import Schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import timedelta

    from mltrace.records.alerts import Alert
    from mltrace.records.monitoring import Evaluation, EventKind
    from mltrace.workspace.monitors.monitor import Monitor

_LONGEST_PAUSE_SECONDS: Final = 60.0


class Ending:
    """Whether the watching is to end; here only by an exception, such as of Ctrl-C."""

    is_set: bool = False

    def wait(self, seconds: float) -> None:
        """Wait for so long, or until it is to end."""
        time.sleep(seconds)


class WatchVerbs(MonitorVerbs):
    """Monitors evaluated again and again."""

    def watch(
        self,
        *monitors: Monitor | str,
        every: str | timedelta | None = None,
        seconds: float | None = None,
        timeout: str | timedelta = DEFAULT_TIMEOUT,
        on_event: Callable[[MonitorEvent], None] | None = None,
        ending: Ending | None = None,
    ) -> None:
        """Evaluate monitors again and again; see `mltrace.watch`.

        Parameters
        ----------
        on_event : callable, optional
            Is told what changes.
        ending : Ending, optional
            Says when to end.
        """
        self._chosen(monitors)  # what cannot be is told at once
        ending = ending or Ending()
        limit = Limit(parse_age(timeout), lambda: ending.is_set)
        watch = _Watch(self, monitors, Schedule(every), limit)
        until = None if seconds is None else time.monotonic() + seconds
        while not ending.is_set:
            try:
                for event in watch.go_on():
                    if on_event is not None:
                        on_event(event)
            except EndedError:
                return
            pause = watch.pause()
            if until is not None:
                left = until - time.monotonic()
                if left <= 0:
                    return
                pause = min(pause, left)
            ending.wait(pause)

    def declare_anew(self) -> None:
        """Read the monitors and notifiers of the file of settings again.

        Raises
        ------
        ConfigurationError
            If it cannot be read.
        """
        file = file_settings()
        self.settings = replace(
            self.settings, monitors=file.get("monitors", ()), notifiers=file.get("notifiers", ())
        )


class _Watch:
    """What was evaluated when, and what failed."""

    def __init__(
        self,
        workspace: WatchVerbs,
        monitors: Sequence[Monitor | str],
        schedule: Schedule,
        limit: Limit,
    ) -> None:
        self._workspace, self._monitors = workspace, monitors
        self._schedule, self._limit = schedule, limit
        self._faults: dict[str, str] = {}
        self._fault = ""
        self._num_failed = 0

    def go_on(self) -> Iterator[MonitorEvent]:
        """Evaluate what is due, and tell what changed by that."""
        due: list[Monitor] = []
        try:
            self._workspace.declare_anew()
            chosen, _ = self._workspace._chosen(self._monitors)
            due = self._schedule.due(chosen, now=time.monotonic())
            evaluation = None
            if due:
                named = [one if one in self._monitors else one.key for one in due]
                evaluation = self._workspace.evaluate_monitors(*named, limit=self._limit)
            else:  # what could not be told is tried again, and people change alerts meanwhile
                self._workspace._tell()
        except (ConfigurationError, NotEvaluatedError, OSError, StoreError) as error:
            self._schedule.again(due)
            self._num_failed += 1
            if str(error) != self._fault:
                self._fault = str(error)
                yield _event("failed", self._fault)
            return
        if self._fault:
            yield _event("recovered", "The monitors are evaluated again.")
        self._fault, self._num_failed = "", 0
        if evaluation is not None:
            yield from _changes(evaluation)
            yield from self._news_of_faults(evaluation)

    def pause(self) -> float:
        """Tell how long to wait: until a monitor is due, after failures ever longer."""
        pause = self._schedule.pause(now=time.monotonic())
        if not self._num_failed:
            return pause
        return min(2.0 ** (self._num_failed - 1), _LONGEST_PAUSE_SECONDS)

    def _news_of_faults(self, evaluation: Evaluation) -> Iterator[MonitorEvent]:
        now = {one.monitor: one.message for one in evaluation.faults}
        for name, message in now.items():
            if self._faults.get(name) != message:
                yield _event("failed", message, monitor=name)
        for name in evaluation.monitors:
            if name in self._faults and name not in now:
                yield _event("recovered", "It is evaluated again.", monitor=name)
                del self._faults[name]
        self._faults |= now


def _changes(evaluation: Evaluation) -> Iterator[MonitorEvent]:
    alerts = {one.id: one for one in evaluation.alerts}
    for key in evaluation.opened:
        yield _event("opened", alerts[key].message, alert=alerts[key])
    for key in evaluation.reopened:
        yield _event("reopened", alerts[key].reason, alert=alerts[key])
    for key in evaluation.resolved:
        yield _event("resolved", alerts[key].reason, alert=alerts[key])


def _event(
    what: EventKind, message: str, *, monitor: str | None = None, alert: Alert | None = None
) -> MonitorEvent:
    event = MonitorEvent(at=datetime.now(UTC), what=what, message=message, monitor=monitor)
    return event if alert is None else with_fields(event, alert=alert, monitor=alert.monitor)
