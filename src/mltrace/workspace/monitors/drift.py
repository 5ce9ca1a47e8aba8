"""Drift of tables."""

from __future__ import annotations

import copy
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from mltrace.errors import ArgumentError
from mltrace.monitors.drift.partitions.settings import (
    DEFAULT_DETECTOR,
    DEFAULT_MIN_HISTORY,
    DEFAULT_NAME,
    DriftSettings,
    check_settings,
)
from mltrace.workspace import Workspace
from mltrace.workspace.monitors.monitor import Monitor, SharedOptions
from mltrace.workspace.monitors.registered import kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Unpack

    from mltrace.monitors.drift.partitions.judging import Detector
    from mltrace.records import RecordList
    from mltrace.records.alerts import Observation, ObservationState
    from mltrace.records.drift_history import DriftJudgement, DriftState
    from mltrace.workspace.monitors.known import Known
    from mltrace.workspace.opened import Output


@kinds.register("drift")
class DriftMonitor(Monitor):
    """Watches whether the partitions of a table drift from those before them.

    Parameters
    ----------
    artifact : str, path or ArtifactRef
        The table: an artifact, of which each version is a partition; the end of a path with `*`,
        for files of several names; a component that writes one table, or `component:name` for one
        that it writes or reads.
    name : str, default 'drift'
        What tells several monitors of one table apart.
    window : int, default 60
        With how many partitions before it one is compared, at most.
    min_history : int, optional
        With how many at least, by default 8 or the window. Of the first ones it is told how they
        differ, but they are learnt from in any case: of so few it is not known how much partitions
        differ by nature.
    columns : str or iterable of str, optional
        The columns that are looked at; by default all.
    false_alarm_rate : float, default 0.01
        How often a partition without drift may be taken for one with it.
    slow_drift : bool, default True
        Whether to look, too, for columns that creep away slowly, as `SlowDrift` does. That blocks
        nothing; a judgement tells of it in `alarms`.
    detector : str or object, optional
        The method that judges, by its name, or an object with `fit(history)` and
        `score(partition, name=)` as `DriftDetector` has them.
    **options
        As of every `Monitor`.

    Raises
    ------
    ArgumentError
        If an argument has a value that cannot be.

    Notes
    -----
    Making one reads nothing. What it judged is stored under its name and table, so that several
    processes may evaluate it, and `mltrace drift run` goes on with it, as it was set the last time.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> @mt.component
    ... def fares(day): return pd.DataFrame({"fare": [10.0 + day % 3 + row for row in range(100)]})
    >>> for day in range(9):
    ...     _ = fares(day)
    >>> monitor = mt.DriftMonitor("fares", window=30)
    >>> len(monitor.evaluate()), len(monitor.evaluate())
    (3, 0)

    The nine days have three different contents; each is judged once.
    """

    kind = "drift"

    def __init__(
        self,
        artifact: Output,
        *,
        name: str = DEFAULT_NAME,
        window: int = 60,
        min_history: int | None = None,
        columns: str | Iterable[str] | None = None,
        false_alarm_rate: float = 0.01,
        slow_drift: bool = True,
        detector: str | Detector | None = None,
        **options: Unpack[SharedOptions],
    ) -> None:
        super().__init__(name=None if name == DEFAULT_NAME else name, **options)
        self.artifact = artifact
        self.window, self.false_alarm_rate = window, false_alarm_rate
        self.min_history, self.slow_drift, self.detector = min_history, slow_drift, detector
        self.columns = (columns,) if isinstance(columns, str) else _tuple(columns)
        self._detector = None if detector is None or isinstance(detector, str) else detector
        if self._detector is not None and not _is_detector(self._detector):
            raise ArgumentError(
                f"DriftMonitor(detector={type(detector).__name__}): give the name of a method, or "
                "an object with fit(history) and score(partition, name=)."
            )
        self._settings = check_settings(
            DriftSettings(
                table=str(artifact),
                name=name,
                window=window,
                min_history=(
                    min(DEFAULT_MIN_HISTORY, window) if min_history is None else min_history
                ),
                columns=self.columns,
                false_alarm_rate=false_alarm_rate,
                slow_drift=slow_drift,
                detector=_name_of(detector),
            )
        )

    @property
    def name(self) -> str:
        """What tells it from other monitors of its table."""
        return self._settings.name

    @property
    def key(self) -> str:
        """The name that no other monitor of the store has: its own, and the table's."""
        return f"{self.name}:{self._settings.table}"

    def measure(self, workspace: Workspace, known: Known) -> Iterator[Observation]:  # noqa: ARG002
        """Judge what is not judged yet, and tell of each partition how it was judged.

        A column that creeps is a subject of its own, which no later partition makes good.
        """
        workspace.evaluate_drift(self.artifact, **self._how())
        judged = workspace.drift_history(self.artifact, None, monitor=self.name)
        return self._tell(workspace, reversed(judged))

    def remeasure(self, workspace: Workspace) -> Iterator[Observation]:
        """Judge every partition again by those before it, as they are judged again.

        A partition that was accepted counts as drift, and later ones are compared with it. It is
        measured by its p-value, of which `false_alarm_rate` is the threshold, where the method
        tells one.
        """
        judged = workspace.rejudge_drift(self.artifact, **self._how())
        compared = [one for one in judged if one.state != "learning"]
        rate = self.false_alarm_rate
        if all(one.p_value is not None for one in compared):
            judged = [structs.replace(one, score=one.p_value, threshold=rate) for one in judged]
        return self._tell(workspace, judged)

    def _tell(
        self, workspace: Workspace, judged: Iterable[DriftJudgement]
    ) -> Iterator[Observation]:
        components = {one.digest: one.component for one in workspace.partitions(self.artifact)}
        for one in judged:
            where: dict[str, Any] = {
                "at": one.at,
                "component": components.get(one.digest),
                "artifact": one.partition,
                "digest": one.digest,
                "run_id": one.run_id,
            }
            point = f"{one.partition}@{one.digest[:12]}"
            yield self.observation(
                one.table,
                point,
                state=_STATES[one.state],
                value=one.score,
                threshold=one.threshold,
                message=_message(one),
                columns=_columns_at_fault(one),
                **where,
            )
            for alarm in one.alarms:
                column = alarm.partition(":")[0]
                yield self.observation(
                    f"{one.table}: {column} creeps",
                    point,
                    state="bad",
                    message=alarm,
                    columns=(column,),
                    **where,
                )

    def evaluate(self) -> RecordList[DriftJudgement]:
        """Judge the partitions that are not judged yet, each against those before it.

        Returns
        -------
        RecordList of DriftJudgement
            Of what was judged now, the latest partition first; `notes` say what could not be.

        Raises
        ------
        UnknownNameError
            If there is no such table.

        Notes
        -----
        In the order of time, so that it does not matter how often it is called. A partition that
        drifts is *blocked*: those after it are not compared with it, unless `accept_drift` accepts
        it. Judgements are stored one by one, and each once, whoever evaluates at the same time.
        """
        with closing(Workspace(self.store)) as workspace:
            return workspace.evaluate_drift(self.artifact, **self._how())

    def replay(
        self, partition: Output | None = None, *, later: bool = False, everything: bool = False
    ) -> RecordList[DriftJudgement]:
        """Judge blocked partitions again; see `mltrace.replay_drift`."""
        with closing(Workspace(self.store)) as workspace:
            return workspace.replay_drift(
                self.artifact, partition, later=later, everything=everything, **self._how()
            )

    def history(self, limit: int | None = 50) -> RecordList[DriftJudgement]:
        """List how it judged partitions, the latest partition first."""
        with closing(Workspace(self.store)) as workspace:
            return workspace.drift_history(self.artifact, limit, monitor=self.name)

    def __repr__(self) -> str:
        told = structs.asdict(self._settings)
        del told["table"]
        options = ", ".join(f"{key}={value!r}" for key, value in told.items() if value is not None)
        return f"DriftMonitor({str(self.artifact)!r}, {options})"

    def _how(self) -> dict[str, Any]:
        make = None if self._detector is None else partial(copy.deepcopy, self._detector)
        return {"like": self._settings, "make_detector": make}


_MOST_OTHERS: Final = 3
"""So many columns are named beside the most suspect one."""
_STATES: Final[Mapping[DriftState, ObservationState]] = {
    "ok": "ok",
    "accepted": "ok",
    "blocked": "bad",
    "learning": "learning",
}


def _message(judged: DriftJudgement) -> str:
    if judged.state == "accepted":
        by = f" by {judged.accepted_by}" if judged.accepted_by else ""
        return f"accepted{by}" + (f": {judged.accepted_reason}" if judged.accepted_reason else "")
    named = _columns_at_fault(judged)
    if not named or not judged.columns[named[0]].reason:
        return judged.reason
    others = named[1 : 1 + _MOST_OTHERS]
    more = len(named) - 1 - len(others)
    also = ", ".join([*others, *([f"{more} more"] if more else [])])
    reason = f"{named[0]}: {judged.columns[named[0]].reason}"
    return f"{reason}; also {also}" if also else reason


def _columns_at_fault(judged: DriftJudgement) -> tuple[str, ...]:
    """List the columns that drifted, in the order in which they are suspected."""
    if judged.state != "blocked":
        return ()
    return tuple(name for name, one in judged.columns.items() if one.is_drift)


def _is_detector(given: object) -> bool:
    return all(callable(getattr(given, name, None)) for name in ("fit", "score"))


def _name_of(detector: object) -> str:
    if detector is None:
        return DEFAULT_DETECTOR
    return detector if isinstance(detector, str) else type(detector).__name__


def _tuple(names: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)
