"""How long runs of components take."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mltrace.errors import ArgumentError
from mltrace.monitors.rules.prediction import median, predict
from mltrace.monitors.rules.shifts import p_value_of_larger
from mltrace.times import NANOSECONDS, describe_seconds, to_datetime
from mltrace.workspace.monitors.arguments import check_count, check_share
from mltrace.workspace.monitors.monitor import Monitor, MonitorOptions
from mltrace.workspace.monitors.newest import newest
from mltrace.workspace.monitors.registered import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Unpack

    from mltrace.lineage.outcomes import Outcome
    from mltrace.records.alerts import Observation
    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.known import Known

MIN_HISTORY: Final = 10


@kinds.register("duration")
class DurationMonitor(Monitor):
    """Watches whether runs of a component take longer than they did.

    Parameters
    ----------
    component : str, optional
        A component, or a pattern such as 'feature_*', of which each component is judged by itself;
        by default all.
    max_seconds : float, optional
        How long a run may take. If it is not given, the latest runs are compared with those before.
    recent : int, default 5
        How many runs are the latest. With 1 a single slow run is told.
    window : int, default 50
        How many runs are before them, at least 10.
    min_slowdown : float, default 0.2
        By which share the median of the latest runs must be longer at least.
    false_alarm_rate : float, default 0.001
        How often the latest runs may be slower by chance.
    **options
        As of every `Monitor`.

    Raises
    ------
    ArgumentError
        If an argument has a value that cannot be.

    Notes
    -----
    Only runs that succeeded are looked at. The latest are slower if the test of Mann and Whitney
    says so, which holds for whatever distribution; with `recent=1`, if the run is above a robust
    prediction interval of logarithms. So a single slow run is nothing, unless it is asked for, and
    a new level is usual when most of the window is of it. Each run is a point; of a component whose
    runs are sampled each minute is one, with the median of the runs that were only counted.

    Examples
    --------
    >>> import mltrace as mt
    >>> @mt.component
    ... def resize(image): return image
    >>> for image in range(20):
    ...     _ = resize(image)
    >>> found = mt.DurationMonitor("resize", max_seconds=60).evaluate()
    >>> len(found), found[0].state, found[0].threshold
    (20, 'ok', 60.0)
    """

    kind = "duration"

    def __init__(
        self,
        component: str | None = None,
        *,
        max_seconds: float | None = None,
        recent: int = 5,
        window: int = 50,
        min_slowdown: float = 0.2,
        false_alarm_rate: float = 0.001,
        **options: Unpack[MonitorOptions],
    ) -> None:
        super().__init__(**options)
        self.component, self.max_seconds = component, max_seconds
        self.recent = check_count(self, "recent", recent)
        self.window = check_count(self, "window", window, least=MIN_HISTORY)
        self.min_slowdown = min_slowdown
        self.false_alarm_rate = check_share(self, "false_alarm_rate", false_alarm_rate)
        for name, given in (("max_seconds", max_seconds), ("min_slowdown", min_slowdown)):
            if given is not None and not given >= 0:
                raise ArgumentError(f"DurationMonitor({name}={given!r}): give a number from 0.")
        self.about = component or ""

    def measure(self, workspace: Workspace, known: Known) -> Iterator[Observation]:
        """Judge how long runs took, at each run that succeeded."""
        lead = 0 if self.max_seconds is not None else self.window + self.recent - 1
        for component, key in workspace.component_keys(self.component).items():
            read = partial(workspace.outcomes, key, succeeded=True)
            for before, one in newest(read, latest=known.latest(component), lead=lead):
                if one.nanoseconds is None:
                    continue
                seconds = [_seconds(each) for each in before if each.nanoseconds is not None]
                yield self.observation(
                    component,
                    one.point,
                    at=to_datetime(one.at),
                    component=component,
                    run_id=one.run_id,
                    **self._judge([*seconds, _seconds(one)]),
                )

    def _judge(self, seconds: Sequence[float]) -> Mapping[str, Any]:
        if self.max_seconds is not None:
            latest, most = seconds[-1], self.max_seconds
            said = f"took {describe_seconds(latest)}"
            if latest > most:
                message = f"{said}; at most {describe_seconds(most)} are expected"
                return {"state": "bad", "value": latest, "threshold": most, "message": message}
            return {"state": "ok", "value": latest, "threshold": most, "message": said}
        now, before = seconds[-self.recent :], seconds[: -self.recent]
        if len(before) < MIN_HISTORY:
            message = f"{len(before)} of {MIN_HISTORY} runs before to learn from"
            return {"state": "learning", "value": median(now), "message": message}
        usual, threshold = self._usual(before)
        level = median(now)
        is_slow = level > threshold
        if self.recent > 1:
            is_slow = is_slow and p_value_of_larger(now, before) <= self.false_alarm_rate
        those = "the run" if self.recent == 1 else f"the median of the last {self.recent} runs"
        message = (
            f"{those} took {describe_seconds(level)}; in {len(before)} runs before the median took "
            f"{describe_seconds(usual)}"
        )
        state = "bad" if is_slow else "ok"
        return {"state": state, "value": level, "threshold": threshold, "message": message}

    def _usual(self, before: Sequence[float]) -> tuple[float, float]:
        """Tell how long runs usually take, and how long one may at least."""
        usual = median(before)
        threshold = usual * (1 + self.min_slowdown)
        if self.recent == 1:
            # Of nanoseconds, for of numbers below one the logarithm of one more is no logarithm.
            expected = predict(
                [one * NANOSECONDS for one in before], rate=self.false_alarm_rate, is_log=True
            )
            threshold = max(threshold, expected.high / NANOSECONDS)
        return usual, threshold


def _seconds(one: Outcome) -> float:
    return (one.nanoseconds or 0.0) / NANOSECONDS
