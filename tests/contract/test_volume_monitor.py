"""A volume monitor finds partitions that have too few rows or too many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def orders() -> Callable[[int], pd.DataFrame]:
    @mt.component(owner="shop")
    def orders(number: int) -> pd.DataFrame:
        return pd.DataFrame({"order": range(number)})

    return orders


def states(monitor: mt.Monitor) -> list[str]:
    """Evaluate a monitor and tell the states of what is new, oldest first."""
    return [one.state[0] for one in reversed(monitor.evaluate())]


def test_a_fixed_range_needs_no_history(orders: Callable[[int], pd.DataFrame]) -> None:
    for number in (5, 50, 500):
        orders(number)
    found = mt.VolumeMonitor("orders", min_rows=10, max_rows=100).evaluate()
    assert [(one.state, one.value, one.threshold) for one in found] == [
        ("bad", 500.0, 100.0),
        ("ok", 50.0, 10.0),
        ("bad", 5.0, 10.0),
    ]
    assert found[0].message == "500 rows; at most 100 are expected"
    assert found[0].component == "orders"
    assert found[0].artifact == "orders"
    assert found[0].run_id == mt.history("orders", limit=1)[0].id


def test_the_range_is_learnt_of_eight_partitions(orders: Callable[[int], pd.DataFrame]) -> None:
    for number in (1000, 1010, 990, 1005, 1003, 995, 998, 1001, 1002, 400, 999):
        orders(number)
    monitor = mt.VolumeMonitor("orders")
    found = monitor.evaluate()
    assert [one.state for one in reversed(found)] == ["learning"] * 8 + ["ok", "bad", "ok"]
    assert found[1].message == "400 rows; in 9 partitions before between 990 and 1,010"
    assert found[-1].message == "1,000 rows; 0 of 8 partitions to learn from"


def test_partitions_without_rows_are_seen_each_time(
    orders: Callable[[int], pd.DataFrame],
) -> None:
    for number in (0, 100, 0):
        orders(number)
    assert states(mt.VolumeMonitor("orders", min_rows=1)) == ["b", "o", "b"]


def test_a_table_that_never_was_profiled_is_counted(
    orders: Callable[[int], pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLTRACE_PROFILE", "off")
    orders(100)
    orders(3)
    assert states(mt.VolumeMonitor("orders", min_rows=50)) == ["o", "b"]


def test_the_same_content_again_is_no_new_partition(
    orders: Callable[[int], pd.DataFrame],
) -> None:
    for number in (100, 100, 100, 90):
        orders(number)
    assert states(mt.VolumeMonitor("orders", min_rows=1)) == ["o", "o"]


def test_what_a_failed_run_or_a_flag_spoils_is_left_out(store: Path) -> None:
    @mt.component
    def halved(number: int) -> pd.DataFrame:
        with mt.Component("part").start() as run:
            run.write(pd.DataFrame({"order": range(number)}), name="part")
            if number < 10:
                raise ValueError(number)
        return pd.DataFrame({"order": range(number)})

    halved(20)
    with pytest.raises(ValueError, match="5"):
        halved(5)
    halved(30)
    mt.flag(mt.history("part", limit=1)[0].outputs[0], reason="wrong")
    found = mt.VolumeMonitor("part", min_rows=1).evaluate()
    assert [one.value for one in found] == [20.0]


def test_evaluated_one_by_one_or_at_once_is_the_same(
    orders: Callable[[int], pd.DataFrame],
) -> None:
    one_by_one, at_once = (mt.VolumeMonitor("orders", name=name) for name in "ab")
    first: list[Any] = []
    for number in (100, 104, 98, 99, 101, 103, 97, 100, 102, 20, 101, 100):
        orders(number)
        first += one_by_one.evaluate()
    second = at_once.evaluate()
    assert [(one.point, one.state, one.message) for one in reversed(second)] == [
        (one.point, one.state, one.message) for one in first
    ]
    assert not one_by_one.evaluate()


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(mt.ArgumentError, match="min_rows=5 is more than max_rows=1"):
        mt.VolumeMonitor("orders", min_rows=5, max_rows=1)
    with pytest.raises(mt.ArgumentError, match="false_alarm_rate=2"):
        mt.VolumeMonitor("orders", false_alarm_rate=2)
    with pytest.raises(mt.ArgumentError, match=r"max_rows='1k'\): give a number"):
        mt.VolumeMonitor("orders", max_rows="1k")  # type: ignore[arg-type]
