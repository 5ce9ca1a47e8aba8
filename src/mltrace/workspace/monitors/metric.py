"""Metrics and parameters of runs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mltrace.errors import ArgumentError
from mltrace.monitors.rules.prediction import median, predict
from mltrace.times import to_datetime
from mltrace.workspace.monitors.arguments import check_count, check_limit, check_share
from mltrace.workspace.monitors.monitor import Monitor, MonitorOptions
from mltrace.workspace.monitors.newest import newest
from mltrace.workspace.monitors.registered import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Unpack

    from mltrace.lineage.run_numbers import RunNumber
    from mltrace.records.alerts import Observation
    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.known import Known

MIN_HISTORY: Final = 8
SIDES: Final = ("both", "below", "above")
LEAST: Final = 0.01
"""By which share of what is expected a metric may differ in any case, where that is learned."""


@kinds.register("metric")
class MetricMonitor(Monitor):
    """Watches a metric of the runs of a component.

    Parameters
    ----------
    component : str
        A component, or a pattern such as 'train_*', of which each component is judged by itself.
    metric : str
        The name that `run.metric` was given; or a parameter that is a number.
    min, max : float, optional
        Which value it has at least and at most.
    drop : float or str, optional
        How far it may be below the median of the runs before: an amount, or a share such as '5%'.
    side : {'both', 'below', 'above'}, default 'both'
        Where it is odd, if neither is given: then it is learned from the runs before.
    window : int, default 60
        How many runs are before, at least 8.
    false_alarm_rate : float, default 0.001
        How often it may be odd by what was learned although nothing has changed.
    **options
        As of every `Monitor`.

    Raises
    ------
    ArgumentError
        If an argument has a value that cannot be.

    Notes
    -----
    Only runs that succeeded are looked at. What is learned is a robust prediction interval, with a
    straight trend where that is clearly better; a difference of 1 % is never odd. A metric that is
    not finite is bad in any case.

    Examples
    --------
    >>> import mltrace as mt
    >>> trained = mt.Component("trained")
    >>> for value in (0.82, 0.83, 0.61):
    ...     with trained.start() as run:
    ...         run.metric("roc_auc", value)
    >>> mt.MetricMonitor("trained", "roc_auc", min=0.8).evaluate()[0].message
    'roc_auc is 0.61; at least 0.8 is expected'
    """

    kind = "metric"

    def __init__(
        self,
        component: str,
        metric: str,
        *,
        min: float | None = None,  # noqa: A002 (the argument of the file of settings)
        max: float | None = None,  # noqa: A002
        drop: float | str | None = None,
        side: str = "both",
        window: int = 60,
        false_alarm_rate: float = 0.001,
        **options: Unpack[MonitorOptions],
    ) -> None:
        super().__init__(**options)
        self.component, self.metric = component, metric
        self.min, self.max = check_limit(self, "min", min), check_limit(self, "max", max)
        self.drop, self.side = drop, side
        self.window = check_count(self, "window", window, least=MIN_HISTORY)
        self.false_alarm_rate = check_share(self, "false_alarm_rate", false_alarm_rate)
        if side not in SIDES:
            raise ArgumentError(f"MetricMonitor(side={side!r}): accepted: {', '.join(SIDES)}.")
        self._allowed = None if drop is None else _read_drop(drop)
        self.about = f"{component}:{metric}"

    def measure(self, workspace: Workspace, known: Known) -> Iterator[Observation]:
        """Judge the metric of each run that succeeded."""
        for component, key in workspace.component_keys(self.component).items():
            subject = f"{component}: {self.metric}"
            found = newest(
                partial(workspace.run_numbers, key, self.metric),
                latest=known.latest(subject),
                lead=self.window,
                keep=_is_given,
            )
            for before, one in found:
                history = [each.value for each in before if each.value is not None]
                yield self.observation(
                    subject,
                    one.run_id,
                    at=to_datetime(one.at),
                    value=one.value,
                    component=component,
                    run_id=one.run_id,
                    **self._judge(one.value, history),
                )

    def _judge(self, value: float | None, history: Sequence[float]) -> Mapping[str, Any]:
        if value is None:
            return {"state": "bad", "message": f"{self.metric} is no finite number"}
        said = f"{self.metric} is {_text(value)}"
        is_fixed = self._allowed is None and (self.min, self.max) != (None, None)
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
                f"{said}; the median of {len(history)} runs before is {_text(usual)}, "
                f"at least {_text(least)} is expected"
            ),
        }

    def _is_outside(self, value: float) -> bool:
        is_below = self.min is not None and value < self.min
        return is_below or (self.max is not None and value > self.max)

    def _judge_fixed(self, value: float, said: str) -> Mapping[str, Any]:
        is_below = self.max is None or (self.min is not None and value < self.min)
        limit = self.min if is_below else self.max
        if not self._is_outside(value):
            return {"state": "ok", "threshold": limit, "message": said}
        side = "least" if is_below else "most"
        message = f"{said}; at {side} {_text(limit)} is expected"
        return {"state": "bad", "threshold": limit, "message": message}

    def _judge_learned(
        self, value: float, history: Sequence[float], said: str
    ) -> Mapping[str, Any]:
        expected = predict(history, rate=self.false_alarm_rate, least=LEAST)
        is_odd = (self.side != "above" and value < expected.low) or (
            self.side != "below" and value > expected.high
        )
        is_above = self.side == "above" or (self.side == "both" and value > expected.middle)
        low, high = (_text(one) for one in expected.usual)
        usual = low if low == high else f"between {low} and {high}"
        return {
            "state": "bad" if is_odd else "ok",
            "threshold": expected.high if is_above else expected.low,
            "message": f"{said}; in {len(history)} runs before {usual}",
        }


def _text(value: float | None) -> str:
    """Say a number in four digits; of a large one all before the point."""
    number = value or 0.0
    return f"{number:,.0f}" if 10_000 <= abs(number) < 1e15 else f"{number:,.4g}"


def _is_given(numbers: Sequence[RunNumber], place: int) -> bool:
    return numbers[place].is_given


def _read_drop(drop: object) -> tuple[float, float]:
    """Read how far a metric may drop: an amount, and a share of the median."""
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
