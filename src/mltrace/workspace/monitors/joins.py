"""Whether what components write agrees with the tables that they read."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from mltrace.errors import (
    ArgumentError,
    StoreCorruptError,
    UnreadableDataError,
    UntrustedValueError,
    ValueNotKeptError,
)
from mltrace.lineage.tables import without_numbers
from mltrace.monitors.joins.judging import MIN_HISTORY, judge_agreement
from mltrace.monitors.joins.measuring import measure_agreement
from mltrace.workspace.kept_tables import may_be_table, open_table
from mltrace.workspace.monitors.monitor import Monitor, MonitorOptions
from mltrace.workspace.monitors.registered import kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Unpack

    from mltrace.monitors.joins.agreement import Agreement
    from mltrace.monitors.joins.rows import Rows
    from mltrace.records import ArtifactRef, Run
    from mltrace.records.alerts import Observation
    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.known import Known

_NOT_THERE = (ValueNotKeptError, UntrustedValueError, UnreadableDataError, StoreCorruptError)


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
    taken. Cost: 30 ms of CPU for a run with 6,500 rows, and as much for each run compared with.

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
        states = [known.state(subject, point.run.id) for point in points]
        if None not in states:
            return
        first = states.index(None)
        usual = [place for place in range(first) if states[place] in {"ok", "learning"}]
        history = _History(self.window)
        for place in [*usual[-self.window :], *range(first, len(points))]:
            point, state = points[place], states[place]
            if state in {"bad", "unknown"}:
                continue
            try:
                agreements = self._agreements(workspace, point, history)
            except _NOT_THERE as error:
                if state is None:
                    yield self._observed(subject, point, state="unknown", message=str(error))
                continue
            if state is not None:
                history.add(agreements)
            elif agreements:
                judgement = judge_agreement(
                    agreements, history.earlier, min_history=self.min_history
                )
                if judgement.state != "bad":
                    history.add(agreements)
                yield self._observed(
                    subject,
                    point,
                    state=judgement.state,
                    message=judgement.message,
                    value=judgement.value,
                    threshold=judgement.threshold,
                    columns=judgement.columns,
                )

    def _agreements(
        self, workspace: Workspace, point: _Point, history: _History
    ) -> tuple[Agreement, ...]:
        inputs = _tables(point.run.inputs)
        if not inputs:
            return ()
        try:
            output = open_table(workspace, point.ref)
        except ArgumentError:
            return ()
        read = _open_all(workspace, inputs)
        keys = history.keys
        if self.keys is not None:
            given = (self.keys,) if isinstance(self.keys, str) else self.keys
            keys = dict.fromkeys(read, given)
        return measure_agreement(output, read, keys=keys)

    def _observed(self, subject: str, point: _Point, **what: Any) -> Observation:
        run, ref = point
        return self.observation(
            subject,
            run.id,
            at=run.ended_at or run.started_at,
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


class _History:
    """How earlier runs agreed, and by which keys: those that the first one was matched by."""

    def __init__(self, window: int) -> None:
        self.earlier: deque[tuple[Agreement, ...]] = deque(maxlen=window)
        self.keys: dict[str, tuple[str, ...]] = {}

    def add(self, agreements: tuple[Agreement, ...]) -> None:
        self.earlier.append(agreements)
        for one in agreements:
            self.keys.setdefault(one.table, one.keys)


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
            opened[name] = open_table(workspace, ref)
        except ArgumentError:
            continue
        except _NOT_THERE as error:
            reason = reason or error
    if reason is not None and not opened:
        raise reason
    return opened
