"""Numbers at the ends of what a float holds: judged as others are, without warnings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy
import pytest

from mltrace.monitors.drift.detector import DriftDetector
from mltrace.monitors.drift.methods.method import methods
from mltrace.profiles.reading import profile_data

if TYPE_CHECKING:
    from mltrace.profiles.tables import Profile

SETS = (
    (1e308, -1e308, 1e300, 0.0),
    (5e-324, 1e-308, -1e-300),
    (1e308, 5e-324, numpy.inf, numpy.nan),
)


def _partitions() -> list[Profile]:
    """Draw partitions in which each column has one set of numbers, or now and then another one."""
    rng = numpy.random.default_rng(0)
    found = []
    for day in range(13):
        columns = {"usual": rng.normal(size=50)}
        for at in range(len(SETS)):
            chosen = SETS[(at + (day % 5 == 4)) % len(SETS)]
            columns[f"extreme {at}"] = rng.choice(chosen, 50)
        found.append(profile_data(columns))
    return found


def test_the_default_detector_judges_them() -> None:
    *history, newest = _partitions()
    result = DriftDetector().fit(history).score(newest)
    assert math.isfinite(result.score)
    assert not result.columns["usual"].is_drift


@pytest.mark.parametrize("name", ["average-knn", "gate"])
def test_methods_that_take_a_history_judge_them(name: str) -> None:
    *history, newest = _partitions()
    told = methods.get(name).compare(history, newest)
    assert math.isfinite(told.statistic)
    assert 0 < told.p_value <= 1
