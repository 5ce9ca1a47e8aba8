"""Trace and impact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.lineage.conftest import Graph


def test_a_trace_lists_each_run_once_nearest_first(graph: Graph) -> None:
    runs = graph.diamonds(30)
    trace = graph.trace("j30")
    assert len(trace.steps) == len(runs) == 91
    assert {step.run.id for step in trace.steps} == set(runs)
    depths = [step.depth for step in trace.steps]
    assert depths == sorted(depths)
    assert (depths[0], depths[-1]) == (0, 60)


def test_depth_is_the_least_distance(graph: Graph) -> None:
    source = graph.run("ingest", (), ("raw",))
    graph.run("clean", ("raw",), ("clean",))
    graph.run("train", ("clean", "raw"), ("model",))
    assert {step.run.component: step.depth for step in graph.trace("model").steps} == {
        "train": 0,
        "clean": 1,
        "ingest": 1,
    }
    assert [step.depth for step in graph.impact(source).steps] == [0, 1, 1]


def test_a_step_has_what_its_run_read_and_wrote(graph: Graph) -> None:
    graph.run("ingest", ("raw.csv",), ("a",))
    graph.run("clean", ("a",), ("b",))
    first, second = graph.trace("b").steps
    assert [ref.name for ref in first.reads] == ["a"]
    assert [ref.name for ref in first.writes] == ["b"]
    assert [ref.name for ref in second.reads] == ["raw.csv"]


def test_sources_are_what_no_run_wrote(graph: Graph) -> None:
    graph.run("ingest", ("raw.csv@1",), ("a",))
    graph.run("other", ("raw.csv@1", "zones.csv@1"), ("b",))
    graph.run("join", ("a", "b"), ("c",))
    sources = graph.trace("c").sources
    assert sorted(ref.name for ref in sources) == ["raw.csv", "zones.csv"]


def test_a_source_traces_to_itself_and_has_its_readers_as_impact(graph: Graph) -> None:
    graph.run("ingest", ("raw.csv@1",), ("a",))
    graph.run("clean", ("a",), ("b",))
    trace = graph.trace("raw.csv")
    assert trace.steps == ()
    assert [ref.name for ref in trace.sources] == ["raw.csv"]
    assert [(s.run.component, s.depth) for s in graph.impact("raw.csv").steps] == [
        ("ingest", 1),
        ("clean", 2),
    ]


def test_impact_of_an_artifact_leaves_its_maker_out(graph: Graph) -> None:
    graph.run("ingest", (), ("a",))
    graph.run("clean", ("a",), ("b", "log"))
    impact = graph.impact("a")
    assert [step.run.component for step in impact.steps] == ["clean"]
    assert [ref.name for ref in impact.sinks] == ["b", "log"]


def test_impact_follows_content_under_another_name(graph: Graph) -> None:
    graph.run("export", (), ("a.csv@1",))
    graph.run("load", ("copy.csv@1",), ("b",))
    assert [step.run.component for step in graph.impact("a.csv").steps] == ["load"]


def test_versions_are_told_apart(graph: Graph) -> None:
    old = graph.run("train", (), ("model@1",))
    graph.run("predict", ("model@1",), ("scores@1",))
    new = graph.run("train", (), ("model@2",))
    graph.run("predict", ("model@2",), ("scores@2",))
    assert new in {step.run.id for step in graph.trace("scores").steps}
    version = f"scores@{graph.digest('1')[:8]}"
    assert [step.run.id for step in graph.trace(version).steps][-1] == old
    assert len(graph.impact("model").steps) == 1


def test_an_output_id_traces_to_the_run_that_made_it_last(graph: Graph) -> None:
    graph.run("predict", (), ids=("p1", "p2"))
    last = graph.run("predict", (), ids=("p1",))
    assert [step.run.id for step in graph.trace("p1").steps] == [last]
    assert graph.trace("p2").steps[0].run.id != last


def test_runs_that_read_each_other_end(graph: Graph) -> None:
    one = graph.run("one", ("b@1",), ("a@1",), at=graph.now, seconds=1)
    # `two` is long: it wrote b before `one` began and reads a after it ended.
    graph.now += 10
    start = graph.now
    two = graph.run("two", ("a@1",), ("b@1",), at=start, seconds=1)
    three = graph.run("one", ("b@1",), ("a@2",), at=start + 5)
    graph.save()
    from sqlalchemy import update

    from mltrace.lineage.targets import resolve_run
    from mltrace.store.database.schema import read

    with graph.catalog.write() as connection:
        keys = [resolve_run(connection, run) for run in (one, two)]
        for mine, other in (keys, keys[::-1]):
            connection.execute(update(read).where(read.c.run_id == mine).values(producer_id=other))
    assert {step.run.id for step in graph.trace(one).steps} == {one, two}
    assert {one, two} <= {step.run.id for step in graph.impact(one).steps}
    assert three


@pytest.mark.parametrize("length", [2_000])
def test_long_chains_do_not_recurse(graph: Graph, length: int) -> None:
    graph.chain(length)
    assert len(graph.trace(f"v{length - 1}").steps) == length
    assert len(graph.impact("v0").steps) == length - 1
