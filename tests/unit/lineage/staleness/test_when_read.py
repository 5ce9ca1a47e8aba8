"""Stale inputs, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mltrace.config import StalePolicy

if TYPE_CHECKING:
    from tests.unit.lineage.conftest import Graph


def test_an_input_older_than_the_limit_is_stale(graph: Graph) -> None:
    maker = graph.run("features", (), ("features.parquet",))
    graph.now += 42 * graph.day
    (run,) = graph.load(graph.run("predict", ("features.parquet",)))
    assert run.stale == (
        f"features.parquet was 42 days old when read (made by features {maker[:13]} on "
        "2013-05-01; the limit is 30 days)",
    )


def test_the_limit_can_be_set(graph: Graph) -> None:
    graph.run("features", (), ("f",))
    graph.now += 2 * graph.day
    run = graph.run("predict", ("f",))
    assert graph.load(run)[0].stale == ()
    graph.settings = replace(graph.settings, stale_after=StalePolicy(86_400.0))
    assert "the limit is 1 day" in graph.load(run)[0].stale[0]


def test_age_counts_from_writing_not_from_the_start_of_the_maker(graph: Graph) -> None:
    graph.run("slow", (), ("f",), seconds=40 * 86_400)
    assert graph.load(graph.run("predict", ("f",)))[0].stale == ()


def test_fresher_runs_of_the_maker_make_stale(graph: Graph) -> None:
    graph.run("train", (), ("model@1",))
    graph.now += 3 * graph.day
    graph.run("train", (), ("model@2",))
    graph.run("train", (), ("model@3",))
    graph.run("train", status="failed")
    (run,) = graph.load(graph.run("predict", ("model@1",)))
    graph.run("train", (), ("model@4",))
    assert run.stale == (
        "2 fresher runs of train began before this run (it read what train made on 2013-05-01)",
    )
    assert graph.load(graph.run("predict", ("model@4",)))[0].stale == ()


def test_who_reads_from_many_runs_is_as_fresh_as_the_newest(graph: Graph) -> None:
    for month in range(12):
        graph.run("ingest", (), (f"raw{month}",))
    every = tuple(f"raw{month}" for month in range(12))
    late, early = graph.load(graph.run("clean", every), graph.run("clean", every[:11]))
    assert late.stale == ()
    assert early.stale[0].startswith("1 fresher run of ingest began")


def test_the_run_around_a_run_does_not_overtake_it(graph: Graph) -> None:
    graph.run("pipeline", (), ("model@1",))
    outer = graph.run("pipeline", seconds=10)
    middle = graph.run("stage", parent=outer, at=graph.now - 8 * 10**9)
    inner = graph.run("predict", ("model@1",), parent=middle, at=graph.now - 7 * 10**9)
    assert graph.load(inner)[0].stale == ()


def test_recursive_runs_do_not_overtake_the_first(graph: Graph) -> None:
    outer = graph.run("train", (), ("model@1",), seconds=10)
    graph.run("train", parent=outer, at=graph.now - 8 * 10**9)
    assert graph.load(graph.run("predict", ("model@1",)))[0].stale == ()
