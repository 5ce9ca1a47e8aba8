"""How observations open, reopen and resolve the alerts of one subject: pure, with hysteresis.

::

            open_after bad points            a person
    (none) ───────────────────────► open ◄──────────────► acknowledged, snoozed
                                     │ ▲                        │
             resolve_after good ones │ │ bad again within       │ resolve_after good ones, or all
             or a person             ▼ │ reopen_within points   ▼ bad ones turned out to be good
                                    resolved ◄──────────────────┘
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from mltrace.times import to_nanoseconds

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from mltrace.records.alerts import Observation

ID_BYTES: Final = 6
REOPEN_WITHIN: Final = 3
"""Within so many points after it was resolved, an alert is opened again, and no other one is."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How many bad points in a row open an alert, and how many good ones resolve it."""

    open_after: int = 1
    resolve_after: int = 1


@dataclass(frozen=True, slots=True)
class Standing:
    """The latest alert of a subject as it stands.

    Attributes
    ----------
    id : str
    began : int
        Of which time its first bad point is, in nanoseconds.
    is_resolved : bool
    resolved_by_monitor : bool
        Whether it was the monitor that resolved it: what a person resolved is not opened again.
    changes : collection of str
        The uids of its changes.
    """

    id: str
    began: int
    is_resolved: bool = False
    resolved_by_monitor: bool = False
    changes: Collection[str] = ()


class Change(NamedTuple):
    """What is to change of an alert, and the observation that it is because of."""

    alert: str
    uid: str
    what: Literal["opened", "reopened", "resolved"]
    because: Observation


def follow(
    rule: Rule,
    points: Sequence[Observation],
    *,
    news: Collection[str],
    standing: Standing | None = None,
    num_bad_before: int = 0,
) -> list[Change]:
    """Tell how the alerts of a subject change by what is new.

    Parameters
    ----------
    rule : Rule
        How many points it takes.
    points : sequence of Observation
        All that matter of the subject, in the order of time, each as it stands now.
    news : collection of str
        Which of them, by `point`, are new, or stand in another way than before.
    standing : Standing, optional
        The latest alert of the subject; None if there never was one.
    num_bad_before : int, default 0
        How many bad points of that alert are older than the `points`.

    Returns
    -------
    list of Change
        In order. Followed again with the same points they are the same changes, by their uids.

    Notes
    -----
    A point that comes late opens an alert if it is bad, which good points after it resolve at once.
    Points that are learning or unknown count for nothing.
    """
    walk = _Walk(rule, standing, num_bad_before)
    counted = [one for one in points if one.state in ("ok", "bad")]
    old_bad = [
        place for place, one in enumerate(counted) if one.state == "bad" and one.point not in news
    ]
    last_old_bad = old_bad[-1] if old_bad else -1
    for place, one in enumerate(counted):
        walk.count(one)
        if one.point in news:
            walk.turn(one, may_resolve=place > last_old_bad)
    if walk.is_open and counted and (walk.num_good >= rule.resolve_after or not walk.num_bad_since):
        walk.resolve(counted[-1])
    return [one for one in walk.changes if not walk.is_known(one)]


def num_before(rule: Rule) -> int:
    """Tell how many points before the first new one matter."""
    return max(rule.open_after, rule.resolve_after, REOPEN_WITHIN) + 1


def alert_id(monitor: str, subject: str, point: str) -> str:
    """Name the alert that a point opens; the same wherever that is found out.

    Examples
    --------
    >>> alert_id("volume:clean", "clean", "2013-W21")
    'c241d57ec699'
    """
    named = "\0".join((monitor, subject, point)).encode("utf-8", "surrogatepass")
    return blake2b(named, digest_size=ID_BYTES).hexdigest()


class _Walk:
    """A walk along the points of a subject: how many in a row were good or bad, what changed."""

    def __init__(self, rule: Rule, standing: Standing | None, num_bad_before: int) -> None:
        self.changes: list[Change] = []
        self.num_good = 0
        self.num_bad_since = num_bad_before
        self.is_open = standing is not None and not standing.is_resolved
        self._rule = rule
        self._id = "" if standing is None else standing.id
        self._began = 0 if standing is None else standing.began
        self._may_reopen = standing is not None and standing.resolved_by_monitor
        self._old = frozenset(() if standing is None else standing.changes)
        self._old_id = self._id
        self._num_bad = 0
        self._since_resolved = 0
        self._first_bad: Observation | None = None

    def count(self, one: Observation) -> None:
        """Take a point into account."""
        is_bad = one.state == "bad"
        if is_bad and not self._num_bad:
            self._first_bad = one
        self._num_bad = self._num_bad + 1 if is_bad else 0
        self.num_good = 0 if is_bad else self.num_good + 1
        self.num_bad_since += is_bad and nanoseconds(one) >= self._began
        self._since_resolved += 1
        if f"resolved:{one.point}" in self._old:
            self._since_resolved = 0

    def turn(self, one: Observation, *, may_resolve: bool) -> None:
        """Change the alert, if a new point is a reason to."""
        if self.is_open:
            if may_resolve and self.num_good >= self._rule.resolve_after:
                self.resolve(one)
        elif self._num_bad >= self._rule.open_after:
            self._open(one)

    def resolve(self, one: Observation) -> None:
        """Resolve the alert."""
        self.changes.append(Change(self._id, f"resolved:{one.point}", "resolved", one))
        self.is_open, self._may_reopen, self._since_resolved = False, True, 0

    def is_known(self, change: Change) -> bool:
        """Tell whether a change is one that was made before."""
        return change.alert == self._old_id and change.uid in self._old

    def _open(self, one: Observation) -> None:
        if self._may_reopen and self._since_resolved <= REOPEN_WITHIN:
            self.changes.append(Change(self._id, f"reopened:{one.point}", "reopened", one))
        else:
            first = self._first_bad or one
            self._id = alert_id(one.monitor, one.subject, one.point)
            self._began, self.num_bad_since = nanoseconds(first), self._num_bad
            self.changes.append(Change(self._id, "opened", "opened", first))
        self.is_open = True


def nanoseconds(one: Observation) -> int:
    """Tell of which time an observation is."""
    return to_nanoseconds(one.at)
