"""Metrics are drawn over time, with what a window is, in the width there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mltrace.records import RecordList
from mltrace.records.tasks import MetricRow

KNOWN_AT = datetime(2026, 6, 1, 12, 30, tzinfo=UTC)
T0 = datetime(2026, 5, 4, tzinfo=UTC)


def row(day: float = 0, value: float | None = 0.5, *, days: int = 1, **told: Any) -> MetricRow:
    start = T0 + timedelta(days=day)
    return MetricRow(
        task="late",
        metric=told.pop("metric", "f1"),
        window_start=start,
        window_end=start + timedelta(days=days),
        value=value,
        ci_low=0.4567,
        ci_high=0.6543,
        num_predictions=told.pop("num_predictions", 12_345),
        num_labels=12_345,
        label_coverage=1.0,
        known_at=KNOWN_AT,
        **told,
    )


def drawn(rows: list[MetricRow]) -> list[str]:
    return str(RecordList(rows, of=MetricRow)).splitlines()


def test_charts_of_slices_begin_when_their_windows_do() -> None:
    old = [row(day, day / 10, slice="model=v1") for day in range(4)]
    new = [row(day, day / 10, slice="model=v2") for day in (2, 3)]
    lines = drawn([*old[::-1], *new[::-1]])
    assert lines[2].endswith("▁▃▆█")
    assert lines[3].endswith("  ▁█")


@pytest.mark.parametrize(
    ("rows", "title"),
    [
        ([row(1), row(0)], "late  windows of 1 day, as known on 2026-06-01 12:30 UTC"),
        (
            [row(1, days=7), row(0, days=7)],
            "late  windows of 7 days every 1 day, as known on 2026-06-01 12:30 UTC",
        ),
        ([row()], "late  from 2026-05-04 to 2026-05-05, as known on 2026-06-01 12:30 UTC"),
    ],
)
def test_the_title_says_what_a_window_is(rows: list[MetricRow], title: str) -> None:
    assert drawn(rows)[0] == title


def test_of_one_window_no_row_says_when_it_is() -> None:
    assert drawn([row(), row(metric="recall")])[1].split()[0] == "METRIC"


def test_long_names_fit_into_80_cells() -> None:
    rows = [
        row(day, metric="balanced_accuracy", slice="model=churn-forest-2026-05")
        for day in (0.75, 0.25)
    ]
    assert max(map(len, drawn(rows))) <= 80


def test_a_chart_shortens_the_time_in_which_nothing_was_predicted() -> None:
    empty = {"num_predictions": 0}
    rows = [row(-2, 0.1), row(-1, 0.1), row(0, 0.1), row(1, 0.2)]
    rows += [row(day, None, **empty) for day in range(2, 5)]
    rows += [row(5, 0.5), *(row(day, None, **empty) for day in range(6, 80)), row(80, 0.6)]
    rows += [row(20_000, 0.8)]
    assert drawn(rows[::-1])[2].endswith("  ▁▁▁▂   ▅…▆…█")


def test_a_chart_of_daily_windows_of_what_is_predicted_each_week_has_a_bar_for_each() -> None:
    weeks = [row(7 * week, week / 10) for week in range(8) if week != 5]
    empty = [row(day, None, num_predictions=0) for day in range(49) if day % 7 or day == 35]
    rows = sorted([*weeks, *empty], key=lambda one: str(one.window_start), reverse=True)
    assert drawn(rows)[2].endswith("  ▁▂▃▄▅ ▇█")


def test_two_windows_far_apart_do_not_say_how_often_there_is_one() -> None:
    assert drawn([row(200), row(0)])[0].startswith("late  windows of 1 day, as known")
