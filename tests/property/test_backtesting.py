"""Replays keep the life cycle of alerts, and thresholds are ordered by how strict they are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.observing import day, observe

from mltrace.monitors.alerts.life_cycle import Rule, follow
from mltrace.monitors.backtests.history import History
from mltrace.monitors.backtests.proposing import Search
from mltrace.monitors.backtests.replaying import cuts, replay, separate
from mltrace.monitors.backtests.reporting import Reporting
from mltrace.monitors.backtests.spans import Span, merge_spans

values = st.lists(
    st.floats(0.01, 100, allow_nan=False).map(lambda one: float(f"{one:.3g}")), max_size=60
)
spans = st.lists(st.tuples(st.integers(0, 70), st.integers(0, 10)), max_size=4)
rules = st.builds(Rule, st.integers(1, 4), st.integers(1, 4))


def history_of(
    numbers: list[float], incidents: list[tuple[int, int]], *, is_above: bool = True
) -> History:
    history = History(observe(numbers, is_above=is_above))
    history.accept([Span(day(begin), day(begin + length)) for begin, length in incidents])
    return history


@given(values, spans, rules)
def test_found_and_missed_are_all_incidents_and_false_alarms_are_alerts(
    numbers: list[float], incidents: list[tuple[int, int]], rule: Rule
) -> None:
    history = history_of(numbers, incidents)
    reporting = Reporting(history, rule, tune=lambda _threshold, _rule: (None, {}, ""))
    told = reporting.report("volume:clean", "volume", {})
    assert told.num_found + told.num_missed == len(told.incidents)
    assert told.num_found == sum(one.is_found for one in told.incidents)
    assert 0 <= told.num_false_alarms <= told.num_alerts == len(told.alerts)
    in_incidents = sum(one.incident is not None for one in told.points)
    assert told.num_quiet + in_incidents == told.num_points == len(numbers)
    for incident in told.incidents:
        if incident.is_found:
            assert incident.delay_points is not None
            assert incident.delay_points < max(incident.num_points, 1)
            assert (incident.delay_seconds or 0) >= 0


@given(values, rules)
def test_alerts_are_those_of_the_life_cycle(numbers: list[float], rule: Rule) -> None:
    points = observe(numbers)
    changes = follow(rule, points, news={one.point for one in points})
    opened = [one.because.point for one in changes if one.what == "opened"]
    history = history_of(numbers, [])
    outcome = replay(rule, list(history.tracks.values()))
    assert [points[alarm.begin].point for _, alarm, _ in outcome.alarms] == opened
    assert outcome.num_false_alarms == len(opened)


@given(values, spans, st.integers(1, 4), st.booleans())
def test_a_stricter_threshold_never_makes_more_points_bad(
    numbers: list[float], incidents: list[tuple[int, int]], open_after: int, is_above: bool
) -> None:
    history = history_of(numbers, incidents, is_above=is_above)
    tracks = list(history.tracks.values())
    counts = [
        replay(Rule(open_after), tracks, threshold).num_bad_quiet for threshold in cuts(tracks, 12)
    ]
    assert counts == sorted(counts)


@given(values, spans, st.integers(1, 4), st.booleans())
def test_the_threshold_between_quiet_time_and_incidents_is_the_strictest_that_finds_all(
    numbers: list[float], incidents: list[tuple[int, int]], open_after: int, is_above: bool
) -> None:
    history = history_of(numbers, incidents, is_above=is_above)
    tracks = list(history.tracks.values())
    separation = separate(tracks, open_after)
    if separation is None:
        return
    least = {
        incident: max(
            value
            for track in tracks
            for value, part in zip(track.lasting(open_after), track.incidents, strict=True)
            if part == incident
        )
        for track in tracks
        for incident in track.firsts
    }
    assert separation.quiet < separation.middle < separation.incident == min(least.values())


@given(values, spans, rules)
def test_a_proposal_finds_no_fewer_incidents_with_no_more_false_alarms(
    numbers: list[float], incidents: list[tuple[int, int]], rule: Rule
) -> None:
    history = history_of(numbers, incidents)
    search = Search(list(history.tracks.values()), rule, num_months=history.num_months)
    best, present = search.best(), search.present.outcome
    if best is None:
        return
    found = len(best.outcome.delays), len(present.delays)
    is_loud = 2 * present.num_bad_quiet > sum(
        track.incidents.count(None) for track in history.tracks.values()
    )
    assert is_loud or found[0] >= found[1]
    if not is_loud and found[0] == found[1]:
        assert best.outcome.num_false_alarms <= present.num_false_alarms


@given(values, spans, st.floats(0, 20))
def test_what_is_proposed_within_a_budget_is_within_it(
    numbers: list[float], incidents: list[tuple[int, int]], budget: float
) -> None:
    history = history_of(numbers, incidents)
    search = Search(list(history.tracks.values()), Rule(), num_months=history.num_months)
    chosen = search.within(budget)
    if chosen is not None:
        assert chosen.outcome.num_false_alarms <= budget * history.num_months


@given(spans)
def test_merged_spans_are_merged(incidents: list[tuple[int, int]]) -> None:
    merged = merge_spans(Span(day(begin), day(begin + length)) for begin, length in incidents)
    assert merge_spans(merged) == merged
    assert len(merged) <= len(incidents)
