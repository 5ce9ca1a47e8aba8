"""Drawings of monitors and of what an evaluation found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs
from tests.incidents import T0, make_alert, make_incident
from tests.observing import observe
from tests.unit.rendering.test_alerts import ODD, WIDTHS

from mltrace.records.monitoring import Evaluation, MonitorEvent, MonitorFault, MonitorStatus
from mltrace.rendering.fitting import line_cells
from mltrace.rendering.lines import to_text
from mltrace.rendering.monitors import (
    draw_evaluation,
    draw_event,
    draw_monitors,
    draw_observations,
)
from mltrace.rendering.view import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records.alerts import Observation
    from mltrace.rendering.lines import Line

NUM_MANY = 10_000


def view(width: int = 80) -> View:
    return View(width, now=T0 + timedelta(hours=3))


def observations(name: str, number: int = 3) -> tuple[Observation, ...]:
    return tuple(
        structs.replace(one, monitor=name, point=name, message=f"{name} is bad")
        for one in observe([20.0] * number, subject=name)
    )


def evaluation(name: str = "clean", **fields: Any) -> Evaluation:
    """Make an evaluation in which an alert opened, another resolved, and a monitor failed."""
    opened = make_alert(id="0badc0de0000", monitor=name, subject=name, message=name, owner=name)
    settled = make_alert(id="600dc0de0000", monitor=name, subject="it", state="resolved")
    given = {
        "monitors": (name,),
        "observations": observations(name),
        "opened": (opened.id,),
        "resolved": (settled.id,),
        "alerts": (opened, settled),
        "incidents": (make_incident(cause=opened, title=name),),
        "faults": (MonitorFault(monitor=name, message=f"{name} cannot be read"),),
    }
    return Evaluation(**{**given, **fields})


def status(name: str, **fields: Any) -> MonitorStatus:
    given: dict[str, Any] = {
        "kind": "volume",
        "severity": "critical",
        "owner": name,
        "every": "15m",
        "at_run_end": True,
        "declared_in": f"folder/{name}.toml ([[monitors]] 3)",
        "num_subjects": NUM_MANY,
        "num_open": NUM_MANY,
        "latest_at": T0,
    }
    return MonitorStatus(name=name, **{**given, **fields})


DRAWN: dict[str, Callable[[str, View], list[Line]]] = {
    "monitors": lambda name, seen: draw_monitors([status(name), status("b")], seen),
    "observations": lambda name, seen: draw_observations(observations(name), seen),
    "evaluation": lambda name, seen: draw_evaluation(evaluation(name), seen, num_open=NUM_MANY),
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("what", DRAWN)
def test_what_is_drawn_fits_and_holds_no_control_character(
    what: str, name: str, width: int
) -> None:
    lines = DRAWN[what](ODD[name], view(width))
    assert lines
    assert [to_text([one]) for one in lines if line_cells(one) > width] == []
    assert all(one.isprintable() for one in to_text(lines).split("\n"))


@pytest.mark.parametrize("name", ODD)
def test_an_event_is_one_line_whatever_it_says(name: str) -> None:
    event = MonitorEvent(
        at=T0,
        what="opened",
        monitor=ODD[name],
        message=f"{ODD[name]}\nand more",
        alert=make_alert(subject=ODD[name]),
    )
    drawn = to_text([draw_event(event)])
    assert drawn.isprintable()
    assert drawn.startswith("2026-07-01 12:00:00Z  ✗ opened  warning a1")
    assert drawn.endswith("and more")


def test_an_evaluation_says_what_is_bad_which_alerts_changed_and_what_failed() -> None:
    drawn = to_text(draw_evaluation(evaluation(), view(), num_open=1)).split("\n")
    assert drawn[-3:] == [
        "1 monitor evaluated: 3 new points, 3 bad, 1 alert opened, 1 alert resolved",
        "1 alert open: mltrace alerts",
        "clean could not be evaluated: clean cannot be read",
    ]
    assert sum(one.startswith("✗ bad") for one in drawn) == 3
    assert "✓ resolved  warning 600dc0d  clean  it" in drawn


def test_an_evaluation_as_text_is_drawn_alike_and_says_nothing_of_other_alerts() -> None:
    said = str(evaluation(faults=()))
    assert said.endswith("3 new points, 3 bad, 1 alert opened, 1 alert resolved")
    assert str(Evaluation(monitors=())) == "0 monitors evaluated: 0 new points"


def test_nothing_bad_is_one_line() -> None:
    found = Evaluation(monitors=("a", "b"), observations=tuple(observe([1.0])))
    (only,) = draw_evaluation(found, view(), num_open=0)
    assert to_text([only]) == "2 monitors evaluated: 1 new point; nothing is open"
    complete = draw_evaluation(found, replace(view(), is_complete=True), num_open=0)
    assert "✓ ok" in to_text(complete)


def test_a_storm_is_folded_unless_all_is_asked_for() -> None:
    incidents = tuple(make_incident(id=f"{at:012x}") for at in range(NUM_MANY))
    storm = evaluation(observations=observations("clean", NUM_MANY), incidents=incidents, faults=())
    drawn = draw_evaluation(storm, view(), num_open=NUM_MANY)
    assert len(drawn) < 120
    told = to_text(drawn)
    assert "… 9,980 more: --all" in told
    assert "… 9,980 more: mltrace alerts" in told
    assert len(draw_evaluation(storm, replace(view(), is_complete=True))) > 2 * NUM_MANY
