"""Which side of the threshold is bad is found out from what was judged."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.observing import observe

from mltrace.monitors.backtests.scales import find_scale


@pytest.mark.parametrize(("is_above", "direction"), [(True, "above"), (False, "below")])
def test_the_direction_follows_from_good_points_and_from_bad_ones(
    is_above: bool, direction: str
) -> None:
    for values in ([5.0, 20.0], [4.0, 5.0] if is_above else [20.0, 21.0]):
        scale = find_scale(observe(values, is_above=is_above))
        assert scale is not None
        assert (scale.direction, scale.threshold, scale.is_relative) == (direction, 10.0, False)


def test_the_worse_a_value_the_larger_is_its_badness() -> None:
    low = observe([3.0, 20.0], is_above=False)
    scale = find_scale(low)
    assert scale is not None
    assert scale.badness(low[0]) == -3.0
    assert scale.turn(-3.0) == 3.0


def test_a_threshold_that_varies_is_what_values_are_multiples_of() -> None:
    points = [*observe([5.0, 30.0], threshold=10.0), *observe([5.0], threshold=20.0, first=2)]
    scale = find_scale(points)
    assert scale is not None
    assert (scale.is_relative, scale.threshold) == (True, 1.0)
    assert [scale.badness(one) for one in points] == [0.5, 3.0, 0.25]


def test_a_point_that_is_bad_for_another_reason_stays_bad_at_any_threshold() -> None:
    points = [*observe([5.0, 20.0]), *observe([3.0], states=["bad"], first=2)]
    scale = find_scale(points)
    assert scale is not None
    assert [scale.badness(one) for one in points] == [5.0, 20.0, None]


def test_bounds_on_both_sides_that_are_learned_have_no_scale() -> None:
    good = observe([5.0, 6.0], threshold=10.0)
    assert find_scale([*good, replace(good[0], threshold=1.0)]) is None
    assert find_scale(observe([None, None])) is None
    assert find_scale(observe([1.0], threshold=None)) is None
