"""Sources that were replaced: files that no run wrote, of which a newer version is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.unit.lineage.conftest import Graph


def serve(graph: Graph, *, code: str = "one") -> str:
    """Train on a source and predict, a month before anything else; return the run of train."""
    train = graph.run("train", ("raw.csv@1",), ("model.bin@" + code,))
    graph.run("predict", ("model.bin@" + code,), ("predictions.csv",))
    graph.now += 20 * graph.day
    return train


def test_a_newer_version_that_another_component_read_is_told_with_the_path(graph: Graph) -> None:
    train = serve(graph)
    report = graph.run("report", ("raw.csv@2",))
    stale = graph.stale()
    said = f"a newer raw.csv exists: read by report {report[:13]} on 2013-05-21"
    assert stale["train"] == [f"{said} (it read that of 2013-05-01)"]
    read = f"(train {train[:13]} read that of 2013-05-01)"
    assert stale["predict"] == [f"{said} {read} (path: predict ← train)"]
    assert stale.keys() == {"train", "predict"}


def test_a_version_that_a_run_wrote_since_is_newer_as_well(graph: Graph) -> None:
    serve(graph)
    download = graph.run("download", (), ("raw.csv@2",))
    said = f"a newer raw.csv exists: made by download {download[:13]} on 2013-05-21"
    assert graph.stale()["train"] == [f"{said} (it read that of 2013-05-01)"]


def test_the_same_version_read_again_replaces_nothing(graph: Graph) -> None:
    serve(graph)
    graph.run("report", ("raw.csv@1",))
    assert graph.stale() == {}


def test_a_source_that_was_put_back_is_what_was_read(graph: Graph) -> None:
    serve(graph)
    graph.run("report", ("raw.csv@2",))
    graph.run("report", ("raw.csv@1",))
    assert graph.stale() == {}


def test_the_name_of_a_variable_proves_nothing(graph: Graph) -> None:
    graph.run("train", ("rows@1",), ("model.bin",))
    graph.run("report", ("rows@2",))
    assert graph.stale() == {}


def test_what_a_run_makes_of_its_own_source_replaces_nothing(graph: Graph) -> None:
    graph.run("update", ("state.json@1",), ("state.json@2",))
    graph.run("update", ("state.json@2",), ("state.json@3",))
    graph.run("report", ("state.json@3",))
    assert graph.stale() == {}


def test_what_was_made_from_the_reader_replaces_nothing(graph: Graph) -> None:
    graph.run("load", ("raw.csv@1",), ("rows",))
    graph.run("repair", ("rows",), ("raw.csv@2",))
    graph.run("report", ("raw.csv@2",))
    assert graph.stale() == {}


def test_a_run_inside_the_reader_is_part_of_it(graph: Graph) -> None:
    outer = graph.run("pipeline", ("raw.csv@1",), seconds=100)
    graph.run("repair", (), ("raw.csv@2",), parent=outer)
    assert graph.stale() == {}


def test_next_weeks_source_of_the_same_name_does_not_spread(graph: Graph) -> None:
    for week in (1, 2):
        graph.run("ingest", (f"feed.csv@{week}",), (f"raw-{week}.csv",), params={"week": week})
        if week == 1:
            graph.run("train", ("raw-1.csv",), ("model.bin",))
            graph.run("predict", ("model.bin",))
    assert set(graph.stale()) == {"train"}
    (said,) = graph.stale()["train"]
    assert said.startswith("1 fresher run of ingest, with other parameters or inputs, exists now")


def test_several_replaced_sources_are_said_at_once(graph: Graph) -> None:
    names = [f"raw{number}.csv" for number in range(5)]
    graph.run("train", tuple(f"{name}@1" for name in names))
    graph.run("report", tuple(f"{name}@2 {name}" for name in names))
    (said,) = graph.stale()["train"]
    assert said.startswith(
        "newer versions of raw0.csv, raw1.csv, raw2.csv and 2 more exist: the latest read by report"
    )
