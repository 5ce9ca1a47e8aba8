"""Artifact versions as runs read and wrote them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.lineage.refs import load_refs
from mltrace.lineage.targets import resolve_version

if TYPE_CHECKING:
    from tests.unit.lineage.conftest import Graph

    from mltrace.records import ArtifactRef


def refs(graph: Graph, *names: str) -> list[ArtifactRef]:
    with graph.save().catalog.read() as connection:
        keys = [resolve_version(connection, name) for name in names]
        found = load_refs(connection, keys)
    return [found[key] for key in keys]


def test_a_version_is_shown_as_it_was_written_last(graph: Graph) -> None:
    graph.run("first", (), ("model.bin@1",))
    graph.run("serve", ("model.bin@1",))
    last = graph.run("second", (), ("model.bin@1",))
    graph.run("serve", ("model.bin@1",))
    (ref,) = refs(graph, "model.bin")
    assert ref.produced_by == last


def test_a_version_that_no_run_wrote_is_shown_as_it_was_read_last(graph: Graph) -> None:
    graph.run("clean", ("raw.csv@1",))
    graph.now += graph.day
    graph.run("clean", ("raw.csv@1",))
    graph.run("make", (), ("made.csv",))
    raw, made = refs(graph, "raw.csv", "made.csv")
    assert raw.produced_by is None
    assert raw.at is not None
    assert made.at is not None
    assert 0 < (made.at - raw.at).total_seconds() < 10
