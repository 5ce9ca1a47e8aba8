"""Spans are read as people write them, and hold the points of their time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.observing import START, day, observe

import mltrace as mt
from mltrace.monitors.backtests.history import History
from mltrace.monitors.backtests.spans import (
    Span,
    merge_spans,
    point_periods,
    quiet_time,
    read_span,
)
from mltrace.monitors.rules.periods import Period


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2013-05-20..2013-06-10", "2013-05-20T00:00", "2013-06-11T00:00"),
        ("2013-W21", "2013-05-20T00:00", "2013-05-27T00:00"),
        ("2013-12", "2013-12-01T00:00", "2014-01-01T00:00"),
        ("2013-05-20T03:30..2013-05-20T04:00", "2013-05-20T03:30", "2013-05-20T04:00"),
        ("  2013-05-20T03  snow", "2013-05-20T03:00", "2013-05-20T04:00"),
    ],
)
def test_a_span_includes_both_ends(text: str, begin: str, end: str) -> None:
    span = read_span(text)
    assert span.begin.isoformat()[:16] == begin
    assert span.end.isoformat()[:16] == end


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("soon", "'soon': 'soon' is not a time"),
        ("2013-06-10..2013-05-20", "ends before it begins"),
        ("2013-05-20..", "is not a time"),
        ("2013-W99", "is not a time"),
    ],
)
def test_what_is_no_span_is_told(text: str, said: str) -> None:
    with pytest.raises(mt.ArgumentError, match=said):
        read_span(text)


def test_spans_that_overlap_at_the_same_subjects_are_one_incident() -> None:
    first, second = Span(day(0), day(3), "a"), Span(day(2), day(5), "b")
    assert merge_spans([second, first]) == [Span(day(0), day(5), "a, b")]
    elsewhere = second._replace(subjects=frozenset({"clean"}))
    assert merge_spans([first, elsewhere]) == [first, elsewhere]
    after = Span(day(3), day(5), "b")
    assert merge_spans([first, after]) == [first, after]


def test_quiet_time_leaves_out_each_incident_once() -> None:
    spans = [
        Span(day(2), day(4)),
        Span(day(3), day(5)),
        Span(day(-9), day(1)),
        Span(day(20), day(30)),
    ]
    assert quiet_time(spans, Period(day(0), day(10))) == timedelta(days=6)
    assert quiet_time([], Period(day(0), day(10))) == timedelta(days=10)


def named(*names: str) -> list[mt.Observation]:
    points = observe([1.0] * len(names))
    return [replace(one, artifact=name) for one, name in zip(points, names, strict=True)]


def test_the_time_of_a_point_is_the_one_that_its_name_tells() -> None:
    found = point_periods(named("2013-W20/rows.csv", "2013-W21/rows.csv"))
    assert [str(one.begin.date()) for one in found] == ["2013-05-13", "2013-05-20"]


@pytest.mark.parametrize(
    "names", [("2013-W20/rows.csv", "rows.csv"), ("at-2013-05-20/rows.csv",) * 3]
)
def test_names_that_tell_no_time_or_the_same_one_are_not_gone_by(names: tuple[str, ...]) -> None:
    assert point_periods(named(*names))[0] == Period(START, START)


def test_a_moment_covers_the_period_that_it_is_in_and_a_period_what_it_touches() -> None:
    week = Period(day(0), day(7))
    assert Span(day(3), day(3)).covers("clean", week)
    assert Span(day(6), day(9)).covers("clean", week)
    assert not Span(day(7), day(9)).covers("clean", week)
    assert Span(day(0), day(3)).covers("clean", Period(day(3), day(3)))
    only = Span(day(0), day(3), subjects=frozenset({"other"}))
    assert not only.covers("clean", week)


def test_points_that_are_learning_or_unknown_are_not_judged() -> None:
    states: list[mt.records.alerts.ObservationState] = ["learning", "ok", "unknown", "bad"]
    history = History(observe([1.0, 2.0, 3.0, 20.0], states=states))
    history.accept([Span(day(0), day(0))])
    (track,) = history.tracks.values()
    assert [one.state for one in track.points] == ["ok", "bad"]
    assert history.places == [0, None, None, None]


def test_months_are_those_between_the_first_and_the_last_judged_point() -> None:
    history = History(observe([1.0] * 60))
    history.accept([])
    assert history.num_months == pytest.approx(60 / 30.4375)
    nothing = History([])
    nothing.accept([])
    assert nothing.num_months == 0
