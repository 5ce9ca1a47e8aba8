"""Alerts are told apart from incidents and from quiet time, and delays are counted."""

from __future__ import annotations

import pytest
from tests.observing import day, observe

from mltrace.monitors.alerts.life_cycle import Rule
from mltrace.monitors.backtests.history import History
from mltrace.monitors.backtests.replaying import (
    Track,
    cuts,
    largest_quiet,
    middle_of,
    replay,
    separate,
)
from mltrace.monitors.backtests.spans import Span

ONE = Rule(1, 1)


def tracks_of(
    values: list[float | None], *incidents: tuple[int, int], threshold: float = 10.0
) -> list[Track]:
    history = History(observe(values, threshold=threshold))
    history.accept([Span(day(first), day(last)) for first, last in incidents])
    return list(history.tracks.values())


def test_an_alert_in_quiet_time_is_a_false_alarm_and_one_in_an_incident_finds_it() -> None:
    outcome = replay(ONE, tracks_of([1, 20, 1, 1, 1, 1, 1, 30, 1], (6, 7)))
    assert [is_false for _, _, is_false in outcome.alarms] == [True, False]
    assert outcome.num_false_alarms == 1
    assert outcome.delays[0].points == 1
    assert outcome.delays[0].at == day(7)


def test_an_incident_at_which_nothing_is_bad_is_missed() -> None:
    outcome = replay(ONE, tracks_of([1, 1, 1, 1], (1, 2)))
    assert not outcome.delays
    assert not outcome.alarms


def test_an_alert_that_was_long_open_when_an_incident_began_does_not_tell_of_it() -> None:
    outcome = replay(ONE, tracks_of([1, 20, 20, 20, 20, 1], (4, 4)))
    assert not outcome.delays
    assert outcome.num_false_alarms == 1


def test_an_alert_right_before_an_incident_that_goes_on_into_it_tells_of_it_at_once() -> None:
    outcome = replay(ONE, tracks_of([1, 1, 1, 20, 20, 1], (4, 4)))
    assert outcome.delays[0].points == 0
    assert outcome.num_false_alarms == 0


def test_an_alert_right_before_an_incident_that_is_over_is_a_false_alarm() -> None:
    outcome = replay(ONE, tracks_of([1, 1, 1, 20, 1, 1], (4, 4)))
    assert not outcome.delays
    assert outcome.num_false_alarms == 1


def test_an_alert_that_is_opened_again_in_an_incident_finds_it_and_stays_a_false_alarm() -> None:
    outcome = replay(ONE, tracks_of([1, 20, 1, 20, 1], (3, 3)))
    assert len(outcome.alarms) == 1
    assert outcome.delays[0].points == 0
    assert outcome.num_false_alarms == 1


def test_what_must_be_bad_for_some_points_in_a_row_is_found_later_and_raises_less() -> None:
    tracks = tracks_of([1, 20, 1, 1, 1, 1, 20, 20, 20], (6, 8))
    once, twice = replay(ONE, tracks), replay(Rule(2, 1), tracks)
    assert (once.num_false_alarms, once.delays[0].points) == (1, 0)
    assert (twice.num_false_alarms, twice.delays[0].points) == (0, 1)
    assert (once.num_bad_quiet, twice.num_bad_quiet) == (1, 0)


def test_an_alert_that_opens_after_an_incident_is_neither_found_nor_false() -> None:
    outcome = replay(Rule(3, 1), tracks_of([1, 1, 20, 20, 20, 1], (2, 3)))
    assert not outcome.delays
    assert outcome.num_false_alarms == 0
    assert len(outcome.alarms) == 1


def test_another_threshold_judges_what_has_a_number_and_leaves_the_rest() -> None:
    history = History(
        [
            *observe([1, 20, 1, 1, 1, 1, 6]),
            *observe([None], states=["bad"], subject="clean: fare creeps"),
        ]
    )
    history.accept([])
    tracks = list(history.tracks.values())
    assert replay(ONE, tracks).num_false_alarms == 2
    assert replay(ONE, tracks, 5.0).num_false_alarms == 3
    assert replay(ONE, tracks, 25.0).num_false_alarms == 1


def test_an_incident_is_told_of_by_the_subject_that_tells_first() -> None:
    history = History(
        [*observe([1, 1, 1, 20], subject="late"), *observe([1, 1, 20, 20], subject="soon")]
    )
    history.accept([Span(day(1), day(3))])
    outcome = replay(ONE, list(history.tracks.values()))
    assert outcome.delays[0].points == 1


@pytest.mark.parametrize(
    ("open_after", "quiet", "incident"), [(1, 20.0, 25.0), (2, 3.0, 24.0), (3, 3.0, 21.0)]
)
def test_the_threshold_lies_between_quiet_time_and_the_mildest_incident(
    open_after: int, quiet: float, incident: float
) -> None:
    tracks = tracks_of([1, 2, 20, 3, 4, 2, 24, 25, 21], (6, 8))
    separation = separate(tracks, open_after)
    assert separation is not None
    assert separation.incident == incident
    assert separation.quiet == quiet
    assert quiet < separation.middle < incident


def test_where_quiet_time_is_worse_the_threshold_still_finds_every_incident() -> None:
    tracks = tracks_of([1, 40, 1, 1, 1, 1, 12, 1, 1, 1, 30], (6, 6), (10, 10))
    separation = separate(tracks, 1)
    assert separation is not None
    assert (separation.quiet, separation.incident) == (1.0, 12.0)
    outcome = replay(ONE, tracks, separation.middle)
    assert len(outcome.delays) == 2
    assert outcome.num_false_alarms == 1


def test_without_incidents_or_numbers_nothing_is_separated() -> None:
    assert separate(tracks_of([1, 20, 1]), 1) is None
    assert separate(tracks_of([None, None]), 1) is None
    assert cuts(tracks_of([None, None]), 10) == []
    assert largest_quiet(tracks_of([None])) is None


def test_of_many_thresholds_some_are_chosen_evenly_from_the_strictest() -> None:
    values: list[float | None] = [float(number) for number in range(100)]
    found = cuts(tracks_of(values), 5)
    assert len(found) == 5
    assert found == sorted(found, reverse=True)
    assert 98 < found[0] < 99
    assert found[-1] >= 75


@pytest.mark.parametrize(
    ("low", "high"), [(1.0, 1.0000001), (-5.0, 3.0), (0.0, 1e-9), (-2e9, -1e9), (1e-6, 0.0131)]
)
def test_a_middle_lies_between(low: float, high: float) -> None:
    assert low < middle_of(low, high) < high
