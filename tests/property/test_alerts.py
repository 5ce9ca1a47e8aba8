"""The life cycle of alerts: any points, in any order and batches, with people in between."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mltrace.monitors.alerts.life_cycle import (
    Change,
    Rule,
    Standing,
    follow,
    is_in_order,
    num_before,
)
from mltrace.records.alerts import Observation
from mltrace.times import to_nanoseconds

START = datetime(2013, 1, 1, tzinfo=UTC)
states = st.sampled_from(["ok", "bad", "bad", "ok", "learning", "unknown"])
rules = st.builds(Rule, st.integers(1, 3), st.integers(1, 3))
histories = st.lists(states, min_size=1, max_size=14)


def point(number: int, state: Any, clock: int = 0) -> Observation:
    return Observation(
        monitor="m",
        subject="s",
        point=f"p{number:02}",
        at=START + timedelta(days=number),
        state=state,
        columns=("temp" if number % 5 < 3 else "wind",) if state == "bad" else (),
        observed_at=START + timedelta(days=1000, seconds=clock),
    )


@dataclass
class Alert:
    began: int
    opened: int
    columns: tuple[str, ...]
    is_resolved: bool = False
    turns: list[tuple[str, str, int, bool]] = field(default_factory=list)


@dataclass
class Store:
    """What the catalog holds of one subject, and what it gives to an evaluation."""

    rule: Rule
    points: dict[str, Observation] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    seen: set[tuple[str, str]] = field(default_factory=set)
    clock: int = 0

    def evaluate(self, news: list[Observation]) -> list[Change]:
        self.clock += 1
        news = [
            point(int(one.point[1:]), one.state, self.clock)
            for one in news
            if one.point not in self.points or self.points[one.point].state != one.state
        ]
        changes = self.look(news)
        self.log(changes)
        self.points |= {one.point: one for one in news}
        return changes

    def look(self, news: list[Observation]) -> list[Change]:
        if not news:
            return []
        old = sorted(self.points.values(), key=lambda one: one.at)
        standing = self.standing()
        news = sorted(news, key=lambda one: one.at)
        around = self.around(old, to_nanoseconds(news[0].at))
        if not is_in_order(news, around, standing):
            around = old
        num_bad = 0
        if standing is not None and around:
            num_bad = sum(
                one.state == "bad" and standing.began <= to_nanoseconds(one.at)
                for one in old
                if one.at < around[0].at
            )
        merged = {one.point: one for one in around} | {one.point: one for one in news}
        return follow(
            self.rule,
            sorted(merged.values(), key=lambda one: one.at),
            news={one.point for one in news},
            standing=standing,
            num_bad_before=num_bad,
        )

    def around(self, old: list[Observation], since: int) -> list[Observation]:
        before = [
            one for one in old if to_nanoseconds(one.at) < since and one.state in ("ok", "bad")
        ]
        after = [one for one in old if to_nanoseconds(one.at) >= since]
        return [*before[-num_before(self.rule) :], *after]

    def log(self, changes: list[Change]) -> None:
        for one in changes:
            if (one.alert, one.uid) in self.seen:
                continue
            self.seen.add((one.alert, one.uid))
            if one.what == "opened":
                self.alerts[one.alert] = Alert(
                    to_nanoseconds(one.because.at), len(self.seen), one.because.columns
                )
            else:
                self.turn(one.alert, one.what, one.because.point, by_person=False)

    def turn(self, alert: str, what: str, at: str = "", *, by_person: bool = True) -> None:
        now = to_nanoseconds(START + timedelta(days=1000, seconds=self.clock))
        self.alerts[alert].turns.append((what, at, now, by_person))
        self.alerts[alert].is_resolved = what == "resolved"

    def standing(self) -> Standing | None:
        if not self.alerts:
            return None
        is_open = self.open_alerts()
        name = is_open[0] if is_open else max(self.alerts, key=self.order)
        alert = self.alerts[name]
        resolved = [at for what, at, _, person in alert.turns if what == "resolved" and not person]
        is_decided = bool(alert.turns) and alert.turns[-1][3]
        return Standing(
            id=name,
            began=alert.began,
            is_resolved=alert.is_resolved,
            resolved_point=resolved[-1] if resolved else "",
            decided_at=alert.turns[-1][2] if is_decided else None,
            num_changes=sum(not person for *_, person in alert.turns),
            columns=alert.columns,
            others=tuple(is_open[1:]),
        )

    def order(self, name: str) -> tuple[int, int]:
        return self.alerts[name].began, self.alerts[name].opened

    def open_alerts(self) -> list[str]:
        return sorted(
            (name for name, one in self.alerts.items() if not one.is_resolved),
            key=lambda name: self.alerts[name].opened,
        )


def is_bad(rule: Rule, points: list[Observation]) -> bool:
    """Whether a subject is in a bad spell after all its points, in the order of time."""
    is_open, bad, good = False, 0, 0
    for one in sorted(points, key=lambda one: one.at):
        if one.state in ("ok", "bad"):
            bad, good = (bad + 1, 0) if one.state == "bad" else (0, good + 1)
            is_open = (is_open and good < rule.resolve_after) or bad >= rule.open_after
    return is_open


def batches(data: st.DataObject, points: list[Observation]) -> list[list[Observation]]:
    cut: list[list[Observation]] = [[]]
    for one in points:
        if data.draw(st.booleans()):
            cut.append([])
        cut[-1].append(one)
    return cut


@given(rules, histories, st.data())
def test_in_any_batches_in_order_the_alerts_are_the_same(
    rule: Rule, history: list[str], data: st.DataObject
) -> None:
    points = [point(number, state) for number, state in enumerate(history)]
    single, batched = Store(rule), Store(rule)
    for one in points:
        single.evaluate([one])
    for batch in batches(data, points):
        batched.evaluate(batch)
    assert {name: one.is_resolved for name, one in batched.alerts.items()} == {
        name: one.is_resolved for name, one in single.alerts.items()
    }
    assert bool(single.open_alerts()) == is_bad(rule, points)


@given(rules, histories, st.data())
def test_in_any_order_of_arrival_an_alert_is_open_if_the_last_spell_is(
    rule: Rule, history: list[str], data: st.DataObject
) -> None:
    points = [point(number, state) for number, state in enumerate(history)]
    store = Store(rule)
    for batch in batches(data, data.draw(st.permutations(points))):
        store.evaluate(batch)
        assert len(store.open_alerts()) <= 1
    assert bool(store.open_alerts()) == is_bad(rule, points)


@given(rules, histories, st.data())
def test_points_that_turn_out_good_resolve_and_those_that_turn_bad_open(
    rule: Rule, history: list[str], data: st.DataObject
) -> None:
    points = [point(number, state) for number, state in enumerate(history)]
    store = Store(rule)
    for batch in batches(data, points):
        store.evaluate(batch)
    for one in data.draw(st.lists(st.sampled_from(points), max_size=6)):
        turned = data.draw(st.sampled_from(["ok", "ok", "bad"]))
        store.evaluate([point(int(one.point[1:]), turned)])
        assert len(store.open_alerts()) <= 1
        if not any(one.state == "bad" for one in store.points.values()):
            assert not store.open_alerts()


@given(rules, histories)
def test_accepted_points_resolve_the_alert_at_once(rule: Rule, history: list[str]) -> None:
    store = Store(rule)
    store.evaluate([point(number, state) for number, state in enumerate(history)])
    store.evaluate([point(int(one[1:]), "ok") for one in list(store.points)])
    assert not store.open_alerts()


@given(rules, histories, st.data())
def test_what_is_repeated_after_a_crash_changes_nothing(
    rule: Rule, history: list[str], data: st.DataObject
) -> None:
    points = [point(number, state) for number, state in enumerate(history)]
    store, sound = Store(rule), Store(rule)
    for batch in batches(data, points):
        sound.evaluate(batch)
        changes = store.look(batch)
        store.log(changes[: data.draw(st.integers(0, len(changes)))])  # and no observation
        store.evaluate(batch)
        assert len(store.open_alerts()) <= 1
        assert bool(store.open_alerts()) == bool(sound.open_alerts())
        assert store.evaluate(batch) == []


@given(rules, histories, st.data())
def test_two_evaluators_leave_one_open_alert_at_most_once_the_next_point_comes(
    rule: Rule, history: list[str], data: st.DataObject
) -> None:
    points = [point(number, state) for number, state in enumerate(history)]
    store = Store(rule)
    num_seen = data.draw(st.integers(0, len(points)))
    changes = store.look(points[:num_seen]), store.look(points)
    for one in changes:
        store.log(one)
    store.points |= {one.point: one for one in points}
    store.evaluate([point(len(points), data.draw(st.sampled_from(["ok", "bad"])))])
    assert len(store.open_alerts()) <= 1


@given(rules, histories, histories)
def test_what_a_person_resolved_is_not_opened_again(
    rule: Rule, before: list[str], after: list[str]
) -> None:
    store = Store(rule)
    store.evaluate([point(number, state) for number, state in enumerate(before)])
    if not (known := store.open_alerts()):
        return
    older = set(store.alerts)
    store.turn(known[0], "resolved")
    later = [point(len(before) + number, state) for number, state in enumerate(after)]
    for one in later:
        store.evaluate([one])
        assert known[0] not in store.open_alerts()
    assert bool(store.open_alerts()) == is_bad(rule, later)
    for name in set(store.alerts) - older:
        assert store.alerts[name].began >= to_nanoseconds(later[0].at)


@given(rules, histories, histories)
def test_what_a_person_opened_again_takes_good_points_to_resolve(
    rule: Rule, before: list[str], after: list[str]
) -> None:
    store = Store(rule)
    store.evaluate([point(number, state) for number, state in enumerate(before)])
    if not store.alerts or store.open_alerts():
        return
    name = next(iter(store.alerts))
    store.turn(name, "reopened")
    num_good = 0
    for number, state in enumerate(after):
        store.evaluate([point(len(before) + number, state)])
        if state in ("ok", "bad"):
            num_good = num_good + 1 if state == "ok" else 0
        if num_good >= rule.resolve_after:
            return
        assert name in store.open_alerts()


@given(rules, histories)
def test_ids_are_the_same_wherever_they_are_found_out(rule: Rule, history: list[str]) -> None:
    points = [point(number, state) for number, state in enumerate(history)]
    one, other = Store(rule), Store(rule)
    assert one.evaluate(points) == other.evaluate(points)
    assert len(one.seen) == len({(alert, uid) for alert, uid in one.seen})
