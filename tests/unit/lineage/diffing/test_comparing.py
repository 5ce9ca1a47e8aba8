"""Diffs of what is in a catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mltrace.lineage.diffing import comparing as diffing
from mltrace.lineage.loading import load_runs
from mltrace.lineage.targets import resolve
from mltrace.store.facts import BeginFact, EnvironmentFact, ProcessFact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection
    from tests.unit.lineage.conftest import Graph

    from mltrace.config import Settings
    from mltrace.records import Diff, Run


def diff(graph: Graph, a: object, b: object) -> Diff:
    with graph.save().catalog.read() as connection:
        targets = resolve(connection, a), resolve(connection, b)
        return diffing.diff_targets(connection, *targets, settings=graph.settings)


def components(found: Diff) -> list[tuple[str, int]]:
    return [(pair.component, pair.depth) for pair in found.pairs]


def test_pairs_come_by_their_greatest_distance_and_then_by_time(graph: Graph) -> None:
    for week in "12":
        graph.run("ingest", (), (f"raw{week}",))
        graph.run("clean", (f"raw{week}",), (f"clean{week}",))
        graph.run("zones", (), (f"zones{week}",))
        graph.run("train", (f"clean{week}", f"raw{week}", f"zones{week}"), (f"model{week}",))
    found = diff(graph, "model1", "model2")
    assert components(found) == [("ingest", 2), ("clean", 1), ("zones", 1), ("train", 0)]


def test_of_a_long_history_that_both_share_nothing_is_loaded(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph.chain(500)
    graph.run("predict", ("v499",), ("a",))
    graph.run("predict", ("v499",), ("b",))
    loaded: list[int] = []

    def load(connection: Connection, ids: Sequence[int], settings: Settings) -> dict[int, Run]:
        loaded.extend(ids)
        return load_runs(connection, ids, settings)

    monkeypatch.setattr(diffing, "load_runs", load)
    found = diff(graph, "a", "b")
    assert components(found) == [("predict", 0)]
    assert (found.num_shared, len(loaded)) == (500, 2)


def test_a_late_pipeline_of_the_same_names_is_told_from_the_first_by_content(graph: Graph) -> None:
    for version in "12":
        graph.run("train", (), (f"model.bin@{version}",), params={"version": version})
        graph.run("predict", (f"model.bin@{version}",), (f"scores.csv@s{version}",))
    old, new = (f"scores.csv@{graph.digest(f's{version}')[:8]}" for version in "12")
    found = diff(graph, old, new)
    assert components(found) == [("train", 1), ("predict", 0)]
    assert next((one.name, one.before, one.after) for one in found.changes if one.name) == (
        "version",
        "1",
        "2",
    )


def test_packages_of_two_processes_are_told_by_name(graph: Graph) -> None:
    for number, version in enumerate(("1.26", "2.0"), 1):
        process, digest = f"q{number}", f"env{number}"
        graph.add(
            ProcessFact(id=process, host="h", pid=number, at=graph.now),
            EnvironmentFact(
                process=process, digest=digest, python="3.11.7", packages={"numpy": version}
            ),
            BeginFact(
                run=f"0193000{number}-0000-7000-8000-000000000000",
                component="train",
                at=graph.now,
                process=process,
            ),
        )
    found = diff(graph, "01930001", "01930002")
    assert [(one.aspect, one.name, one.before, one.after) for one in found.changes] == [
        ("package", "numpy", "1.26", "2.0")
    ]


@pytest.mark.parametrize("number", [3_000])
def test_an_output_of_thousands_of_parts_is_compared_part_by_part(
    graph: Graph, number: int
) -> None:
    for day in "12":
        parts = tuple(f"{day}/part-{at}.csv" for at in range(number))
        graph.run("load", (), parts)
        graph.run("join", parts, (f"joined{day}",))
    found = diff(graph, "joined1", "joined2")
    assert components(found) == [("load", 1), ("join", 0)]
    inputs = [one for one in found.pairs[1].changes if one.aspect == "input"]
    assert len(inputs) == number
    assert all(one.is_consequence for one in inputs)


def test_an_output_id_stands_for_the_run_that_made_it(graph: Graph) -> None:
    graph.run("predict", (), ids=("p1", "p2"))
    graph.run("predict", (), ids=("p3",))
    assert not diff(graph, "p1", "p2").differs
    found = diff(graph, "p1", "p3")
    assert [(one.aspect, one.name) for one in found.changes] == [("rows", "ids"), ("output", "ids")]
