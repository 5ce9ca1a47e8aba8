"""Drawings of incidents and alerts: they fit, are folded, and cannot steer a terminal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.incidents import T0, make_alert, make_incident
from tests.observing import day, observe

from mltrace.records.alerts import Alert, AlertChange
from mltrace.rendering.alerts import (
    by_severity,
    draw_alert,
    draw_alerts,
    draw_changes,
    draw_incident,
    draw_incidents,
)
from mltrace.rendering.fitting import line_cells
from mltrace.rendering.lines import to_text
from mltrace.rendering.view import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records.alerts import Incident
    from mltrace.rendering.lines import Line

WIDTHS = (40, 80, 120)
NUM_MANY = 10_000
STEERING = "\x1b]0;owned\x07\x1b[2J\x1b[31m\u202e\x9b5m was bad"
ODD = {
    "usual": "features.parquet",
    "long": "a_table_of_a_very_long_name_" * 8,
    "path": "warehouse/" + "layer/" * 30 + "features.parquet",
    "wide": "予測テーブル" * 20,
    "steering": STEERING * 4,
    "empty": "",
}


def opened(alert_id: str, *, by: str = "monitor", reason: str = "", late: int = 0) -> AlertChange:
    at = T0 + timedelta(seconds=late)
    return AlertChange(what="opened", at=at, by=by, reason=reason or f"of {alert_id}")


def named(name: str, **fields: Any) -> Alert:
    """Make an alert with a name wherever one can be."""
    given = {
        "monitor": name,
        "subject": name,
        "component": name,
        "artifact": name,
        "owner": name,
        "columns": (name, "b", "c"),
        "message": f"{name}: {name} was bad",
        "latest_message": f"{name} is bad",
        "changes": (opened("it", by=name, reason=name),),
    }
    return make_alert(**{**given, **fields})


def many(number: int = NUM_MANY) -> Incident:
    consequences = tuple(
        make_alert(
            id=f"{at:012x}",
            role="consequence",
            component=f"component {at}",
            artifact=None,
            changes=(opened(f"{at}", late=at + 1),),
        )
        for at in range(number)
    )
    return make_incident(
        cause=make_alert(id="i1", changes=(opened("the cause"),)), consequences=consequences
    )


def incident(name: str) -> Incident:
    cause = named(name, id="i1")
    consequences = (named(name, id="i2", role="consequence", state="acknowledged"),)
    return make_incident(cause=cause, title=f"Drift of {name}", consequences=consequences)


def view(width: int = 80) -> View:
    return View(width, now=T0 + timedelta(hours=3))


POINTS = tuple(reversed(observe([1.0, 2.0, 30.123456, 4.0] * 20)))
DRAWN: dict[str, Callable[[str, View], list[Line]]] = {
    "incidents": lambda name, seen: draw_incidents([incident(name)] * 2, seen),
    "alerts": lambda name, seen: draw_alerts([named(name), named("b")], seen),
    "alert": lambda name, seen: draw_alert(named(name), seen, points=POINTS),
    "changes": lambda name, seen: draw_changes([named(name), named("b", id="a2")], seen),
    "incident": lambda name, seen: _without_commands(
        draw_incident(incident(name), seen, points=POINTS)
    ),
}


def _without_commands(lines: list[Line]) -> list[Line]:
    """Leave out what is to be typed, which is never cut."""
    at = next(at for at, one in enumerate(lines) if to_text([one]) == "Next")
    return lines[:at]


def text(lines: list[Line]) -> str:
    return to_text(lines)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("what", DRAWN)
def test_what_is_drawn_fits_and_holds_no_control_character(
    what: str, name: str, width: int
) -> None:
    lines = DRAWN[what](ODD[name], view(width))
    assert lines
    assert [to_text([one]) for one in lines if line_cells(one) > width] == []
    assert all(one.isprintable() for one in text(lines).split("\n"))


def test_a_terminal_is_not_steered_by_commands_to_type_either() -> None:
    lines = draw_incident(incident(STEERING), view())
    assert all(one.isprintable() for one in text(lines).split("\n"))
    assert "\\x1b]0;owned\\x07" in text(lines)


def test_an_incident_in_a_list_says_where_who_when_and_what_follows() -> None:
    seen = make_incident(consequences=(make_alert(id="b", artifact=None, component="train"),))
    assert text(draw_incidents([seen], view())).split("\n") == [
        "◷ warning  i1  clean.csv by clean  data-eng  3 hours ago",
        "    dep_delay, arr_delay: the mean of dep_delay is 12 standard deviations above",
        "    that of 30 weeks",
        "    → 1 consequence: train",
    ]


def test_columns_are_not_told_twice_where_the_latest_is_of_others_too() -> None:
    cause = make_alert(latest_message="temp: mean 15.8; also dep_delay")
    told = text(draw_incidents([make_incident(cause=cause)], view()))
    assert told.split("\n")[1] == "    temp: mean 15.8; also dep_delay"


def test_an_incident_without_consequences_has_no_chain() -> None:
    drawn = text(draw_incident(make_incident(), view()))
    assert "consequence" not in drawn
    assert "Chain" not in drawn
    assert "\n\nHistory\n\nNext\n" in drawn


def test_ten_thousand_consequences_are_folded_unless_all_are_asked_for() -> None:
    storm = many()
    (head, *_), listed = draw_incidents([storm], view()), draw_incidents([storm], view())
    assert "i1" in to_text([head])
    assert "→ 10,000 consequences: component 0, component 1, component 2 and" in text(listed)
    drawn = draw_incident(storm, view())
    assert len(drawn) < 70
    assert "Chain  10,000 consequences along lineage" in text(drawn)
    assert "  … 9,981 more: --all" in text(drawn)
    complete = draw_incident(storm, replace(view(), is_complete=True))
    assert len(complete) > 2 * NUM_MANY
    assert "more: --all" not in text(complete)


def test_the_history_of_a_storm_still_tells_of_the_cause() -> None:
    drawn = text(draw_incident(many(), view()))
    history = drawn.partition("History")[2]
    assert "of the cause" in history


def test_a_chart_shows_no_more_than_there_is_room_for() -> None:
    for width, num_bars in ((40, 8), (80, 40), (120, 40)):
        drawn = text(draw_alert(make_alert(began_at=day(0)), view(width), points=POINTS))
        (chart,) = (one for one in drawn.split("\n") if "latest 4" in one)
        assert len(chart.split()[0]) == num_bars


def test_a_point_without_a_value_leaves_a_gap_and_one_value_is_no_chart() -> None:
    points = list(reversed(observe([1.0, None, 20.0])))
    assert "latest 20, threshold 10" in text(draw_alert(make_alert(), view(), points=points))
    assert "latest" not in text(draw_alert(make_alert(), view(), points=points[:1]))


def test_the_next_steps_are_commands_that_quote_what_a_shell_would_read() -> None:
    cause = make_alert(id="i1", subject="two words; rm -rf .csv", artifact="two words.csv")
    drawn = text(draw_incident(make_incident(cause=cause), view()))
    assert "  mltrace trace 'two words.csv@abcdef01'" in drawn
    assert "  mltrace drift 'two words; rm -rf .csv'" in drawn


def test_incidents_are_ordered_by_what_is_unsettled_severe_and_new() -> None:
    def made(name: str, **fields: Any) -> Incident:
        state = fields.pop("state", "open")
        return make_incident(id=name, cause=make_alert(id=name, **fields), state=state)

    found = [
        made("resolved", severity="critical", state="resolved"),
        made("old", opened_at=T0 - timedelta(days=1)),
        made("new"),
        made("info", severity="info"),
        made("worst", severity="critical", opened_at=T0 - timedelta(days=9)),
    ]
    ordered = [one.id for one in by_severity(found)]
    assert ordered == ["worst", "new", "old", "info", "resolved"]
