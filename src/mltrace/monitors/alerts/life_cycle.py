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
"""Within so many points after it was resolved, an alert is opened again, and no other one is: if
the same column is at fault, or none is named."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How many bad points in a row open an alert, and how many good ones resolve it."""

    open_after: int = 1
    resolve_after: int = 1


@dataclass(frozen=True, slots=True)
class Standing:
    """The alert of a subject that matters: the open one, else the latest.

    Attributes
    ----------
    id : str
    began : int
        Of which time its first bad point is, in nanoseconds.
    is_resolved : bool
    resolved_point : str
        The point by which the monitor resolved it the last time; empty if it never did.
    decided_at : int or None
        When a person resolved it or opened it again, if that was the last of such changes. What
        was measured until then is settled, and what a person resolved is not opened again.
    num_changes : int
        How often the monitor resolved it or opened it again.
    changed_at : int
        When it was changed the last time, in nanoseconds.
    columns : tuple of str
        The columns at fault when it was opened, the most suspect first.
    others : tuple of str
        More open alerts of the subject, which two evaluations opened at once.
    """

    id: str
    began: int
    is_resolved: bool = False
    resolved_point: str = ""
    decided_at: int | None = None
    num_changes: int = 0
    changed_at: int = 0
    columns: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


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
        Those of the subject that matter, in the order of time, each as it stands now: all of them,
        or where `is_in_order`, from `num_before` points before the first new one on.
    news : collection of str
        Which of them, by `point`, are new, or stand in another way than before.
    standing : Standing, optional
        The alert of the subject; None if there never was one.
    num_bad_before : int, default 0
        How many bad points of that alert are older than the `points`.

    Returns
    -------
    list of Change
        In order. Whoever follows the same points from the same standing gets the same changes.

    Notes
    -----
    What is bad is worked out anew from the points in the order of time, whenever they came: a spell
    begins with `open_after` bad points in a row and ends with `resolve_after` good ones. So a late
    bad point may open an alert that good points after it resolve at once. Points that are learning
    or unknown count for nothing.
    """
    counted = [one for one in points if one.state in ("ok", "bad")]
    if standing is not None and standing.decided_at is not None:
        settled = standing.decided_at
        counted = [
            one for one in counted if one.point in news or to_nanoseconds(one.observed_at) > settled
        ]
    if not counted:
        return []
    subject = _Subject(counted, news, standing)
    start, was_open = 0, subject.is_open and subject.is_decided
    new = [one for one in points if one.point in news]
    if is_in_order(new, [one for one in points if one.point not in news], standing):
        start, was_open = sum(one.point not in news for one in counted), subject.is_open
    spells = _spells(rule, counted, start=start, is_open=was_open)
    own, later, earlier = subject.sort(spells)
    latest = next((one for one in reversed(counted) if one.point in news), counted[-1])
    if own:
        subject.go_on(own[-1])
    elif subject.is_open:
        subject.resolve(latest)
    for spell in filter(subject.is_news, later):
        subject.begin(spell)
    if subject.is_open and not (num_bad_before or subject.has_bad_points()):
        subject.resolve(latest)
    for other in standing.others if standing is not None else ():
        subject.changes.append(Change(other, "resolved:twin", "resolved", latest))
    late = _Subject(counted, news, None)
    for spell in filter(subject.is_news, earlier):
        late.begin(spell)
    return [*late.changes, *subject.changes]


def is_in_order(
    news: Sequence[Observation], old: Sequence[Observation], standing: Standing | None
) -> bool:
    """Tell whether news, the oldest first, only go on with what was measured before."""
    first = nanoseconds(news[0])
    if any(nanoseconds(one) >= first for one in old):
        return False
    return standing is None or not (
        standing.began >= first or any(one.point == standing.resolved_point for one in news)
    )


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


def nanoseconds(one: Observation) -> int:
    """Tell of which time an observation is."""
    return to_nanoseconds(one.at)


class _Spell(NamedTuple):
    """A time in which a subject was bad, by places in the row of its points.

    `first` is its first bad point, `opened` that with which there were enough of them; both are -1
    where it began before all points. `closed` is the point that ended it; None if it goes on.
    """

    first: int
    opened: int
    closed: int | None


def _spells(
    rule: Rule, points: Sequence[Observation], *, start: int, is_open: bool
) -> list[_Spell]:
    """Find the times in which a subject was bad, from a place on where it is known if it was."""
    spells: list[_Spell] = []
    first = opened = -1
    num_bad = num_good = 0
    for place, one in enumerate(points):
        num_bad, num_good = (num_bad + 1, 0) if one.state == "bad" else (0, num_good + 1)
        if place < start:
            continue
        if not is_open and num_bad >= rule.open_after:
            is_open, first, opened = True, place - num_bad + 1, place
        elif is_open and num_good >= rule.resolve_after:
            is_open = False
            spells.append(_Spell(first, opened, place))
    return [*spells, _Spell(first, opened, None)] if is_open else spells


class _Subject:
    """The alert of a subject, and what changes of it on the way along its spells."""

    def __init__(
        self, points: Sequence[Observation], news: Collection[str], standing: Standing | None
    ) -> None:
        self.changes: list[Change] = []
        self.is_open = standing is not None and not standing.is_resolved
        self._points, self._news, self._standing = points, news, standing
        self._places = {one.point: place for place, one in enumerate(points)}
        self._id = "" if standing is None else standing.id
        self._num_changes = 0 if standing is None else standing.num_changes
        self._began = 0 if standing is None else standing.began
        self._columns = () if standing is None else standing.columns
        self.is_decided = standing is not None and standing.decided_at is not None
        self._resolved: int | None = None
        self._is_touched = False
        if standing is not None and standing.is_resolved and not self.is_decided:
            self._resolved = self._places.get(standing.resolved_point)

    def sort(self, spells: Sequence[_Spell]) -> tuple[list[_Spell], list[_Spell], list[_Spell]]:
        """Sort spells into those that the alert is of, those after it, and those before it."""
        began, end = self._extent()
        own: list[_Spell] = []
        later: list[_Spell] = []
        earlier: list[_Spell] = []
        for spell in spells:
            if spell.first > end:
                later.append(spell)
            elif spell.closed is not None and spell.closed < began:
                earlier.append(spell)
            else:
                own.append(spell)
        return own, later, earlier

    def _extent(self) -> tuple[int, int]:
        """Tell from which to which place the alert was known to reach; before all if to none."""
        standing = self._standing
        places = range(len(self._points))
        if standing is None or (self.is_decided and standing.is_resolved):
            return -1, -1
        began = next(
            (one for one in places if nanoseconds(self._points[one]) >= standing.began),
            len(places) - 1,
        )
        if standing.is_resolved:
            return began, -2 if self._resolved is None else self._resolved
        known = (one for one in reversed(places) if self._points[one].point not in self._news)
        return began, max(began, next(known, -1))

    def is_news(self, spell: _Spell) -> bool:
        """Tell whether a spell has a new bad point."""
        end = len(self._points) if spell.closed is None else spell.closed
        return any(
            one.state == "bad" and one.point in self._news
            for one in self._points[max(spell.first, 0) : end]
        )

    def has_bad_points(self) -> bool:
        """Tell whether any point of the alert is bad, or a person says so."""
        return (self.is_decided and not self._is_touched) or any(
            one.state == "bad" and nanoseconds(one) >= self._began for one in self._points
        )

    def go_on(self, spell: _Spell) -> None:
        """Go on with the alert through the spell that it is of."""
        if spell.closed is not None:
            if self.is_open:
                self.resolve(self._points[spell.closed])
            self._resolved = spell.closed
        elif not self.is_open:
            new = (one for one in reversed(self._points) if one.point in self._news)
            self._change("reopened", next(new, self._points[-1]))

    def begin(self, spell: _Spell) -> None:
        """Open another alert, or the same again if it was resolved just before."""
        place = spell.opened
        is_soon = self._resolved is not None and 0 <= place - self._resolved <= REOPEN_WITHIN
        if is_soon and self._columns[:1] == self._points[spell.first].columns[:1]:
            self._change("reopened", self._points[place])
        else:
            first, one = self._points[spell.first], self._points[place]
            self._id = alert_id(one.monitor, one.subject, one.point)
            self._began, self._num_changes, self.is_open = nanoseconds(first), 0, True
            self._columns = first.columns
            self._is_touched = True
            self.changes.append(Change(self._id, "opened", "opened", first))
        if spell.closed is not None:
            self.resolve(self._points[spell.closed])

    def resolve(self, one: Observation) -> None:
        """Resolve the alert."""
        self._change("resolved", one)
        self._resolved = self._places[one.point]

    def _change(self, what: Literal["reopened", "resolved"], one: Observation) -> None:
        uid = f"{what}:{self._num_changes}:{one.point}"
        self.changes.append(Change(self._id, uid, what, one))
        self._num_changes += 1
        self.is_open = what == "reopened"
        self._is_touched = True
