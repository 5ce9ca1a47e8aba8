"""Whether something is made anew as often as it should be."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from mltrace.errors import UnknownNameError
from mltrace.monitors.rules.prediction import median, predict
from mltrace.times import (
    NANOSECONDS,
    describe_seconds,
    now_ns,
    parse_age,
    to_datetime,
    to_nanoseconds,
)
from mltrace.workspace.monitors.arguments import check_share
from mltrace.workspace.monitors.monitor import Monitor, MonitorOptions
from mltrace.workspace.monitors.newest import newest
from mltrace.workspace.monitors.registered import kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Unpack

    from mltrace.lineage.makings import Making
    from mltrace.records.alerts import Observation
    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.known import Known
    from mltrace.workspace.opened import Output

MIN_GAPS: Final = 5
MOST_GAPS: Final = 30
MOST_WITH_CONTENT: Final = 150
"""Versions that are looked through for those with new content."""
LEAST: Final = 0.5
"""By which share of the usual a gap may be longer in any case."""
NEVER: Final = "never made"


@kinds.register("freshness")
class FreshnessMonitor(Monitor):
    """Watches whether something is made anew as often as it should be.

    Parameters
    ----------
    what : str, path or ArtifactRef
        A component, which is fresh when a run of it succeeds; a pattern of components; or a table
        or another artifact, as `DriftMonitor` takes it, which is when a version of it is made.
    max_age : str, optional
        How old the latest one may become, as in '1d'. By default that is learned from the 30 gaps
        before, at least 5.
    content : bool, default False
        Whether only new content counts: what was made before it must not be the same.
    false_alarm_rate : float, default 0.001
        How often a gap may be longer than what was learned although nothing has changed.
    **options
        As of every `Monitor`.

    Raises
    ------
    ArgumentError
        If an argument has a value that cannot be.

    Notes
    -----
    Each version is a point, and a second one, at the time at which it became too old, if nothing
    newer was there by then; it does not matter how often that is looked at. A version from the
    future counts once its time has come. What was never made is unknown, and too old once `max_age`
    has passed since it was looked for first.

    What is learned is a robust prediction interval of the logarithms of gaps, by the day of the
    week or the hour of the day where that is clearly better; a gap half as long again as usual is
    never too long.

    Examples
    --------
    >>> import mltrace as mt
    >>> @mt.component
    ... def nightly(): return 1
    >>> _ = nightly()
    >>> found = mt.FreshnessMonitor("nightly", max_age="1d").evaluate()
    >>> [(one.state, one.message) for one in found]
    [('ok', 'made for the first time; at most 1 day old')]
    """

    kind = "freshness"

    def __init__(
        self,
        what: Output,
        *,
        max_age: str | None = None,
        content: bool = False,
        false_alarm_rate: float = 0.001,
        **options: Unpack[MonitorOptions],
    ) -> None:
        super().__init__(**options)
        self.what, self.max_age, self.content = what, max_age, content
        self.false_alarm_rate = check_share(self, "false_alarm_rate", false_alarm_rate)
        self._most = None if max_age is None else parse_age(max_age)
        self.about = str(what)

    def measure(self, workspace: Workspace, known: Known) -> Iterator[Observation]:
        """Tell of each version when it was made, and when it became too old."""
        for subject, read in self._subjects(workspace).items():
            now = now_ns()
            try:
                pairs = [
                    ([*before, one], one)
                    for before, one in newest(
                        read,
                        latest=known.latest(subject),
                        lead=MOST_WITH_CONTENT if self.content else MOST_GAPS + 1,
                        keep=partial(self._counts, now),
                    )
                ]
            except UnknownNameError as error:
                yield from self._never(subject, known, now, str(error))
                continue
            if not pairs:
                yield from self._never(subject, known, now, "it was never made")
            nexts = [one.at for _, one in pairs[1:]]
            lates = known.states(subject, [f"{one.point} late" for _, one in pairs])
            for (made, one), until in zip(pairs, [*nexts, None], strict=False):
                limit = self._limit(made)
                yield self._fresh(subject, made, limit)
                late = self._late(subject, one, limit, now if until is None else until)
                was_late = lates.get(f"{one.point} late") == "bad"
                if late is not None and (late.state == "bad" or was_late):
                    if until is None and late.state == "bad":
                        late = self._with_failures(workspace, late)
                    yield late

    def remeasure(self, workspace: Workspace) -> Iterator[Observation]:
        """Tell of each version again; how late one came is the number of when it became too old."""
        for one in super().remeasure(workspace):
            came_late = one.state == "ok" and (one.value or 0) > (one.threshold or 0)
            yield replace(one, value=None) if came_late else one

    def _subjects(self, workspace: Workspace) -> Mapping[str, Callable[[int], list[Making]]]:
        what = self.what
        if isinstance(what, str):
            try:
                keys = workspace.component_keys(what)
            except UnknownNameError:
                keys = {}
            if keys:
                return {
                    name: partial(workspace.makings_of_runs, name, key)
                    for name, key in keys.items()
                }
        return {self.about: partial(workspace.makings_of_versions, what)}

    def _counts(self, now: int, made: Sequence[Making], place: int) -> bool:
        """Tell whether something was made by now, and has new content if that is asked for."""
        one = made[place]
        is_new = not self.content or not place or made[place - 1].content != one.content
        return is_new and one.at <= now

    def _limit(self, made: Sequence[Making]) -> float | None:
        """Tell how many seconds old the latest one may become."""
        if self._most is not None:
            return self._most
        gaps = _gaps(made)[-MOST_GAPS:]
        if len(gaps) < MIN_GAPS:
            return None
        starts = [to_datetime(one.at) for one in made[-len(gaps) - 1 :]]
        expected = predict(
            gaps,
            rate=self.false_alarm_rate,
            least=LEAST,
            is_log=True,
            rhythms={
                "weekly": [one.weekday() for one in starts],
                "daily": [one.hour for one in starts],
            },
        )
        return expected.high

    def _fresh(self, subject: str, made: Sequence[Making], limit: float | None) -> Observation:
        gaps = _gaps(made)
        said = f"made after {describe_seconds(gaps[-1])}" if gaps else "made for the first time"
        rest = (
            f"{len(gaps)} of {MIN_GAPS} gaps to learn from"
            if limit is None
            else f"at most {describe_seconds(limit)} old"
        )
        return self.observation(
            subject,
            made[-1].point,
            at=to_datetime(made[-1].at),
            state="learning" if limit is None else "ok",
            value=gaps[-1] if gaps else None,
            threshold=limit,
            message=f"{said}; {rest}" + (self._say_usual(gaps) if limit is not None else ""),
            **_where(made[-1]),
        )

    def _late(
        self, subject: str, one: Making, limit: float | None, until: int
    ) -> Observation | None:
        """Tell that it became too old, or that it did not."""
        if limit is None:
            return None
        deadline = one.at + int(limit * NANOSECONDS)
        age = (until - one.at) / NANOSECONDS
        is_late = until > deadline
        said = f"not made {'with new content ' if self.content else ''}for {describe_seconds(age)}"
        return self.observation(
            subject,
            f"{one.point} late",
            at=to_datetime(deadline),
            state="bad" if is_late else "ok",
            value=age,
            threshold=limit,
            message=f"{said}; at most {describe_seconds(limit)} are expected"
            if is_late
            else f"made after {describe_seconds(age)}, which was told late",
            **_where(one),
        )

    def _say_usual(self, gaps: Sequence[float]) -> str:
        if self._most is not None:
            return ""
        latest = gaps[-MOST_GAPS:]
        return f", for the median of {len(latest)} gaps is {describe_seconds(median(latest))}"

    def _with_failures(self, workspace: Workspace, late: Observation) -> Observation:
        """Add that runs failed since, which may be why nothing was made."""
        since = to_nanoseconds(late.at) - int((late.threshold or 0) * NANOSECONDS)
        if late.component is None:
            return late
        (key,) = workspace.component_keys(late.component).values()
        failed = [one for one in workspace.outcomes(key, 100) if one.num_bad and one.at > since]
        if not failed:
            return late
        num = sum(one.num_bad for one in failed)
        runs = "1 run of it" if num == 1 else f"{num:,} runs of it"
        message = f"{late.message}; {runs} failed since"
        return replace(late, message=message, run_id=failed[-1].run_id or late.run_id)

    def _never(self, subject: str, known: Known, now: int, why: str) -> Iterator[Observation]:
        latest = known.latest(subject)
        if latest is None:
            yield self.observation(
                subject, NEVER, at=to_datetime(now), state="unknown", message=why
            )
        elif self._most is not None:
            deadline = to_nanoseconds(latest) + int(self._most * NANOSECONDS)
            if now > deadline and known.state(subject, f"{NEVER} late") is None:
                yield self.observation(
                    subject,
                    f"{NEVER} late",
                    at=to_datetime(deadline),
                    state="bad",
                    value=(now - to_nanoseconds(latest)) / NANOSECONDS,
                    threshold=self._most,
                    message=f"never made; at most {describe_seconds(self._most)} are expected",
                )


def _gaps(made: Sequence[Making]) -> list[float]:
    return [(after.at - before.at) / NANOSECONDS for before, after in pairwise(made)]


def _where(one: Making) -> dict[str, Any]:
    return {
        "component": one.component,
        "run_id": one.run_id,
        "artifact": one.artifact,
        "digest": one.digest,
    }
