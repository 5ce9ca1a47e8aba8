"""Grouping: every alert in one incident, each with one cause that has no alert upstream."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from mltrace.monitors.alerts.grouping import Place, Placed, group

if TYPE_CHECKING:
    import random
    from collections.abc import Collection, Mapping, Sequence

RUNS = 12
Pipeline = tuple[list[Placed], dict[int, list[int]]]


@st.composite
def pipelines(draw: st.DrawFn, *, is_acyclic: bool = True) -> Pipeline:
    edges = draw(
        st.sets(st.tuples(st.integers(0, RUNS - 1), st.integers(0, RUNS - 1)), max_size=30)
    )
    upstream: dict[int, list[int]] = {}
    for run, producer in sorted(edges):
        if not is_acyclic or producer < run:
            upstream.setdefault(run, []).append(producer)
    places = draw(st.lists(st.sets(st.integers(0, RUNS - 1), max_size=3), max_size=8))
    alerts = [
        Placed(
            id=f"a{number}",
            runs=sorted(runs),
            began=draw(st.integers(0, 3)),
            opened=draw(st.integers(0, 3)),
            severity=draw(st.integers(0, 2)),
            incident=f"a{number}",
        )
        for number, runs in enumerate(places)
    ]
    return alerts, upstream


def reached(runs: Collection[int], upstream: Mapping[int, Sequence[int]]) -> set[int]:
    """All runs upstream of some, and these."""
    seen, todo = set(runs), list(runs)
    while todo:
        for producer in upstream.get(todo.pop(), ()):
            if producer not in seen:
                seen.add(producer)
                todo.append(producer)
    return seen


def is_upstream(one: Placed, other: Placed, upstream: Mapping[int, Sequence[int]]) -> bool:
    return not reached(other.runs, upstream).isdisjoint(one.runs)


def settled(alerts: Sequence[Placed], places: Mapping[str, Place]) -> list[Placed]:
    return [
        replace(
            one,
            incident=places[one.id].incident,
            role=places[one.id].role,
            behind=places[one.id].behind,
        )
        for one in alerts
    ]


@given(pipelines(is_acyclic=False))
def test_every_alert_is_in_one_incident_with_one_cause(pipeline: Pipeline) -> None:
    alerts, upstream = pipeline
    places = group(alerts, upstream)
    assert places.keys() == {one.id for one in alerts}
    incidents = {place.incident for place in places.values()}
    causes = [place.incident for place in places.values() if place.role == "cause"]
    assert sorted(causes) == sorted(incidents)


@given(pipelines(is_acyclic=False))
def test_consequences_form_a_forest_below_their_cause(pipeline: Pipeline) -> None:
    alerts, upstream = pipeline
    places = group(alerts, upstream)
    for name in places:
        way = [name]
        while behind := places[way[-1]].behind:
            assert places[behind].incident == places[name].incident
            assert behind not in way
            way.append(behind)
        assert places[way[-1]].role == "cause"


@given(pipelines(is_acyclic=False))
def test_a_cause_has_no_alert_upstream_but_those_that_it_is_upstream_of(pipeline: Pipeline) -> None:
    alerts, upstream = pipeline
    places = group(alerts, upstream)
    for cause in (one for one in alerts if places[one.id].role == "cause"):
        for other in alerts:
            if is_upstream(other, cause, upstream):
                assert places[other.id].incident == places[cause.id].incident


@given(pipelines())
def test_without_cycles_what_is_behind_an_alert_is_upstream_of_its_place(
    pipeline: Pipeline,
) -> None:
    alerts, upstream = pipeline
    one_run = [replace(one, runs=list(one.runs)[:1]) for one in alerts]
    by_id = {one.id: one for one in one_run}
    for name, place in group(one_run, upstream).items():
        if place.behind:
            assert is_upstream(by_id[place.behind], by_id[name], upstream)


@given(pipelines(is_acyclic=False), st.randoms(use_true_random=False))
def test_the_order_of_alerts_and_edges_does_not_matter(
    pipeline: Pipeline, chance: random.Random
) -> None:
    alerts, upstream = pipeline
    mixed = list(alerts)
    chance.shuffle(mixed)
    turned = {run: list(reversed(some)) for run, some in reversed(upstream.items())}
    assert group(mixed, turned) == group(alerts, upstream)


@given(pipelines(is_acyclic=False))
def test_grouped_again_nothing_changes(pipeline: Pipeline) -> None:
    alerts, upstream = pipeline
    places = group(alerts, upstream)
    assert group(settled(alerts, places), upstream) == places


@given(pipelines(is_acyclic=False), st.integers(0, 8))
def test_an_incident_that_was_told_keeps_its_id_when_more_alerts_open(
    pipeline: Pipeline, num_first: int
) -> None:
    alerts, upstream = pipeline
    first, later = alerts[:num_first], alerts[num_first:]
    later = [replace(one, opened=9) for one in later]
    told = group(first, upstream)
    places = group([*settled(first, told), *later], upstream, fresh={one.id for one in later})
    for incident in {place.incident for place in told.values()}:
        now_in = places[incident].incident
        assert now_in in {place.incident for place in told.values()}


@given(pipelines())
def test_alerts_whose_runs_are_forgotten_stay_where_they_were(pipeline: Pipeline) -> None:
    alerts, upstream = pipeline
    before = settled(alerts, group(alerts, upstream))
    forgotten = [replace(one, runs=()) for one in before]
    places = group(forgotten, {})
    assert {name: place.incident for name, place in places.items()} == {
        one.id: one.incident for one in before
    }
