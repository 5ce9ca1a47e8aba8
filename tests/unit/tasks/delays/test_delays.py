"""Counts of delays, their distribution, and what is provisional, on cases worked out by hand."""

from __future__ import annotations

import numpy
import pytest

from mltrace.errors import ArgumentError
from mltrace.tasks.delays.counts import count_labels, count_predictions
from mltrace.tasks.delays.distribution import delay_distribution
from mltrace.tasks.delays.provisional import label_outlook

HOUR = 3600 * 10**9
DAY = 24 * HOUR
NOBODY_KNOWS = delay_distribution(count_predictions([]), 100)


def one_a_minute(num_hours: int) -> numpy.typing.NDArray[numpy.int64]:
    return numpy.arange(num_hours * 60) * (HOUR // 60)


def test_a_label_before_its_prediction_has_no_delay() -> None:
    counts = count_labels([5 * HOUR, 5 * HOUR], [2 * HOUR, 5 * HOUR + 1])
    assert counts.lags.tolist() == [0]
    assert counts.num_labels.tolist() == [2]


def test_times_before_1970_are_counted_as_others() -> None:
    counts = count_labels([-5 * HOUR], [-2 * HOUR])
    assert (counts.label_buckets.tolist(), counts.lags.tolist()) == ([-5], [3])


def test_times_far_apart_are_counted_as_those_close_together() -> None:
    made = [0, 10**18, 10**18]
    counts = count_predictions(made, width_seconds=1).merged(
        count_labels(made, [1, 10**18, 2 * 10**18], width_seconds=1)
    )
    assert counts.num_predictions.tolist() == [1, 2]
    assert counts.num_labels.sum() == 3


def test_counts_of_other_widths_do_not_merge() -> None:
    with pytest.raises(ArgumentError, match="buckets of 60 s do not merge with those of 3600 s"):
        count_predictions([0]).merged(count_predictions([0], width_seconds=60))


def test_what_was_known_before_an_hour_is_what_a_count_would_have_been_then() -> None:
    made = one_a_minute(48)
    known = made + numpy.arange(len(made)) % 30 * HOUR
    both = count_predictions(made).merged(count_labels(made, known))
    is_made, is_in = made < 24 * HOUR, known < 24 * HOUR
    then = count_predictions(made[is_made]).merged(count_labels(made[is_in], known[is_in]))
    for name in ("buckets", "num_predictions", "cells", "num_labels"):
        assert getattr(both.before(24), name).tolist() == getattr(then, name).tolist()


def test_censored_predictions_are_weighed_as_kaplan_and_meier_do() -> None:
    # 100 predictions at hour 0, of which 40 get a label after 1 hour; 100 at hour 2, of which 50
    # do; at hour 4 those of hour 2 are 2 hours old, and 30 more of the first got one at age 3.
    made = numpy.repeat([0, 2 * HOUR], 100)
    known = numpy.concatenate(
        [numpy.repeat([HOUR, 3 * HOUR], [40, 30]), numpy.repeat(3 * HOUR, 50)]
    )
    labelled = numpy.concatenate([numpy.zeros(70, int), numpy.full(50, 2 * HOUR)])
    counts = count_predictions(made).merged(count_labels(labelled, known))
    arrived = delay_distribution(counts, 4).arrived
    assert arrived.tolist() == pytest.approx([0, 0, 0.45, 0.45, 1 - 0.55 * 0.5])


def test_the_share_that_never_gets_a_label_is_kept_apart() -> None:
    made = one_a_minute(240)
    labelled = made[::4]
    counts = count_predictions(made).merged(count_labels(labelled, labelled + 2 * HOUR))
    delays = delay_distribution(counts, 240)
    assert delays.final_share == pytest.approx(0.25)
    assert delays.age_at(0.99) == 3
    assert delays.chance_to_come()[[0, 2, 3]].tolist() == pytest.approx([0.25, 0.25, 0])


def test_with_a_history_shorter_than_twice_the_delay_nothing_is_settled() -> None:
    made = one_a_minute(72)
    known = made + 40 * HOUR
    counts = count_predictions(made).merged(count_labels(made, known))
    assert not delay_distribution(counts, 72).is_settled(0.99)


@pytest.mark.parametrize(
    ("num_labels", "state"), [(0, "unknown"), (9, "unknown"), (10, "complete")]
)
def test_without_history_a_window_is_provisional_unless_all_labels_are_in(
    num_labels: int, state: str
) -> None:
    outlook = label_outlook(
        [0], [DAY], num_predictions=[10], num_labels=[num_labels], delays=NOBODY_KNOWS, now=9 * DAY
    )
    assert outlook.states == [state]
    assert outlook.is_provisional.tolist() == [state == "unknown"]
    assert numpy.isnan(outlook.expected_coverage[0]) == (state == "unknown")
    assert outlook.complete_at.tolist() == [-1]


def test_a_window_that_has_not_ended_is_provisional_though_each_prediction_has_its_label() -> None:
    outlook = label_outlook(
        [0], [DAY], num_predictions=[10], num_labels=[10], delays=NOBODY_KNOWS, now=DAY - 1
    )
    assert outlook.states == ["open"]


def test_a_window_is_expected_to_be_complete_when_its_last_prediction_is_old_enough() -> None:
    made = one_a_minute(240)
    counts = count_predictions(made).merged(count_labels(made, made + 24 * HOUR))
    delays = delay_distribution(counts, 240)
    states = []
    for now in (224 * HOUR - 1, 224 * HOUR):
        outlook = label_outlook(
            [199 * HOUR],
            [200 * HOUR],
            num_predictions=[60],
            num_labels=[59],
            delays=delay_distribution(counts, now // HOUR),
            now=now,
        )
        states += outlook.states
        assert outlook.complete_at.tolist() == [224 * HOUR]
    assert states == ["arriving", "final"]
    assert delays.age_at(0.99) == 25


def test_a_slice_that_rarely_has_labels_is_final_when_the_rest_is() -> None:
    made = one_a_minute(480)
    counts = count_predictions(made).merged(count_labels(made[::2], made[::2] + 24 * HOUR))
    outlook = label_outlook(
        [240 * HOUR],
        [264 * HOUR],
        num_predictions=[500],
        num_labels=[3],
        delays=delay_distribution(counts, 480),
        now=480 * HOUR,
    )
    assert outlook.states == ["final"]
    assert outlook.expected_coverage.tolist() == pytest.approx([3 / 500])


def test_no_windows_are_no_outlook() -> None:
    outlook = label_outlook([], [], num_predictions=[], num_labels=[], delays=NOBODY_KNOWS, now=0)
    assert outlook.states == []
