"""Lists of runs, components and tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mltrace.errors import ArgumentError, UnknownNameError
from mltrace.lineage.listing import list_components, list_runs, list_tags

if TYPE_CHECKING:
    from tests.unit.lineage.conftest import Graph


def ids(graph: Graph, **options: Any) -> list[str]:
    with graph.save().catalog.read() as connection:
        return [run.id for run in list_runs(connection, graph.settings, **options)]


def test_runs_come_newest_first(graph: Graph) -> None:
    runs = graph.chain(30)
    assert ids(graph) == runs[:-21:-1]
    assert ids(graph, limit=2) == runs[:-3:-1]
    assert ids(graph, limit=None) == runs[::-1]


def test_runs_can_be_picked(graph: Graph) -> None:
    old = graph.run("a", status="failed")
    graph.now += graph.day
    new = graph.run("b")
    assert ids(graph, status="failed") == [old]
    assert ids(graph, component="b") == [new]
    assert ids(graph, since="2013-05-02") == [new]
    assert ids(graph, until="2013-05-02T00:00:00+00:00") == [old]
    assert ids(graph, since="7d") == []


@pytest.mark.parametrize("limit", [0, -1, 2.5, "3", True])
def test_a_limit_that_cannot_be_is_refused(graph: Graph, limit: Any) -> None:
    with pytest.raises(ArgumentError, match=f"limit={limit!r} is no positive whole number"):
        ids(graph, limit=limit)


def test_unknown_things_are_refused(graph: Graph) -> None:
    graph.run("train")
    with pytest.raises(UnknownNameError, match=r"No component 'trian'\. Did you mean 'train'"):
        ids(graph, component="trian")
    with pytest.raises(ArgumentError, match="status='done' is no run status; accepted: running"):
        ids(graph, status="done")


def test_components_come_with_what_was_declared(graph: Graph) -> None:
    graph.declare("clean", owner="ada", description="cleans", tags=("x", "y"))
    graph.declare("train", owner="bob", tags=("y",))
    graph.declare("never")
    graph.run("clean")
    graph.run("train")
    graph.run("clean")
    with graph.save().catalog.read() as connection:
        clean, train, never = list_components(connection)
        assert (clean.name, clean.owner, clean.description) == ("clean", "ada", "cleans")
        assert (clean.tags, clean.num_runs, train.num_runs) == (("x", "y"), 2, 1)
        assert (never.name, never.num_runs, never.last_run_at) == ("never", 0, None)
        assert [one.name for one in list_components(connection, owner="bob")] == ["train"]
        assert [one.name for one in list_components(connection, tag="x")] == ["clean"]
        tags = [(tag.name, tag.components) for tag in list_tags(connection)]
    assert tags == [("x", ("clean",)), ("y", ("clean", "train"))]
