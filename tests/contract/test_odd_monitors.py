"""Monitors that err, stores that hold what is none, and clocks that disagree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from sqlalchemy import select, update

import mltrace as mt
from mltrace.monitors.alerts import stored
from mltrace.store.alert_facts import MonitorFact, ObservationFact, Where
from mltrace.store.database import schema
from mltrace.times import now_ns
from mltrace.verbs import default_workspace

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterable

    from mltrace.workspace.monitors.known import Known

pytestmark = pytest.mark.usefixtures("store")
DAY = datetime(2024, 1, 1, tzinfo=UTC)


class Told(mt.Monitor):
    """Tells what a test says."""

    def __init__(self, *told: Any, **options: Any) -> None:
        super().__init__(**options)
        self.told = told

    def measure(self, workspace: mt.Workspace, known: Known) -> Iterable[Any]:
        for one in self.told:
            if isinstance(one, dict):
                yield self.observation(
                    **{"subject": "s", "point": "p", "at": DAY, "state": "bad", **one}
                )
            else:
                yield one


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ("bad", r"measure\(\) told a str; accepted: an Observation"),
        ({"state": "broken"}, r"told of 's' at 'p' what cannot be: Invalid enum value 'broken'"),
        ({"point": 5}, r"Expected `str`, got `int` - at `\$\.point`"),
        ({"run_id": "the last one"}, r"run_id='the last one' is no id of a run"),
        ({"at": datetime(2024, 1, 1)}, r"has no zone; give it one"),
        ({"at": datetime(1, 1, 1, tzinfo=UTC)}, r"is out of range; accepted: 1678 to 2262"),
    ],
)
def test_a_monitor_that_tells_what_cannot_be_is_a_fault_and_no_other_suffers(
    told: Any, fault: str
) -> None:
    found = mt.evaluate_monitors(Told(told, name="odd"), Told({}, name="sound"))
    assert [one.monitor for one in found.faults] == ["odd"]
    with pytest.raises(AssertionError, match=fault):
        raise AssertionError(found.faults[0].message)
    assert [one.monitor for one in mt.alerts()] == ["sound"]
    assert mt.doctor().skipped == {}


def test_an_observation_of_another_monitor_is_a_fault() -> None:
    (alien,) = Told({}, name="other").evaluate()
    found = mt.evaluate_monitors(Told(alien, name="odd"))
    assert "told an observation of the monitor 'other'" in found.faults[0].message


def test_texts_of_any_characters_and_length_are_stored() -> None:
    told = {"subject": "caf\udce9", "point": "a\0b", "message": "x" * 1_000_000}
    told["point"] += "y" * 10_000
    monitor = Told({**told, "columns": ("caf\udce9",), "value": float("nan")}, name="odd")
    (one,) = monitor.evaluate()
    (alert,) = mt.alerts()
    assert (one.subject, alert.columns, alert.value) == ("caf\\xe9", ("caf\\xe9",), None)
    assert len(alert.message) == 4_000
    assert not monitor.evaluate()


@pytest.mark.parametrize(
    "settings", ["no table", "[1]", '{"kind": "volume", "table": "t", "name": 5}', '{"kind": 5}']
)
def test_a_store_that_remembers_no_monitor_under_a_name_lets_others_be(settings: str) -> None:
    default_workspace()._append(
        [MonitorFact(name="odd", at=now_ns(), kind="volume", settings=settings)]
    )
    (note,) = mt.list_monitors().notes
    assert note.startswith("odd is not evaluated: As the store remembers it: ")
    assert [one.monitor for one in mt.evaluate_monitors().faults] == ["odd"]
    assert not mt.evaluate_monitors(Told({}, name="sound")).faults
    mt.forget_monitor("odd")
    assert not mt.list_monitors().notes


def test_what_changes_later_counts_although_the_clock_before_was_ahead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    days = [{"point": f"{n}", "at": DAY + timedelta(days=n)} for n in range(3)]
    states = [{**days[0], "state": "bad"}, {**days[1], "state": "ok"}, {**days[2], "state": "bad"}]
    with monkeypatch.context() as clock:
        ahead = now_ns() + 3_600_000_000_000
        clock.setattr("mltrace.workspace.monitoring.now_ns", lambda: ahead)
        Told(*states[:2], name="m").evaluate()
    assert [one.state for one in mt.alerts()] == ["resolved"]
    Told(*states, name="m").evaluate()
    assert [one.state for one in mt.alerts()] == ["open"]


def test_what_is_measured_again_counts_although_the_clock_before_was_ahead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as clock:
        ahead = now_ns() + 3_600_000_000_000
        clock.setattr("mltrace.workspace.monitors.monitor.now_ns", lambda: ahead)
        clock.setattr("mltrace.monitors.alerts.as_facts.now_ns", lambda: ahead)
        Told({"state": "bad"}, name="m").evaluate()
        mt.VolumeMonitor("orders", name="v", min_rows=1).evaluate()
    again = Told({"state": "ok"}, name="m")
    assert [one.state for one in again.evaluate()] == ["ok"]
    assert not again.evaluate()
    mt.VolumeMonitor("orders", name="v", min_rows=1, owner="ann").evaluate()
    assert [one.owner for one in mt.list_monitors()] == ["ann"]


def test_of_two_facts_of_the_same_time_the_same_one_counts_in_any_order() -> None:
    def facts(point: str, state: str) -> list[ObservationFact]:
        one = ObservationFact(monitor="m", subject="s", point=point, at=1, made=1, state="ok")
        other = msgspec.structs.replace(one, state=state, value=2.0, where=Where(run="f" * 32))
        return [one, other]

    default_workspace()._append([*facts("first", "bad"), *reversed(facts("last", "bad"))])
    default_workspace()._append([*facts("null", "ok"), *reversed(facts("number", "ok"))])
    with default_workspace()._reading() as connection:
        found = stored.list_observations(connection, monitor="m")
    assert {one.point: (one.state, one.value) for one in found} == {
        "first": ("ok", None),
        "last": ("ok", None),
        "null": ("ok", 2.0),
        "number": ("ok", 2.0),
    }


def test_words_of_another_catalog_that_are_none_are_taken_for_the_mildest(
    cli: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    Told({"subject": "odd"}, {"subject": "sound"}, name="m").evaluate()
    is_odd = schema.alert.c.subject == "odd"
    key = select(schema.alert.c.id).where(is_odd).scalar_subquery()
    with default_workspace().store.catalog.write() as connection:
        of_odd = update(schema.alert_change).where(schema.alert_change.c.alert == key)
        connection.execute(of_odd.values(what="dreamt", verdict="perhaps"))
        words = {"severity": "fatal", "state": "asleep", "role": "bystander", "verdict": "perhaps"}
        connection.execute(update(schema.alert).where(is_odd).values(**words))
        seen = update(schema.observation).where(schema.observation.c.subject == "odd")
        connection.execute(seen.values(state="blue"))
    odd, sound = sorted(mt.alerts(), key=lambda one: one.subject)
    assert (odd.severity, odd.state, odd.role, odd.verdict) == ("info", "open", "consequence", None)
    assert (odd.changes[0].what, sound.severity) == ("noted", "warning")
    assert len(mt.incidents()) == 2
    assert cli("alerts").returncode == cli("alerts", "show", odd.id).returncode + 1 == 1
    assert not mt.evaluate_monitors(Told({"point": "q"}, name="m")).faults
