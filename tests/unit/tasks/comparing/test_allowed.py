"""A metric is judged by its interval: by limits, and by a reference that is uncertain as well."""

from __future__ import annotations

import pytest

from mltrace.tasks.comparing.allowed import Allowed
from mltrace.tasks.comparing.from_intervals import Bounded


def test_a_limit_is_passed_only_by_all_of_the_interval() -> None:
    allowed = Allowed(least=0.4, most=0.9)
    assert [one.is_bad for one in allowed.judge(Bounded(0.35, 0.3, 0.41))] == [False, False]
    assert [one.is_bad for one in allowed.judge(Bounded(0.35, 0.3, 0.39))] == [True, False]
    assert [one.is_bad for one in allowed.judge(Bounded(0.95, 0.91, 0.97))] == [False, True]


def test_a_drop_needs_a_reference() -> None:
    allowed = Allowed(drop=(0.0, 0.0))
    assert list(allowed.judge(Bounded(0.5, 0.4, 0.6))) == []
    (told,) = allowed.judge(Bounded(0.5, 0.4, 0.6), Bounded(0.65, 0.6, 0.7))
    assert (told.is_bad, told.of) == (True, "drop")
    (told,) = allowed.judge(Bounded(0.5, 0.4, 0.6), Bounded(0.65, 0.4, 0.7))
    assert not told.is_bad


@pytest.mark.parametrize(
    ("usual", "now", "is_higher_better", "is_bad"),
    [
        (0.8, 0.77, True, False),
        (0.8, 0.7, True, True),
        (-0.2, -0.21, True, False),
        (-0.2, -0.3, True, True),
        (2.0, 2.1, False, False),
        (2.0, 2.4, False, True),
        (2.0, 1.0, False, False),
        (0.8, 1.0, True, False),
    ],
)
def test_a_share_is_of_the_reference_on_the_side_that_is_worse(
    usual: float, now: float, *, is_higher_better: bool, is_bad: bool
) -> None:
    allowed = Allowed(drop=(0.0, 0.1), is_higher_better=is_higher_better)
    (told,) = allowed.judge(
        Bounded(now, now - 0.001, now + 0.001), Bounded(usual, usual - 0.001, usual + 0.001)
    )
    assert told.is_bad == is_bad
