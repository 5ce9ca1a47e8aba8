"""Journeys reach exactly the rows that a plain computation by pandas reaches."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mltrace as mt
from mltrace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

_GROUPS = st.sampled_from(["a", "b", "c", "d"])
_EVENTS = st.lists(st.tuples(_GROUPS, st.integers(0, 3), st.booleans()), min_size=1, max_size=30)


@st.composite
def pipelines(draw: Callable[..., Any]) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Draw events, a table of groups that may lack some, and one group."""
    events = pd.DataFrame(draw(_EVENTS), columns=["group", "amount", "is_good"])
    events.insert(0, "event", [f"e-{number}" for number in range(len(events))])
    known = sorted(draw(st.sets(_GROUPS, min_size=1)))
    groups = pd.DataFrame({"group": known, "rate": [1.0 + place for place in range(len(known))]})
    return events.sample(frac=1, random_state=draw(st.integers(0, 9))), groups, draw(_GROUPS)


@mt.component(keys={"rows": "group"})
def totals(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.groupby("group", as_index=False).agg(total=("amount", "sum"))


@mt.component(keys={"events": "event", "groups": "group"})
def rated(events: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    good = events[events["is_good"]]
    return good.merge(groups, on="group", how="left")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pipelines())
def test_journey_reaches_the_rows_that_pandas_reaches(drawn: Any) -> None:
    events, groups, group = drawn
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLTRACE_URI", folder)
        joined = rated(events, groups)
        summed = totals(joined)
        workspace = Workspace()
        if group in set(summed["group"]):
            back = _rows(workspace.journey("totals", {"group": group}, limit=100))
            good = events[events["is_good"] & (events["group"] == group)]
            assert back["events"] == set(good["event"])
            assert back.get("groups", set()) == set(groups["group"]) & {group}
        event = events.iloc[0]
        forward = _rows(
            workspace.journey("events", {"event": event["event"]}, direction="forward", limit=100)
        )
        reached = {event["group"]} if event["is_good"] else set()
        assert forward.get("totals", set()) == reached
        workspace.close()


def _rows(journey: mt.Journey) -> dict[str, set[Any]]:
    """List the first column of all rows, by table."""
    return {
        step.artifact.name: {next(iter(row.values())) for row in step.values}
        for step in journey.steps
    }
