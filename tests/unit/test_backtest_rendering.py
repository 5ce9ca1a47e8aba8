"""A backtest is drawn so that it can be read at a glance, in any width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.observing import day, observe

from mltrace.monitors.alerts.life_cycle import Rule
from mltrace.monitors.backtests.history import History
from mltrace.monitors.backtests.reporting import Reporting
from mltrace.monitors.backtests.spans import Span
from mltrace.rendering.backtests import draw_backtest
from mltrace.rendering.lines import to_text
from mltrace.rendering.view import View

if TYPE_CHECKING:
    from mltrace.records.backtests import Backtest


def replayed(values: list[float | None], *incidents: tuple[int, int]) -> Backtest:
    history = History(observe(values))
    history.accept([Span(day(first), day(last)) for first, last in incidents])
    reporting = Reporting(history, Rule(), tune=lambda _threshold, _rule: (None, {}, ""))
    return reporting.report("volume:clean", "volume", {})


def drawn(backtest: Backtest, width: int = 80) -> str:
    return to_text(draw_backtest(backtest, View(width=width)))


def test_what_is_beyond_the_threshold_stands_above_it_and_incidents_below() -> None:
    text = drawn(replayed([1, 2, 20, 1, 1, 1, 1, 1, 40, 30, 1], (8, 9)))
    rows = [line.rstrip() for line in text.splitlines() if "┤" in line or "│" in line]
    assert rows == ["  40 ┤  ▄     █▇", "  10 ┤▁▃█▁▁▁▁▁██▁", "     │  ▲     ▲─"]
    assert "proposed         30" in text
    assert "No option of the monitor sets that." in " ".join(text.split())


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    backtest = replayed([float(number % 13) for number in range(500)], (11, 12), (300, 302))
    assert all(len(line) <= width for line in drawn(backtest, width).splitlines())


def test_without_numbers_points_are_still_drawn_and_nothing_is_said_of_thresholds() -> None:
    text = drawn(replayed([None, None, None]))
    assert "▁▁▁" in text
    assert "THRESHOLD" not in text
    assert "no other threshold is tried" in text


def test_nothing_judged_is_said() -> None:
    assert "No point could be judged" in drawn(replayed([]))


def test_points_of_less_than_a_day_have_no_rate() -> None:
    backtest = replayed([20.0])
    assert backtest.num_alerts == 1
    assert backtest.false_alarms_per_month is None
    assert "a month" not in drawn(backtest).replace("by the month", "")
