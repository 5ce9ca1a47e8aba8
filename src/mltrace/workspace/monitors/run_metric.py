"""Metrics and parameters of the runs of a component."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mltrace.errors import ArgumentError, UnknownNameError
from mltrace.monitors.rules.prediction import median, predict
from mltrace.times import to_datetime
from mltrace.workspace.monitors.arguments import check_count, check_share
from mltrace.workspace.monitors.known import Known
from mltrace.workspace.monitors.newest import newest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mltrace.lineage.run_numbers import RunNumber
    from mltrace.records.alerts import Observation
    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.metric import MetricMonitor

MIN_HISTORY: Final = 8
SIDES: Final = ("both", "below", "above")
LEAST: Final = 0.01
"""By which share of what is expected a metric may differ in any case, where that is learned."""


class RunMetric:
    """A metric, or a parameter, of the runs of a component.

    Parameters
    ----------
    monitor : MetricMonitor
        What is expected, and in whose name it is told.

    Raises
    ------
    ArgumentError
        If an argument has a value that cannot be.
    """

    def __init__(self, monitor: MetricMonitor) -> None:
        self._monitor = monitor
        self._component = monitor.component or ""
        self._metric, self._side = monitor.metric, monitor.side
        self._min, self._max = monitor.min, monitor.max
        window = 60 if monitor.window is None else monitor.window
        self._window = check_count(monitor, "window", window, least=MIN_HISTORY)
        self._rate = check_share(monitor, "false_alarm_rate", monitor.false_alarm_rate)
        if monitor.side not in SIDES:
            raise ArgumentError(
                f"MetricMonitor(side={monitor.side!r}): accepted: {', '.join(SIDES)}."
            )
        self._allowed = read_drop(monitor.drop)

    @property
    def about(self) -> str:
        """What it looks at."""
        return f"{self._component}:{self._metric}"

    def remeasure(self, workspace: Workspace) -> Iterator[Observation]:
        """Judge each run again."""
        return self.measure(workspace, Known())

    def measure(self, workspace: Workspace, known: Known) -> Iterator[Observation]:
        """Judge the metric of each run that succeeded."""
        for component, key in self._keys(workspace).items():
            subject = f"{component}: {self._metric}"
            found = newest(
                partial(workspace.run_numbers, key, self._metric),
                latest=known.latest(subject),
                lead=self._window,
                keep=_is_given,
            )
            for before, one in found:
                history = [each.value for each in before if each.value is not None]
                yield self._monitor.observation(
                    subject,
                    one.run_id,
                    at=to_datetime(one.at),
                    value=one.value,
                    component=component,
                    run_id=one.run_id,
                    **self._judge(one.value, history),
                )

    def _keys(self, workspace: Workspace) -> Mapping[str, int]:
        try:
            return workspace.component_keys(self._component)
        except UnknownNameError as error:
            if self._component not in workspace.task_names():
                raise
            raise UnknownNameError(
                f"{error} There is a task of that name: give task={self._component!r}."
            ) from error

    def _judge(self, value: float | None, history: Sequence[float]) -> Mapping[str, Any]:
        if value is None:
            return {"state": "bad", "message": f"{self._metric} is no finite number"}
        said = f"{self._metric} is {number_text(value)}"
        is_fixed = self._allowed is None and (self._min, self._max) != (None, None)
        if is_fixed or self._is_outside(value):
            return self._judge_fixed(value, said)
        if len(history) < MIN_HISTORY:
            message = f"{said}; {len(history)} of {MIN_HISTORY} runs before to learn from"
            return {"state": "learning", "message": message}
        if self._allowed is None:
            return self._judge_learned(value, history, said)
        amount, share = self._allowed
        usual = median(history)
        least = usual - amount - share * abs(usual)
        return {
            "state": "bad" if value < least else "ok",
            "threshold": least,
            "message": (
                f"{said}; the median of {len(history)} runs before is {number_text(usual)}, "
                f"at least {number_text(least)} is expected"
            ),
        }

    def _is_outside(self, value: float) -> bool:
        is_below = self._min is not None and value < self._min
        return is_below or (self._max is not None and value > self._max)

    def _judge_fixed(self, value: float, said: str) -> Mapping[str, Any]:
        is_below = self._max is None or (self._min is not None and value < self._min)
        limit = self._min if is_below else self._max
        if not self._is_outside(value):
            return {"state": "ok", "threshold": limit, "message": said}
        side = "least" if is_below else "most"
        message = f"{said}; at {side} {number_text(limit)} is expected"
        return {"state": "bad", "threshold": limit, "message": message}

    def _judge_learned(
        self, value: float, history: Sequence[float], said: str
    ) -> Mapping[str, Any]:
        expected = predict(history, rate=self._rate, least=LEAST)
        is_odd = (self._side != "above" and value < expected.low) or (
            self._side != "below" and value > expected.high
        )
        is_above = self._side == "above" or (self._side == "both" and value > expected.middle)
        low, high = (number_text(one) for one in expected.usual)
        usual = low if low == high else f"between {low} and {high}"
        return {
            "state": "bad" if is_odd else "ok",
            "threshold": expected.high if is_above else expected.low,
            "message": f"{said}; in {len(history)} runs before {usual}",
        }


def number_text(value: float | None) -> str:
    """Say a number in four digits; of a large one all before the point."""
    number = value or 0.0
    return f"{number:,.0f}" if 10_000 <= abs(number) < 1e15 else f"{number:,.4g}"


def _is_given(numbers: Sequence[RunNumber], place: int) -> bool:
    return numbers[place].is_given


def read_drop(drop: object) -> tuple[float, float] | None:
    """Read how much worse a metric may become: an amount, and a share of what it was.

    Raises
    ------
    ArgumentError
        If it is neither.

    Examples
    --------
    >>> read_drop(0.05), read_drop("5 %"), read_drop(None)
    ((0.05, 0.0), (0.0, 0.05), None)
    """
    if drop is None:
        return None
    text = drop.strip() if isinstance(drop, str) else ""
    try:
        if text.endswith("%"):
            amount, share = 0.0, float(text[:-1]) / 100
        else:
            amount, share = float(drop), 0.0  # type: ignore[arg-type]
    except (TypeError, ValueError):
        amount = share = -1.0
    if not (amount >= 0 and share >= 0):
        raise ArgumentError(
            f"MetricMonitor(drop={drop!r}): give an amount, or a share such as '5%'."
        )
    return amount, share
