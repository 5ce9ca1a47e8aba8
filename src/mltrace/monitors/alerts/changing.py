"""What people do with alerts: which changes can be made, as facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mltrace.errors import ArgumentError
from mltrace.monitors.alerts.stored import BY_PERSON
from mltrace.store.alert_facts import AlertFact
from mltrace.times import to_nanoseconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records.alerts import Alert, AlertState, AlertVerdict, ChangeKind

Action = Literal["acknowledged", "snoozed", "resolved", "reopened"]
VERDICTS: Final[tuple[AlertVerdict, ...]] = ("real", "false alarm")
_FROM: Final[dict[Action, tuple[AlertState, ...]]] = {
    "acknowledged": ("open", "snoozed"),
    "snoozed": ("open", "acknowledged", "snoozed"),
    "resolved": ("open", "acknowledged", "snoozed"),
    "reopened": ("acknowledged", "snoozed", "resolved"),
}
_VERBS: Final[dict[Action, str]] = {
    "acknowledged": "acknowledge",
    "snoozed": "snooze",
    "resolved": "resolve",
    "reopened": "reopen",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants of alerts, and why.

    Attributes
    ----------
    action : {'acknowledged', 'snoozed', 'resolved', 'reopened'}
    by, reason : str
    at : int
        When, in nanoseconds.
    until : int or None
        When a snooze ends.
    verdict : {'real', 'false alarm'} or None
    """

    action: Action
    by: str
    reason: str
    at: int
    until: int | None = None
    verdict: AlertVerdict | None = None


def check_wish(wish: Wish) -> Wish:
    """Return a wish, if it can be.

    Raises
    ------
    ArgumentError
        If a snooze would end before it begins, or there is no such verdict.
    """
    if wish.until is not None and wish.until <= wish.at:
        raise ArgumentError("A snooze must end later than now; give an age such as '2h'.")
    if wish.verdict is not None and wish.verdict not in VERDICTS:
        raise ArgumentError(f"verdict={wish.verdict!r}: accepted: {', '.join(VERDICTS)}.")
    return wish


def wish_facts(alerts: Sequence[Alert], wish: Wish) -> list[AlertFact]:
    """Make the facts of a wish, of those alerts of which it can be.

    Raises
    ------
    ArgumentError
        If it can be of none of them.

    Notes
    -----
    What is resolved can still be given a verdict. A change counts as later than those before it,
    whatever the clock says.
    """
    facts = [_fact(alert, wish, what) for alert in alerts if (what := _change(alert, wish))]
    if not facts:
        states = ", ".join(dict.fromkeys(one.state for one in alerts))
        which = f"The alert {alerts[0].id} is" if len(alerts) == 1 else "All these alerts are"
        accepted = " or ".join(_FROM[wish.action])
        raise ArgumentError(
            f"{which} {states}; only what is {accepted} can be {wish.action}. "
            f"See `mltrace alerts show {alerts[0].id}`."
            if alerts
            else f"There is no alert to {_VERBS[wish.action]}."
        )
    return facts


def _change(alert: Alert, wish: Wish) -> ChangeKind | None:
    """Tell what a wish changes of an alert; None if it cannot be."""
    if alert.state in _FROM[wish.action]:
        is_woken = wish.action == "reopened" and alert.state != "resolved"
        return "woken" if is_woken else wish.action
    return "noted" if wish.verdict is not None and wish.verdict != alert.verdict else None


def _fact(alert: Alert, wish: Wish, what: ChangeKind) -> AlertFact:
    latest = max((to_nanoseconds(one.at) for one in alert.changes), default=0)
    at = max(wish.at, latest + 1_000)  # records tell times in microseconds
    return AlertFact(
        alert=alert.id,
        uid=f"{BY_PERSON}{what}:{at}:{wish.by}",
        at=at,
        what=what,
        by=wish.by,
        reason=wish.reason,
        until=wish.until,
        verdict=wish.verdict,
    )
