"""No open alerts: what a run reads must not come from what is known to be wrong."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.check import Check, NotApplicable, Unmet
from mltrace.checks.registered import library
from mltrace.errors import ArgumentError, MltraceError
from mltrace.importing import late
from mltrace.records.alerts import SEVERITIES
from mltrace.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from mltrace.records import Severity
    from mltrace.records.alerts import AlertSeverity

watchers: Final[Registry[Callable[[Collection[str], AlertSeverity], Sequence[str]]]] = Registry(
    "open_alerts", ("mltrace.workspace.references",), noun="source of alerts"
)
"""What names the open alerts, of a severity or a higher one, upstream of contents by digest."""
_TIMEOUT_SECONDS: Final = 10.0
_MOST_NAMED: Final = 3


@library.register("NoOpenAlerts")
class NoOpenAlerts(Check):
    """Fails if an alert is open on anything that the inputs of a run were made from.

    Parameters
    ----------
    at_least : {'info', 'warning', 'critical'}, default 'critical'
        Alerts of this severity or a higher one count.
    severity, on, timeout
        As in `Check`; by default it gives up after 10 seconds, and does not block then.

    Raises
    ------
    ArgumentError
        If there is no such severity.

    Notes
    -----
    For `before=[…]` of a component: with `severity="block"` the run is not begun. Alerts that a
    person acknowledged or snoozed do not count. Its value is the number of open alerts. Cost: the
    digests of the inputs, and one walk along lineage.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"delay": [1.0, 2.0]})
    >>> run_checks([NoOpenAlerts()], "before", {"flights": frame})[0].status
    'passed'
    """

    def __init__(
        self,
        at_least: AlertSeverity = "critical",
        *,
        severity: Severity | None = None,
        on: str | None = None,
        timeout: float | None = _TIMEOUT_SECONDS,
    ) -> None:
        super().__init__(severity=severity, on=on, timeout=timeout)
        if at_least not in SEVERITIES:
            raise ArgumentError(
                f"NoOpenAlerts({at_least!r}): accepted: {', '.join(SEVERITIES)}. That a failure "
                "blocks is said by severity='block'."
            )
        self.at_least = at_least

    def test_no_open_alerts(self, **variables: Any) -> float:
        """Count the open alerts upstream."""
        chosen = variables if self.on is None else {self.on: variables.get(self.on)}
        digests = {digest for one in chosen.values() if (digest := _digest(one))}
        if not digests:
            raise NotApplicable("no input is an artifact")
        found: list[str] = []
        for watch in watchers:
            try:
                found += watch(digests, self.at_least)
            except MltraceError as error:
                raise NotApplicable(f"the alerts cannot be read: {error}") from error
        if found:
            more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
            raise Unmet(f"open upstream: {'; '.join(found[:_MOST_NAMED])}{more}", len(found))
        return 0.0


def _digest(value: Any) -> str | None:
    """Tell the digest of what a run reads; None if it is no artifact."""
    with late():
        from mltrace.values.kinds import recognise

    if isinstance(value, str) and os.path.isfile(value):
        value = Path(value)
    kind = recognise(value)
    return None if kind is None else kind.describe(value, 0).digest
