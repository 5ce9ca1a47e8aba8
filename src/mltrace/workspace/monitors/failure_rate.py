"""How many runs of components fail."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from mltrace.monitors.rules.usual_rate import LEAST_BEFORE, TIMES_BEFORE, judge_share
from mltrace.rendering.profiles import share_text
from mltrace.times import to_datetime
from mltrace.workspace.monitors.arguments import check_count, check_share
from mltrace.workspace.monitors.monitor import Monitor, MonitorOptions
from mltrace.workspace.monitors.newest import newest
from mltrace.workspace.monitors.registered import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Unpack

    from mltrace.lineage.outcomes import Outcome
    from mltrace.monitors.rules.usual_rate import Share
    from mltrace.records.alerts import Observation
    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.known import Known


@kinds.register("failure-rate")
class FailureRateMonitor(Monitor):
    """Watches which share of the latest runs of a component failed.

    Parameters
    ----------
    component : str, optional
        A component, or a pattern such as 'feature_*', of which each component is judged by itself;
        by default all.
    max_rate : float, optional
        Which share may fail. It is bad if it is above that with a `confidence`. If it is not given,
        the usual share is learned, from five times as many runs before, at least 8; bad is then a
        share that is larger at the `false_alarm_rate`, and twice as large by its odds.
    window : int, default 50
        How many runs are the latest.
    confidence : float, default 0.99
        How sure it must be that more than `max_rate` fail, by an exact binomial test.
    false_alarm_rate : float, default 0.001
        How often the share may be larger than usual by chance.
    **options
        As of every `Monitor`.

    Raises
    ------
    ArgumentError
        If an argument has a value that cannot be.

    Notes
    -----
    Runs that were aborted, because their process is gone, failed. Each run that ended is a point;
    of a component whose runs are sampled each minute is one, with the runs that were only counted.
    That a component does not run at all is told by `FreshnessMonitor`.

    Examples
    --------
    >>> import mltrace as mt
    >>> @mt.component
    ... def fetch(page): return 1 / page
    >>> for page in (1, 2, 0, 3):
    ...     try:
    ...         _ = fetch(page)
    ...     except ZeroDivisionError:
    ...         pass
    >>> found = mt.FailureRateMonitor("fetch", max_rate=0.1).evaluate()
    >>> found[0].state, found[0].message
    ('ok', '1 of the last 4 runs failed (25 %), with ZeroDivisionError; at most 10 % may')

    So few runs do not tell that more than 10 % fail.
    """

    kind = "failure-rate"

    def __init__(
        self,
        component: str | None = None,
        *,
        max_rate: float | None = None,
        window: int = 50,
        confidence: float = 0.99,
        false_alarm_rate: float = 0.001,
        **options: Unpack[MonitorOptions],
    ) -> None:
        super().__init__(**options)
        self.component, self.max_rate = component, max_rate
        self.window = check_count(self, "window", window)
        self.confidence = check_share(self, "confidence", confidence)
        self.false_alarm_rate = check_share(self, "false_alarm_rate", false_alarm_rate)
        if max_rate is not None and max_rate != 0:
            check_share(self, "max_rate", max_rate)
        self.about = component or ""

    def measure(self, workspace: Workspace, known: Known) -> Iterator[Observation]:
        """Judge the share of failed runs at each run that ended."""
        lead = self.window * (1 if self.max_rate is not None else 1 + TIMES_BEFORE)
        for component, key in workspace.component_keys(self.component).items():
            read = partial(workspace.outcomes, key)
            for before, one in newest(read, latest=known.latest(component), lead=lead):
                yield self._observe(component, [*before, one])

    def _observe(self, component: str, ended: Sequence[Outcome]) -> Observation:
        share = judge_share(
            ended,
            window=self.window,
            max_rate=self.max_rate,
            confidence=self.confidence,
            false_alarm_rate=self.false_alarm_rate,
        )
        latest = ended[-share.num_counted :]
        failed = [one.run_id for one in latest if one.num_bad and one.run_id]
        return self.observation(
            component,
            ended[-1].point,
            at=to_datetime(ended[-1].at),
            state=share.state,
            value=share.num_bad / share.num,
            threshold=self.max_rate if share.usual_of == 0 else share.num_usual / share.usual_of,
            message=self._message(share, latest),
            component=component,
            run_id=failed[-1] if failed and share.state == "bad" else ended[-1].run_id,
        )

    def _message(self, share: Share, latest: Sequence[Outcome]) -> str:
        failed, of = share.num_bad, share.num
        said = f"{failed:,} of the last {of:,} runs failed ({share_text(failed, of)})"
        said += _say_errors(latest, failed)
        if self.max_rate is not None:
            return f"{said}; at most {100 * self.max_rate:.3g} % may"
        if share.state == "learning":
            return f"{said}; {share.usual_of:,} of {LEAST_BEFORE} runs before to learn from"
        usual = share_text(share.num_usual, share.usual_of)
        return f"{said}; of {share.usual_of:,} before them {usual}"


def _say_errors(latest: Sequence[Outcome], num_failed: int) -> str:
    """Say with which exception most runs failed."""
    errors: Counter[str] = Counter()
    for one in latest:
        if one.errors:
            errors.update(one.errors)
    if not errors:
        return ""
    ((name, num),) = errors.most_common(1)
    return f", with {name}" if num == num_failed else f", {num:,} with {name}"
