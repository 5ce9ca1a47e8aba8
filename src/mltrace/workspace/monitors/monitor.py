"""What a monitor is: it measures subjects at points, and says which are not as they should be."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime  # noqa: TC003 (a subclass may ask for the annotations)
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypedDict

from mltrace.errors import ArgumentError, unknown_option
from mltrace.escaping import encodable
from mltrace.records.alerts import SEVERITIES, Observation
from mltrace.times import now_ns, parse_age, to_datetime

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable
    from typing import Unpack

    from mltrace.records import RecordList
    from mltrace.records.alerts import AlertSeverity, ObservationState
    from mltrace.store.alert_facts import MonitorFact
    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.known import Known


class SharedOptions(TypedDict, total=False):
    """What can be said of every monitor but its name; `Monitor` tells what each means."""

    severity: AlertSeverity
    owner: str | None
    every: str | None
    at_run_end: bool
    open_after: int
    resolve_after: int
    store: str | os.PathLike[str] | None


class MonitorOptions(SharedOptions, total=False):
    """What can be said of every monitor."""

    name: str | None


class Monitor:
    """Something measured again and again that must be as it should be.

    Parameters
    ----------
    name : str, optional
        What it is called, which no other monitor of the store may be; by default its kind and what
        it looks at, as in `freshness:clean`.
    severity : {'info', 'warning', 'critical'}, default 'warning'
        How bad it is if something is not as it should be.
    owner : str, optional
        Who is to be told; by default the owner of the component at fault.
    every : str, optional
        How often `mltrace monitor watch` evaluates it, as in '15m'; by default every minute.
    at_run_end : bool, default False
        Whether it is evaluated, too, after runs end, in a process of its own.
    open_after : int, default 1
        How many bad points in a row open an alert.
    resolve_after : int, default 1
        How many good points in a row resolve one.
    store : str or path, optional
        The store; by default the one in force.

    Raises
    ------
    ArgumentError
        If an argument has a value that cannot be.
    OptionError
        If there is no such option.

    Notes
    -----
    Making one reads nothing. A subclass says in `measure` what it measures; `kind` names it in
    `mltrace.toml` if it is registered there.

    Examples
    --------
    >>> import mltrace as mt
    >>> class FewNotes(mt.Monitor):
    ...     def measure(self, workspace, known):
    ...         for run in workspace.recent(limit=100):
    ...             if not known.has(run.component, run.id):
    ...                 yield self.observation(
    ...                     run.component, run.id, at=run.started_at, run_id=run.id,
    ...                     state="ok" if len(run.notes) < 3 else "bad", value=len(run.notes),
    ...                 )
    >>> len(FewNotes(severity="info").evaluate())
    0
    """

    kind: ClassVar[str] = ""
    runs_code: ClassVar[bool] = False
    """Whether its arguments name code that is run, which a store must not say."""
    about: str = ""
    """What it looks at, in a word or two, for its name."""

    def __init__(self, **options: Unpack[MonitorOptions]) -> None:
        for key in options:
            if key not in OPTIONS:
                raise unknown_option(f"argument of {type(self).__name__}", key, OPTIONS)
        self.given_name: Final = options.get("name")
        self.severity: Final = options.get("severity", "warning")
        self.owner: Final = options.get("owner")
        self.every: Final = options.get("every")
        self.at_run_end = options.get("at_run_end", False)
        self.open_after: Final = options.get("open_after", 1)
        self.resolve_after: Final = options.get("resolve_after", 1)
        self.store: Final = options.get("store")
        self._check()

    @property
    def key(self) -> str:
        """The name that no other monitor of the store has."""
        kind = self.kind or type(self).__name__
        return encodable(self.given_name or (f"{kind}:{self.about}" if self.about else kind))

    def measure(self, workspace: Workspace, known: Known) -> Iterable[Observation]:
        """Measure what is new.

        Parameters
        ----------
        workspace : Workspace
            The open store.
        known : Known
            Which points were measured before, and how they stood.

        Returns
        -------
        iterable of Observation
            Of each subject in the order of time. A point that is known may be told again if it
            stands in another way now; told in the same way it is left out.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no method measure(workspace, known) that says what it "
            "measures."
        )

    def remeasure(self, workspace: Workspace) -> Iterable[Observation]:
        """Measure everything again as if nothing were known, and store nothing.

        That is what `mltrace.backtest` replays. A kind says it here where `measure` would not do:
        because it stores what it finds, or goes by the clock.

        Parameters
        ----------
        workspace : Workspace
            The open store.

        Returns
        -------
        iterable of Observation
            Of each subject in the order of time, each judged only by what was known before it.

        Raises
        ------
        NotEvaluatedError
            If the store does not hold what that takes.
        """
        from mltrace.workspace.monitors.known import Known

        return self.measure(workspace, Known())

    def evaluate(self) -> RecordList[Any]:
        """Measure what is new, and open and resolve alerts by it.

        Returns
        -------
        RecordList of Observation
            What was measured now, the newest first; of drift, `DriftJudgement`s.

        Notes
        -----
        It does not matter how often it is called, nor by how many processes: each point counts
        once. A monitor of a built-in kind is remembered by the store, and `mltrace monitor run`
        goes on with it.
        """
        from mltrace.workspace import Workspace

        with closing(Workspace(self.store)) as workspace:
            return workspace.evaluate_monitors(self).measured()

    def bind(self) -> MonitorFact:
        """Be evaluated after runs end, from now on; return what declares it in a store.

        Raises
        ------
        NotEvaluatedError
            If only Python can describe it.
        """
        from mltrace.store.alert_facts import MonitorFact
        from mltrace.workspace.monitors.specs import write_monitor

        self.at_run_end = True
        table = write_monitor(self)
        settings = json.dumps(table, separators=(",", ":"), ensure_ascii=False)
        return MonitorFact(name=self.key, at=now_ns(), kind=self.kind, settings=settings)

    def observation(
        self, subject: str, point: str, *, at: datetime, state: ObservationState, **what: Any
    ) -> Observation:
        """Make an observation of this monitor, measured now; `what` are its other fields."""
        for name in ("value", "threshold"):
            if what.get(name) is not None:
                what[name] = float(what[name])
        return Observation(
            monitor=self.key,
            subject=subject,
            point=point,
            at=at,
            state=state,
            observed_at=to_datetime(now_ns()),
            **what,
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.key!r}>"

    def _check(self) -> None:
        of = type(self).__name__
        if self.severity not in SEVERITIES:
            raise ArgumentError(
                f"{of}(severity={self.severity!r}): accepted: {', '.join(SEVERITIES)}."
            )
        for option in ("open_after", "resolve_after"):
            number = getattr(self, option)
            if not isinstance(number, int) or number < 1:
                raise ArgumentError(f"{of}({option}={number!r}): give a number from 1.")
        if self.every is not None and parse_age(self.every) <= 0:
            raise ArgumentError(f"{of}(every={self.every!r}): give an age such as '15m'.")
        for option, text in (("name", self.given_name), ("owner", self.owner)):
            if text is not None and not (isinstance(text, str) and text.strip()):
                raise ArgumentError(f"{of}({option}={text!r}): give a name.")


OPTIONS: Final = (*SharedOptions.__annotations__, *MonitorOptions.__annotations__)
