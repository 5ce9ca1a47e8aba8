"""Whether what components write agrees with the tables that they read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mltrace.errors import (
    ArgumentError,
    StoreCorruptError,
    UnreadableDataError,
    UntrustedValueError,
    ValueNotKeptError,
)
from mltrace.lineage.kept_tables import may_be_table, open_table
from mltrace.lineage.tables import without_numbers
from mltrace.monitors.joins.agreement import Agreement
from mltrace.monitors.joins.judging import MIN_HISTORY, judge_agreement
from mltrace.workspace.monitors.monitor import Monitor, MonitorOptions
from mltrace.workspace.monitors.registered import kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from typing import Unpack

    from mltrace.profiles.keyed.rows import Rows
    from mltrace.records import ArtifactRef, Run
    from mltrace.records.alerts import Observation
    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.known import Known

Keys = Mapping[str, tuple[str, ...]]
_NOT_THERE: Final = (ValueNotKeptError, UntrustedValueError, UnreadableDataError, StoreCorruptError)


@kinds.register("join")
class JoinMonitor(Monitor):
    """Watches whether what a component writes agrees with the tables that it reads.

    Parameters
    ----------
    component : str, optional
        The component; by default all are watched.
    output : str, optional
        What it writes: the name of a variable, or of a file with `*` for numbers; by default
        everything.
    keys : str or iterable of str, optional
        The columns by which rows are matched with those of the inputs; by default they are found.
    window : int, default 16
        With how many runs before it one is compared, at most.
    min_history : int, default 5
        With how many at least.
    max_runs : int, default 200
        How many runs of a component are looked at, the newest.
    **options
        As of every `Monitor`.

    Raises
    ------
    ArgumentError
        If an argument has a value that cannot be.

    Notes
    -----
    Of each run, the rows of what it wrote are looked up in each table that it read, by the columns
    of the same name. Which of these always agreed, has to go on agreeing; the shares of what a
    component fills, scales or filters are learned. So a join by the wrong hour is found though
    each column looks as it always did.

    Contents are read as they were kept, or from the file if it is still the same; a run of which
    nothing is left is `unknown`. Of tables with more than a million distinct rows a sample is
    taken. Cost: 30 ms of CPU for a run with 6,500 rows, and as much for each run that it has to be
    compared with: mostly one, and up to `window` where something is suspect.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> @mt.component
    ... def priced(orders, prices, shift=0):
    ...     return orders.merge(prices.assign(item=prices["item"] + shift), on="item")
    >>> orders = pd.DataFrame({"order": range(400), "item": [row % 50 for row in range(400)]})
    >>> prices = pd.DataFrame({"item": range(50), "price": [5.0 + row for row in range(50)]})
    >>> for day in range(6):
    ...     _ = priced(orders, prices.assign(price=prices["price"] + day))
    >>> _ = priced(orders, prices, shift=1)
    >>> found = mt.JoinMonitor("priced").evaluate()
    >>> found[0].message
    'price: 0 % of the rows agree with prices by item; in 6 runs before, all did'
    """

    kind = "join"

    def __init__(
        self,
        component: str | None = None,
        *,
        output: str | None = None,
        keys: str | Iterable[str] | None = None,
        window: int = 16,
        min_history: int = MIN_HISTORY,
        max_runs: int = 200,
        **options: Unpack[MonitorOptions],
    ) -> None:
        super().__init__(**options)
        self.component, self.output = component, output
        self.keys = keys if keys is None or isinstance(keys, str) else tuple(keys)
        self.window, self.min_history, self.max_runs = window, min_history, max_runs
        self.about = ":".join(one for one in (component, output) if one)
        for option in ("window", "min_history", "max_runs"):
            number = getattr(self, option)
            if not isinstance(number, int) or number < 2:
                raise ArgumentError(f"JoinMonitor({option}={number!r}): give a number from 2.")
        if window < min_history:
            raise ArgumentError(
                f"JoinMonitor(window={window}, min_history={min_history}): give a window that is "
                "as large as the history at least."
            )

    def measure(self, workspace: Workspace, known: Known) -> Iterator[Observation]:
        """Measure the runs that were not measured yet, each against those before it."""
        names = [self.component] if self.component else [one.name for one in workspace.components()]
        for component in names:
            runs = workspace.history(component, self.max_runs)
            ended = [run for run in reversed(runs) if run.status == "succeeded"]
            written: dict[str, list[_Point]] = {}
            for run in ended:
                for label, ref in _tables(run.outputs).items():
                    if self.output in (None, label, ref.name):
                        written.setdefault(label, []).append(_Point(run, ref))
            for label, points in written.items():
                yield from self._follow(workspace, known, f"{component}:{label}", points)

    def _follow(
        self, workspace: Workspace, known: Known, subject: str, points: Sequence[_Point]
    ) -> Iterator[Observation]:
        """Judge the runs that wrote one table, in the order of time."""
        found = known.states(subject, [point.run.id for point in points])
        states = [found.get(point.run.id) for point in points]
        if None not in states:
            return
        measure = _Measuring(workspace, self.keys)
        meant = self._meant(workspace, subject) if "bad" in states else []
        usual: list[_Point] = []
        for point, known_state in zip(points, states, strict=True):
            judged: dict[str, Any] = {"state": known_state}
            if known_state is None:
                judged = self._judge(measure, point, usual[-self.window :])
                if judged:
                    yield self._observed(subject, point, **judged)
            is_meant = any(begin <= point.at <= end for begin, end in meant)
            is_good = judged.get("state") in {"ok", "learning"} or is_meant
            if is_good and not point.ref.flagged:
                usual.append(point)

    def _meant(self, workspace: Workspace, subject: str) -> list[tuple[datetime, datetime]]:
        """List when bad runs were as they should be, as somebody said of their alert."""
        return [
            (alert.began_at, alert.latest_at)
            for alert in workspace.alerts(None, states="resolved")
            if (alert.monitor, alert.subject) == (self.key, subject)
            and alert.verdict == "false alarm"
        ]

    def _judge(self, measure: _Measuring, point: _Point, usual: Sequence[_Point]) -> dict[str, Any]:
        """Judge a run; there is nothing to say if it made nothing of a table."""
        try:
            agreements = measure.agreements(point)
        except _NOT_THERE as error:
            return {"state": "unknown", "message": str(error)}
        if not agreements:
            return {}
        earlier = _Earlier(measure, usual, {one.table: one.keys for one in agreements})
        judgement = judge_agreement(agreements, earlier, min_history=self.min_history)
        return asdict(judgement)

    def _observed(self, subject: str, point: _Point, **what: Any) -> Observation:
        run, ref = point
        return self.observation(
            subject,
            run.id,
            at=point.at,
            component=run.component,
            artifact=ref.name,
            digest=ref.digest,
            run_id=run.id,
            **what,
        )


class _Point(NamedTuple):
    """A run and a table that it wrote."""

    run: Run
    ref: ArtifactRef

    @property
    def at(self) -> datetime:
        """When it was written."""
        return self.run.ended_at or self.run.started_at


class _Measuring:
    """Measures how runs agree, each of them once for the same keys."""

    def __init__(self, workspace: Workspace, keys: Sequence[str] | str | None) -> None:
        self._workspace = workspace
        self._given = (keys,) if isinstance(keys, str) else keys
        self._measured: dict[tuple[str, str], tuple[Agreement, ...]] = {}

    def agreements(self, point: _Point, keys: Keys | None = None) -> tuple[Agreement, ...]:
        """Measure a run, its rows matched by some keys of each input.

        Raises
        ------
        ValueNotKeptError, UntrustedValueError, UnreadableDataError, StoreCorruptError
            If what it wrote, or all that it read, is not there.
        """
        key = (point.run.id, repr(keys))
        if key not in self._measured:
            self._measured[key] = self._measure(point, keys)
        return self._measured[key]

    def _measure(self, point: _Point, keys: Keys | None) -> tuple[Agreement, ...]:
        from mltrace.monitors.joins.measuring import measure_agreement

        inputs = _tables(point.run.inputs)
        if not inputs:
            return ()
        try:
            output = open_table(self._workspace.artifact(point.ref))
        except ArgumentError:
            return ()
        read = _open_all(self._workspace, inputs)
        if keys is None and self._given is not None:
            keys = dict.fromkeys(read, tuple(self._given))
        agreements = measure_agreement(output, read, keys=keys)
        if keys is None:  # as runs after it will ask for it
            own = {one.table: one.keys for one in agreements}
            self._measured[point.run.id, repr(own)] = agreements
        return agreements


class _Earlier(Sequence[tuple[Agreement, ...]]):
    """How earlier runs agreed, each measured when it is asked for."""

    def __init__(self, measure: _Measuring, points: Sequence[_Point], keys: Keys) -> None:
        self._measure, self._points, self._keys = measure, points, keys

    def __len__(self) -> int:
        return len(self._points)

    def __getitem__(self, place: Any) -> Any:
        try:
            return self._measure.agreements(self._points[place], self._keys)
        except _NOT_THERE:
            return ()


def _tables(refs: Iterable[ArtifactRef]) -> dict[str, ArtifactRef]:
    """List what may be tables, by what they are called in each run."""
    found: dict[str, ArtifactRef] = {}
    for ref in filter(may_be_table, refs):
        name = without_numbers(ref.identity) if ref.kind == "file" else ref.name
        label, number = name, 2
        while label in found:
            label, number = f"{name} ({number})", number + 1
        found[label] = ref
    return found


def _open_all(workspace: Workspace, inputs: dict[str, ArtifactRef]) -> dict[str, Rows]:
    """Open the inputs that are tables and still there.

    Raises
    ------
    ValueNotKeptError, UntrustedValueError, UnreadableDataError, StoreCorruptError
        If none is there, for the first reason.
    """
    opened: dict[str, Rows] = {}
    reason: Exception | None = None
    for name, ref in inputs.items():
        try:
            opened[name] = open_table(workspace.artifact(ref))
        except ArgumentError:
            continue
        except _NOT_THERE as error:
            reason = reason or error
    if reason is not None and not opened:
        raise reason
    return opened
