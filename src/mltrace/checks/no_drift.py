"""No drift: a table that must be as its stored history is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.arguments import as_rate
from mltrace.checks.check import Check, NotApplicable
from mltrace.checks.columns import Findings
from mltrace.checks.measures import tables_among
from mltrace.checks.registered import library
from mltrace.errors import ArgumentError, MltraceError
from mltrace.importing import late
from mltrace.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.checks.measures import Table
    from mltrace.profiles.tables import Profile
    from mltrace.records import Severity
    from mltrace.records.drift import DriftResult

histories: Final[Registry[Callable[[str, Profile, float], DriftResult | None]]] = Registry(
    "drift_history", ("mltrace.workspace.references",), noun="source of histories"
)
"""What judges the profile of a table, named in the way of `DriftMonitor`, by its history."""
_MOST_NAMES: Final = 5


@library.register("NoDrift")
class NoDrift(Check):
    """Fails if a data frame drifted from the stored partitions of a table.

    Parameters
    ----------
    table : str
        The table whose partitions to compare with, as `DriftMonitor` takes it: an artifact, a
        component that writes one table, `component:name`, or the end of a path with `*`.
    false_alarm_rate : float, default 0.01
        How often it may fail although nothing drifted.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If the name is empty, or the rate none.

    Notes
    -----
    Its value is the score. It is skipped where there are too few partitions to compare with. What
    was not judged yet of the table is judged first, as `mltrace.evaluate_drift` does, so that what
    drifted is not compared with. The partition itself is judged once its run is logged, also if the
    check blocks that: then it is blocked as well, whatever it is like. Cost: a profile of the
    frame, and a millisecond to read each of those that are compared with.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"delay": [1.0, 2.0]})
    >>> run_checks([NoDrift("clean")], "after", {"result": frame})[0].message
    "no history of 'clean': No output or run 'clean'. See `mltrace recent`."
    """

    def __init__(
        self,
        table: str,
        *,
        false_alarm_rate: float = 0.01,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        if not isinstance(table, str) or not table.strip():
            raise ArgumentError(f"NoDrift(table={table!r}): give the name of a table.")
        self.table = table
        self.false_alarm_rate = as_rate("NoDrift", false_alarm_rate)

    def test_no_drift(self, **variables: Any) -> float:
        """Measure how far it is from its history."""
        findings = Findings()
        for table in tables_among(variables, self.on):
            result = self._judged(table)
            findings.add(result.score, _said(table, result) if result.is_drift else None)
        return findings.worst()

    def _judged(self, table: Table) -> DriftResult:
        with late():
            from mltrace.profiles.reading import profile_data

            profile = table.once("profile", lambda: profile_data(table.frame.to_native()))
        for judge in histories:
            try:
                found = judge(self.table, profile, self.false_alarm_rate)
            except MltraceError as error:
                raise NotApplicable(f"no history of {self.table!r}: {error}") from error
            if found is not None:
                return found
        raise NotApplicable(f"too few partitions of {self.table!r} to compare with")


def _said(table: Table, result: DriftResult) -> str:
    """Say what drifted; not how, for that may tell values."""
    names = [one.name for one in result.columns.values() if one.is_drift]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    columns = f" in {', '.join(map(repr, names[:_MOST_NAMES]))}{more}" if names else ""
    limit = "" if result.threshold is None else f", limit {result.threshold:.3g}"
    return (
        f"{table.name}: drift{columns}: score {result.score:.3g}{limit}, against "
        f"{result.num_history} partitions"
    )
