"""How many results of checks do not pass."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache, partial
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

    from mltrace.lineage.check_outcomes import Checked, Test
    from mltrace.monitors.rules.usual_rate import Share
    from mltrace.records.alerts import Observation
    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.known import Known


@kinds.register("check-rate")
class CheckRateMonitor(Monitor):
    """Watches which share of the latest results of checks did not pass.

    Parameters
    ----------
    component : str, optional
        A component, or a pattern such as 'feature_*'; by default all.
    check : str, optional
        A check, in full, without its columns, 'NoNulls', or a pattern; by default all. Each test of
        each check of each component is judged by itself.
    max_rate, window, confidence, false_alarm_rate
        As of `FailureRateMonitor`: which share of the last `window` (50) results may fail, by
        default no more than usual.
    **options
        As of every `Monitor`.

    Raises
    ------
    ArgumentError
        If an argument has a value that cannot be.

    Notes
    -----
    A check that could not be evaluated did not pass; one that was skipped does not count. Each run
    is a point; of a component whose runs are sampled each minute is one, with the results that were
    only counted.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> @mt.component(after=[mt.RowCount(min=1)])
    ... def fetched(number): return pd.DataFrame({"row": range(number)})
    >>> for number in (0, 0, 0, 0):
    ...     _ = fetched(number)
    >>> found = mt.CheckRateMonitor("fetched", max_rate=0.1).evaluate()
    >>> found[0].state, found[0].message
    ('bad', '4 of the last 4 results did not pass (100 %); at most 10 % may')
    """

    kind = "check-rate"

    def __init__(
        self,
        component: str | None = None,
        check: str | None = None,
        *,
        max_rate: float | None = None,
        window: int = 50,
        confidence: float = 0.99,
        false_alarm_rate: float = 0.001,
        **options: Unpack[MonitorOptions],
    ) -> None:
        super().__init__(**options)
        self.component, self.check, self.max_rate = component, check, max_rate
        self.window = check_count(self, "window", window)
        self.confidence = check_share(self, "confidence", confidence)
        self.false_alarm_rate = check_share(self, "false_alarm_rate", false_alarm_rate)
        if max_rate is not None and max_rate != 0:
            check_share(self, "max_rate", max_rate)
        self.about = ":".join(one for one in (component, check) if one)

    def measure(self, workspace: Workspace, known: Known) -> Iterator[Observation]:
        """Judge the share of results that did not pass, at each run with a result."""
        lead = self.window * (1 if self.max_rate is not None else 1 + TIMES_BEFORE)
        for component, key in workspace.component_keys(self.component).items():
            read = cache(partial(workspace.checked, key))
            tests = {test for one in read(lead + 1) for test in one.results}
            for test in sorted(tests):
                if self.check is not None and not _fits(test[0], self.check):
                    continue
                subject = f"{component}: {'.'.join(test)}"
                found = newest(
                    read,
                    latest=known.latest(subject),
                    lead=lead,
                    keep=partial(_has_result, test),
                )
                for before, one in found:
                    yield self._observe(component, test, [*before, one])

    def _observe(self, component: str, test: Test, checked: Sequence[Checked]) -> Observation:
        share = judge_share(
            [one.results[test] for one in checked],
            window=self.window,
            max_rate=self.max_rate,
            confidence=self.confidence,
            false_alarm_rate=self.false_alarm_rate,
        )
        latest = checked[-share.num_counted :]
        failed = [one.run_id for one in latest if one.results[test].num_bad and one.run_id]
        return self.observation(
            f"{component}: {'.'.join(test)}",
            checked[-1].point,
            at=to_datetime(checked[-1].at),
            state=share.state,
            value=share.num_bad / share.num,
            threshold=self.max_rate if share.usual_of == 0 else share.num_usual / share.usual_of,
            message=self._message(share),
            component=component,
            run_id=failed[-1] if failed and share.state == "bad" else checked[-1].run_id,
        )

    def _message(self, share: Share) -> str:
        failed, of = share.num_bad, share.num
        said = f"{failed:,} of the last {of:,} results did not pass ({share_text(failed, of)})"
        if self.max_rate is not None:
            return f"{said}; at most {100 * self.max_rate:.3g} % may"
        if share.state == "learning":
            return f"{said}; {share.usual_of:,} of {LEAST_BEFORE} before to learn from"
        usual = share_text(share.num_usual, share.usual_of)
        return f"{said}; of {share.usual_of:,} before them {usual}"


def _has_result(test: Test, checked: Sequence[Checked], place: int) -> bool:
    return test in checked[place].results


def _fits(name: str, pattern: str) -> bool:
    """Tell whether a check is meant: in full, without its columns and number, or by a pattern."""
    return name.startswith((f"{pattern}(", f"{pattern} #")) or fnmatchcase(name, pattern)
