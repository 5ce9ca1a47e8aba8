"""How journeys and losses are drawn: what changed first, and never wider than the terminal."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mltrace.records import ArtifactRef
from mltrace.records.journeys import (
    Journey,
    JourneyEnd,
    JourneyLink,
    JourneyStep,
    Loss,
    Losses,
    LossGroup,
    ValueChange,
)
from mltrace.rendering.details import draw_record
from mltrace.rendering.lines import to_text
from mltrace.rendering.view import View

RUN = "01a217e6-0d15-7000-8000-000000000001"
ROW = {"origin": "EWR", "temp": 18.3, "at": datetime(2013, 5, 24, 10, tzinfo=UTC), "gust": None}
LINK = JourneyLink(
    step=0,
    keys=("origin",),
    other_keys=("airport",),
    found_by="content",
    run_id=RUN,
    component="join",
)
STEPS = (
    JourneyStep(
        depth=0,
        artifact=ArtifactRef(name="batches/2013-W21/joined.parquet", digest="ab12cd34ef"),
        run_id=RUN,
        component="join",
        keys=("airport",),
        found_by="given",
        num_rows=1,
        values=({"airport": "EWR", "temp": 18.3},),
        added=("airport",),
        removed=tuple(f"column_{number}" for number in range(20)),
    ),
    JourneyStep(
        depth=1,
        artifact=ArtifactRef(name="weather.parquet", digest="ffee0011"),
        keys=("origin",),
        found_by="content",
        num_rows=40,
        values=(ROW, ROW),
        links=(LINK,),
        changed=(ValueChange(column="temp", before=64.94, after=18.3),),
    ),
)
JOURNEY = Journey(
    target="joined.parquet",
    key={"airport": "EWR"},
    steps=STEPS,
    ends=(
        JourneyEnd(artifact="model.joblib", reason="no table", message="no", component="join"),
        JourneyEnd(
            artifact="flights.parquet",
            reason="dropped",
            message="clean read it and wrote no row of it",
            component="clean",
            num_rows=3,
        ),
    ),
    predictions=tuple(f"p-{number}" for number in range(30)),
)
LOSSES = Losses(
    target="predictions",
    steps=(
        Loss(
            component="clean",
            run_id=RUN,
            input=ArtifactRef(name="raw/flights.parquet"),
            output=ArtifactRef(name="clean.parquet"),
            keys=("date", "flight"),
            output_keys=("date", "number"),
            found_by="declared",
            num_rows_in=6500,
            num_rows_out=5200,
            num_keys_in=6500,
            num_keys_out=5200,
            num_lost=1300,
            num_added=2,
            num_repeated=1,
            by="carrier",
            groups=tuple(LossGroup(value=f"A{at}", num_keys=200, num_lost=190) for at in range(7)),
            examples=({"date": datetime(2013, 5, 24), "flight": 1545},),
        ),
    ),
)


def drawn(record: Journey | Losses, *, width: int = 80, is_complete: bool = False) -> str:
    return to_text(draw_record(record, View(width=width, is_complete=is_complete)))


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("record", [JOURNEY, LOSSES])
def test_no_line_is_wider_than_the_terminal(record: Journey | Losses, width: int) -> None:
    for is_complete in (False, True):
        lines = drawn(record, width=width, is_complete=is_complete).splitlines()
        assert max(map(len, lines)) <= width


def test_what_changed_stands_before_what_did_not() -> None:
    text = drawn(JOURNEY)
    assert "+ airport=EWR" in text
    assert text.index("~ temp 64.94 → 18.3") < text.index("= origin=EWR")
    assert "at=2013-05-24 10:00:00, gust=null" in text
    assert "40 rows by origin, by its values, airport of joined.parquet" in text
    assert "… 38 more rows" in text


def test_long_lists_are_cut_unless_all_is_asked_for() -> None:
    assert "column_11 and 8 more" in " ".join(drawn(JOURNEY).split())
    assert "column_19" in drawn(JOURNEY, is_complete=True)
    assert "p-11 and 18 more" in drawn(JOURNEY)
    assert "p-29" in drawn(JOURNEY, is_complete=True)
    assert "A4 190 of 200 and 2 more" in " ".join(drawn(LOSSES).split())
    assert "A6 190 of 200" in " ".join(drawn(LOSSES, is_complete=True).split())


def test_dropped_rows_stand_first_among_the_ends() -> None:
    text = drawn(JOURNEY)
    assert "✗ flights.parquet dropped, clean read it and wrote no row of it (3 rows)" in text
    assert text.index("✗ flights.parquet") < text.index("· model.joblib")


def test_losses_say_the_share_the_groups_and_examples() -> None:
    text = " ".join(drawn(LOSSES).split())
    assert "flights.parquet → clean.parquet 6,500 → 5,200 rows" in text
    assert "by date and flight = date and number; 20.0 % of 6,500 keys lost" in text
    assert "2 keys added; 1 key repeated" in text
    assert "such as date=2013-05-24, flight=1545" in text
    assert "No run on the way" in drawn(Losses(target="nothing"))
