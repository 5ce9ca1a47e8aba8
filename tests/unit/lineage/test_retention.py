"""What may be forgotten of old runs, and that lineage answers as before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.lineage.conftest import DAY, PROCESS, Graph

from mltrace.lineage.retention.states import State
from mltrace.store.facts import BeginFact, CheckFact

if TYPE_CHECKING:
    from pathlib import Path

CHECK = CheckFact(check="NoNulls", test="test_a", when="after", status="passed", severity="warn")


def weeks(graph: Graph, number: int, *, train_every: int = 4) -> list[str]:
    """Run a pipeline week after week; a model is trained every few weeks."""
    predictions = []
    for week in range(number):
        params = {"batch": f"2013-W{week:02d}", "unit": "F" if week < 5 else "C"}
        code = "one" if week < 6 else "two"
        name = f"raw{week}.csv"
        graph.run("ingest", ("feed.csv",), (name,), params=params, code=code, checks=(CHECK,))
        graph.run("clean", (name,), (f"clean{week}.csv",), columns=["a"] * (1 + week // 7))
        if week % train_every == 0:
            graph.run("train", (f"clean{week}.csv",), ("model.bin",), params={"rate": week // 4})
        run = graph.run("predict", (f"clean{week}.csv", "model.bin"), ids=(f"p{week}",))
        graph.note(run, "checked by hand")
        predictions.append(run)
        graph.now += 7 * DAY
    return predictions


def lineage_of(graph: Graph, runs: list[str]) -> list[Any]:
    """Tell all that must survive retention."""
    steps = [[(step.run.id, step.depth) for step in graph.trace(run).steps] for run in runs]
    return [steps, [graph.reasons(run) for run in runs], graph.stale()]


def test_traces_and_staleness_are_the_same_after_the_makers_were_pruned(graph: Graph) -> None:
    predictions = weeks(graph, 12)
    graph.save()
    before = lineage_of(graph, predictions[8:])
    assert any(before[1])
    found = graph.forget(graph.now - 4 * 7 * DAY)
    assert len(found.going) > 20
    assert lineage_of(graph, predictions[8:]) == before


@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_no_answer_about_a_kept_run_changes(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder: Path = tmp_path_factory.mktemp("store")
    graph = Graph(folder)
    names = [f"a{number}" for number in range(4)] + [f"f{number}.csv" for number in range(3)]
    runs = []
    for number in range(data.draw(st.integers(4, 24))):
        reads = data.draw(st.lists(st.sampled_from(names), max_size=2, unique=True))
        writes = data.draw(st.lists(st.sampled_from(names), max_size=2, unique=True))
        component = data.draw(st.sampled_from(["ingest", "train", "predict"]))
        params = {"unit": data.draw(st.sampled_from("FC")), "week": number}
        code = data.draw(st.sampled_from(["one", "two"]))
        runs.append(graph.run(component, tuple(reads), tuple(writes), params=params, code=code))
        graph.now += data.draw(st.sampled_from([0, 20 * DAY]))
    cut = data.draw(st.integers(0, len(runs)))
    started = [run.started_at for run in graph.load(*runs)]
    moment = graph.now if cut == len(runs) else int(started[cut].timestamp() * 10**9)
    kept = runs[cut:]
    before = lineage_of(graph, kept)
    graph.forget(moment)
    assert lineage_of(graph, kept) == before
    graph.catalog.close()


def test_the_details_of_a_forgotten_run_are_gone_and_its_skeleton_stays(graph: Graph) -> None:
    (old, *_) = weeks(graph, 12)
    (full,) = graph.load(old)
    graph.forget(graph.now - 4 * 7 * DAY)
    (run,) = graph.load(old)
    assert run.details_removed_at is not None
    assert (run.notes, run.params, run.checks) == ((), {}, ())
    assert run.inputs == full.inputs
    assert (run.id, run.component, run.status) == (old, "predict", "succeeded")
    assert (run.started_at, run.ended_at) == (full.started_at, full.ended_at)
    with pytest.raises(KeyError, match="p0"):
        graph.trace("p0")


def test_forgetting_again_finds_nothing_new(graph: Graph) -> None:
    weeks(graph, 8)
    moment = graph.now - 2 * 7 * DAY
    assert graph.forget(moment).going
    assert not graph.forget(moment).going


def test_the_upstream_of_a_flagged_output_is_never_touched(graph: Graph) -> None:
    weeks(graph, 12)
    graph.flag("p1")
    graph.forget(graph.now)
    steps = graph.trace("p1").steps
    assert {step.run.component for step in steps} == {"ingest", "clean", "train", "predict"}
    assert all(step.run.details_removed_at is None for step in steps)
    assert steps[0].run.notes == ("checked by hand",)


def test_the_latest_of_each_component_and_runs_under_way_stay(graph: Graph) -> None:
    graph.run("train", params={"rate": 1})
    latest = graph.run("train", params={"rate": 2})
    failed = graph.run("train", status="failed")
    under_way = "01938b5e-8c00-7000-8000-00000000000f"
    graph.add(BeginFact(run=under_way, component="serve", at=graph.now - DAY, process=PROCESS))
    newer = graph.run("serve")
    graph.forget(graph.now + DAY)
    kept = graph.load(latest, failed, under_way, newer)
    assert [run.details_removed_at for run in kept] == [None] * 4


def test_parameters_stay_where_something_is_compared_with_them(graph: Graph) -> None:
    first = graph.run("ingest", (), ("raw1.csv",), params={"unit": "F"})
    for _ in range(201):
        graph.run("ingest", (), ("other.csv",), params={"unit": "F"})
    second = graph.run("ingest", (), ("raw2.csv",), params={"unit": "F"})
    for _ in range(201):
        graph.run("ingest", (), ("other.csv",), params={"unit": "F"})
    graph.run("train", ("raw2.csv",), ("model.bin",))
    graph.forget(graph.now)
    forgotten, upstream = graph.load(first, second)
    assert (forgotten.params, upstream.params) == ({}, {"unit": "F"})
    assert upstream.details_removed_at is not None


def test_values_go_that_only_forgotten_runs_read_or_wrote(graph: Graph) -> None:
    for version in ("1", "2", "3"):
        graph.run("ingest", (), (f"raw.csv@raw{version}",))
        graph.run("clean", (f"raw.csv@raw{version}",), (f"clean.csv@clean{version}",))
    moment = graph.now
    graph.run("train", ("clean.csv@clean2",))
    labels = [f"{name}{version}" for name in ("raw", "clean") for version in "123"]
    assert graph.values_going(moment, *labels, "unknown") == {"raw1", "raw2", "clean1"}


def test_values_of_their_own_age_go_before_or_after_the_details(graph: Graph) -> None:
    for version in ("1", "2", "3"):
        graph.run("ingest", (), (f"raw.csv@raw{version}",))
        graph.run("clean", (f"raw.csv@raw{version}",), (f"clean.csv@clean{version}",))
        graph.now += 10 * DAY
    labels = [f"{name}{version}" for name in ("raw", "clean") for version in "123"]
    ages = {"older_than": "never", "values_older_than": "15d"}
    assert graph.values_going(graph.now, *labels, **ages) == {"raw1", "clean1", "raw2", "clean2"}
    ages = {"older_than": "0s", "values_older_than": "25d"}
    assert graph.values_going(graph.now, *labels, **ages) == {"raw1", "clean1"}


def test_the_last_runs_of_each_component_stay_by_number(graph: Graph) -> None:
    trained = [graph.run("train") for _ in range(5)]
    served = [graph.run("serve") for _ in range(2)]
    plan = graph.forget(graph.now, keep_last=3)
    gone = [run.details_removed_at is not None for run in graph.load(*trained, *served)]
    assert gone == [True, True, False, False, False, False, False]
    assert plan.num_staying == {State.LATEST: 2, State.LAST: 3}


def test_a_pinned_run_and_its_upstream_stay_with_their_values(graph: Graph) -> None:
    for version in ("1", "2", "3"):
        graph.run("ingest", (), (f"raw.csv@raw{version}",))
        trained = graph.run("train", (f"raw.csv@raw{version}",), (f"model@model{version}",))
        if version == "1":
            graph.pin(trained)
    labels = [f"{name}{version}" for name in ("raw", "model") for version in "123"]
    assert graph.values_going(graph.now, *labels) == {"raw2", "model2"}
    plan = graph.forget(graph.now)
    assert plan.num_staying[State.PINNED] == plan.num_staying[State.NEEDED_BY_PINNED] == 1
    assert len(plan.going) == 2
