"""Whether components work with stale inputs, or stand there with results that are stale by now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mltrace.errors import ArgumentError, nearest
from mltrace.lineage.staleness.reasons import KINDS
from mltrace.times import NANOSECONDS, to_nanoseconds
from mltrace.workspace.monitors.monitor import Monitor, MonitorOptions
from mltrace.workspace.monitors.registered import kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Unpack

    from mltrace.lineage.staleness.reasons import Kind, Reason
    from mltrace.lineage.staleness.watching import Watched
    from mltrace.records.alerts import Observation
    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.known import Known

USUAL: Final[tuple[Kind, ...]] = ("old", "overtaken", "superseded")
"""The reasons that count by default. Each commit changes the code upstream of all that was made
before it, until that is made anew in its turn; and a pipeline that rolls on always has fresher
runs."""
_OVERLAP_NS: Final = 86_400 * NANOSECONDS
"""Runs that began so long before the latest one known are looked at again: facts may come late."""


@kinds.register("staleness")
class StalenessMonitor(Monitor):
    """Watches whether runs are stale, as `mltrace.stale` tells it.

    Parameters
    ----------
    components : str or iterable of str, optional
        The components whose runs are looked at; by default all.
    reasons : str or iterable of str, optional
        Which reasons count. By default 'old' and 'overtaken' (when the run began, its input was
        older than `stale_after` allows, or fresher ones were there) and 'superseded' (what it read
        was made anew or replaced since). Others are 'code', 'parameter', 'schema' (of a component
        upstream, changed since) and 'fresher' (runs with other parameters or inputs came since).
    **options
        As of every `Monitor`.

    Raises
    ------
    ArgumentError
        If an argument has a value that cannot be.

    Notes
    -----
    Its subjects are components, its points their succeeded runs. Of the latest run of each it is
    asked again and again whether it has become stale; of the others only what was so when they ran.

    Examples
    --------
    >>> import mltrace as mt
    >>> found = mt.StalenessMonitor().evaluate()
    >>> {one.state for one in found} <= {"ok", "bad"}
    True
    """

    kind = "staleness"

    def __init__(
        self,
        components: str | Iterable[str] | None = None,
        *,
        reasons: str | Iterable[str] | None = None,
        **options: Unpack[MonitorOptions],
    ) -> None:
        super().__init__(**options)
        self.components, self.reasons = _tuple(components), _tuple(reasons)
        self.about = ", ".join(self.components or ())
        for one in self.reasons or ():
            if one not in KINDS:
                meant = "".join(f" Did you mean {near!r}?" for near in nearest(one, KINDS, limit=1))
                raise ArgumentError(
                    f"StalenessMonitor(reasons={one!r}): no such reason.{meant} Accepted: "
                    f"{', '.join(KINDS)}."
                )

    def measure(self, workspace: Workspace, known: Known) -> Iterator[Observation]:
        """Tell of new runs, and of the latest ones again, whether they are stale."""

        def since(component: str) -> int:
            latest = known.latest(component)
            return 0 if latest is None else to_nanoseconds(latest) - _OVERLAP_NS

        watched = workspace.watch_staleness(self.components, since=since)
        told = [self._observation(one) for one in watched]
        for component in dict.fromkeys(one.subject for one in told):
            yield from self._telling([one for one in told if one.subject == component])

    def remeasure(self, workspace: Workspace) -> Iterator[Observation]:
        """Tell of every run whether it is stale."""
        for one in workspace.watch_staleness(self.components, since=lambda _: 0):
            yield self._observation(one)

    def _telling(self, observations: Sequence[Observation]) -> Iterator[Observation]:
        """Leave out what changes nothing: of good ones in a row only the last ones are told."""
        num_good = 0
        for one in reversed(observations):
            num_good = num_good + 1 if one.state == "ok" else 0
            if num_good <= self.resolve_after:
                yield one

    def _observation(self, one: Watched) -> Observation:
        counted = [reason for reason in one.reasons if self._counts(reason)]
        stale_input = one.input_of(counted[0]) if counted else None
        return self.observation(
            one.run.component,
            one.run.id,
            at=one.run.started_at,
            state="bad" if counted else "ok",
            value=len(counted),
            threshold=0,
            message=_message(counted),
            component=one.run.component,
            artifact=None if stale_input is None else stale_input.name,
            digest=None if stale_input is None else stale_input.digest,
            run_id=one.run.id,
        )

    def _counts(self, reason: Reason) -> bool:
        return reason.kind in (USUAL if self.reasons is None else self.reasons)


def _message(reasons: list[Reason]) -> str:
    if not reasons:
        return "not stale"
    more = len(reasons) - 1
    return reasons[0].said() + (f", and {more} more" if more else "")


def _tuple(names: str | Iterable[str] | None) -> tuple[str, ...] | None:
    return (names,) if isinstance(names, str) else None if names is None else tuple(names)
