from __future__ import annotations

import pytest

from mltrace.profiles.ceiling import SAFETY, Ceiling


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_seconds_are_counted_from_the_beginning() -> None:
    clock = Clock()
    ceiling = Ceiling(2.0, clock)
    clock.now += 1.5
    assert (ceiling.spent, ceiling.left) == (1.5, 0.5)
    assert ceiling.is_over(0.7)
    assert not ceiling.is_over()


def test_rows_that_are_affordable_leave_a_margin() -> None:
    clock = Clock()
    ceiling = Ceiling(2.0, clock)
    clock.now += 1.0
    assert ceiling.affordable(1000, 0.5) == 2000 * SAFETY
    clock.now += 5.0
    assert ceiling.affordable(1000, 0.5) == 0


def test_time_for_the_whole_is_estimated_from_what_a_part_took() -> None:
    clock = Clock()
    ceiling = Ceiling(2.0, clock)
    clock.now += 1.0
    assert [ceiling.suffices(share) for share in (0.1, 0.4, 0.5, 1.0)] == [False, False, True, True]
    assert ceiling.suffices(0.0)  # not known


def test_no_ceiling_is_never_over() -> None:
    ceiling = Ceiling(None)
    assert ceiling.is_endless
    assert not ceiling.is_over(0.001)
    assert ceiling.left == pytest.approx(float("inf"))
