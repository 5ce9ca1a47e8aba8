"""How judgements of drift are drawn: in words, at any width."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mltrace.records.drift import ColumnDrift
from mltrace.records.drift_history import DriftJudgement
from mltrace.rendering.drift_history import draw_judgement, draw_judgements
from mltrace.rendering.fitting import line_cells
from mltrace.rendering.lines import to_text
from mltrace.rendering.view import View

NOW = datetime(2013, 7, 1, tzinfo=UTC)
RUNS = [f"01a2167d-ae{day:02x}-7000-8000-000000000000" for day in range(30)]


def judgement(day: int, **told: object) -> DriftJudgement:
    fields: dict[str, object] = {
        "table": "2013-W*/joined.parquet",
        "monitor": "drift",
        "partition": f"batches/2013-W{day:02d}/joined.parquet",
        "digest": f"{day:032x}",
        "at": NOW - timedelta(days=30 - day),
        "run_id": RUNS[day],
        "state": "ok",
        "score": 0.1 * day,
        "threshold": 4.0,
        "p_value": 0.5,
        "num_history": day,
        "judged_at": NOW,
        "columns": {
            name: ColumnDrift(name=name, method="mean", statistic=float(day % 4))
            for name in ("temp", "humid", "carrier")
        },
    }
    return DriftJudgement(**{**fields, **told})  # type: ignore[arg-type]


def drifted() -> DriftJudgement:
    temp = ColumnDrift(
        name="temp",
        method="mean",
        statistic=20.0,
        p_value=1e-12,
        effect_size=3.2,
        is_drift=True,
        reason="temp: mean 20.1, in 20 partitions between 55 and 81; null share as usual",
    )
    columns = {**judgement(20).columns, "temp": temp}
    return judgement(20, state="blocked", is_drift=True, score=31.4, columns=columns)


HISTORY = [judgement(day) for day in range(20)]


@pytest.mark.parametrize("width", [80, 120])
def test_drawings_fit(width: int) -> None:
    alarmed = judgement(21, alarms=("temp: mean creeps since about 2013-06-01, 0.2 sd above it",))
    everything = [alarmed, drifted(), *reversed(HISTORY)]
    view = View(width=width, now=NOW)
    drawings = (
        draw_judgements(everything, view),
        draw_judgement(drifted(), view, history=everything[1:]),
        draw_judgement(alarmed, view),
    )
    assert max(line_cells(one) for drawing in drawings for one in drawing) <= width


def test_a_judgement_says_what_is_unusual_over_time_and_what_to_do() -> None:
    history = [drifted(), *reversed(HISTORY)]
    text = to_text(draw_judgement(drifted(), View(now=NOW), history=history))
    assert text.splitlines() == [
        "✗ blocked  …/2013-W20/joined.parquet  made 10 days ago by run 01a2167d-ae14",
        "  drifted: score 31.4, limit 4, p = 0.5  against 20 partitions  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁█",
        "",
        "  temp  mean 20.1, in 20 partitions between 55 and 81; null share as usual",
        "        ▁▁▂▂▁▁▂▂▁▁▂▂▁▁▂▂▁▁▂▂█  p < 0.0001, effect 3.2",
        "",
        "  2 columns as usual: humid, carrier",
        "  Blocked: later partitions are not compared with it. If it is as it should be:",
        "  mltrace drift accept 01a2167d-ae14",
    ]


def test_a_partition_that_was_not_judged_says_so() -> None:
    alone = judgement(0, state="learning", score=None, num_history=0, columns={})
    assert "only 0 partitions before it to compare with." in str(alone)


def test_an_accepted_one_says_who_and_why() -> None:
    accepted = judgement(5, state="accepted", accepted_by="ann", accepted_reason="new fleet")
    assert "Accepted by ann: new fleet. Later partitions are compared with it." in str(accepted)
