"""Any drift method that does without rows can judge the partitions of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy
import pytest

from mltrace.errors import ArgumentError, UnknownNameError
from mltrace.monitors.drift.methods.method import methods
from mltrace.monitors.drift.partitions.by_method import MethodDetector
from mltrace.profiles.reading import profile_data

if TYPE_CHECKING:
    from mltrace.profiles.tables import Profile

WITHOUT_ROWS = [name for name in methods.keys() if methods.get(name).scope != "table"]  # noqa: SIM118


def day(number: int, shift: float = 0.0) -> Profile:
    random = numpy.random.default_rng(number)
    return profile_data({"x": random.normal(shift, 1, 300), "y": random.normal(0, 1, 300)})


@pytest.mark.parametrize("name", WITHOUT_ROWS)
def test_it_tells_a_shift_from_a_day_like_those_before(name: str) -> None:
    detector = MethodDetector(name, false_alarm_rate=0.001)
    detector.fit([day(number) for number in range(max(10, detector.min_history))])
    usual, shifted = detector.score(day(50)), detector.score(day(51, shift=5.0), name="day 51")
    assert (shifted.is_drift, shifted.partition) == (True, "day 51")
    assert shifted.score > usual.score
    assert shifted.num_history == 10


def test_a_method_that_needs_rows_or_is_not_there_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"'domain-classifier' needs rows"):
        MethodDetector("domain-classifier", false_alarm_rate=0.01)
    with pytest.raises(UnknownNameError, match=r"No drift method 'pis'.*'psi'"):
        MethodDetector("pis", false_alarm_rate=0.01)
