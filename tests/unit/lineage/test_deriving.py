"""Which run made what another read, where clocks differ and runs lie inside others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.unit.lineage.conftest import Graph

MINUTE = 60 * 10**9


def _makers(graph: Graph, run: str) -> list[str | None]:
    return [ref.produced_by for ref in graph.load(run)[0].inputs]


def test_a_writer_whose_clock_is_ahead_made_what_was_read_before_by_the_clock(
    graph: Graph,
) -> None:
    reader = graph.run("train", ("rows@a",), ("model",), at=graph.now, host="slow")
    writer = graph.run("clean", (), ("rows@a",), at=graph.now + 5 * MINUTE, host="fast")
    assert _makers(graph, reader) == [writer]
    assert [step.run.id for step in graph.trace("model").steps] == [reader, writer]


def test_content_is_known_under_another_name_in_spite_of_the_clocks(graph: Graph) -> None:
    reader = graph.run("train", ("argument@a",), at=graph.now, host="slow")
    writer = graph.run("clean", (), ("rows@a",), at=graph.now + 5 * MINUTE, host="fast")
    assert _makers(graph, reader) == [writer]


def test_on_one_host_a_later_writer_made_nothing_that_was_read_before(graph: Graph) -> None:
    reader = graph.run("train", ("rows@a",), at=graph.now)
    graph.run("clean", (), ("rows@a",), at=graph.now + 5 * MINUTE)
    assert _makers(graph, reader) == [None]


def test_who_copies_what_it_read_is_not_its_origin(graph: Graph) -> None:
    reader = graph.run("train", ("raw@a",), at=graph.now, host="slow")
    graph.run("copy", ("raw@a",), ("backup@a",), at=graph.now + 5 * MINUTE, host="fast")
    assert _makers(graph, reader) == [None]


def test_clocks_do_not_differ_by_hours(graph: Graph) -> None:
    reader = graph.run("train", ("rows@a",), at=graph.now, host="slow")
    graph.run("clean", (), ("rows@a",), at=graph.now + 60 * MINUTE, host="fast")
    assert _makers(graph, reader) == [None]


def test_a_writer_before_the_read_counts_before_one_with_a_fast_clock(graph: Graph) -> None:
    first = graph.run("clean", (), ("rows@a",), host="slow")
    reader = graph.run("train", ("rows@a",), at=graph.now, host="slow")
    graph.run("clean", (), ("rows@a",), at=graph.now + 5 * MINUTE, host="fast")
    assert _makers(graph, reader) == [first]


def test_records_that_come_late_lead_to_the_same_lineage(graph: Graph) -> None:
    now = graph.now
    reader = graph.run("train", ("rows@a",), at=now, host="slow")
    assert _makers(graph, reader) == [None]
    writer = graph.run("clean", (), ("rows@a",), at=now + 5 * MINUTE, host="fast")
    assert _makers(graph, reader) == [writer]


def test_a_file_that_was_there_before_did_not_come_from_its_copy(graph: Graph) -> None:
    graph.make_file("a")
    early = graph.run("train", ("raw.csv@a",))
    graph.run("backup", ("raw.csv@a",), ("copy.csv@a",))
    late = graph.run("train", ("raw.csv@a",))
    other = graph.run("train", ("copy.csv@a",))
    assert _makers(graph, early) == [None]
    assert _makers(graph, late) == [None]
    assert _makers(graph, other) != [None]


def test_a_first_read_that_is_known_late_counts_as_the_first(graph: Graph) -> None:
    graph.make_file("a")
    start = graph.now
    copier = graph.run("backup", (), ("copy.csv@a",), at=start + MINUTE)
    late = graph.run("train", ("raw.csv@a",), at=start + 2 * MINUTE)
    assert _makers(graph, late) == [copier]
    graph.run("train", ("raw.csv@a",), at=start)
    assert _makers(graph, late) == [None]


def test_an_outer_run_depends_on_the_inner_one_whose_output_it_hands_on(graph: Graph) -> None:
    graph.run("ingest", (), ("raw.csv@r",))
    outer = graph.run("job", (), ("clean.csv@c",), seconds=60)
    inner = graph.run(
        "clean", ("raw.csv@r",), ("table@c",), parent=outer, at=graph.now - 50 * 10**9
    )
    graph.run("train", ("clean.csv@c",), ("model",))
    assert _makers(graph, outer) == [inner]
    found = [step.run.component for step in graph.trace("model").steps]
    assert found == ["train", "job", "clean", "ingest"]


def test_an_inner_run_that_is_known_late_is_found_all_the_same(graph: Graph) -> None:
    outer = graph.run("job", (), ("clean.csv@c",), seconds=60)
    assert _makers(graph, outer) == []
    inner = graph.run("clean", (), ("clean.csv@c",), parent=outer, at=graph.now - 50 * 10**9)
    assert _makers(graph, outer) == [inner]


def test_of_several_inner_runs_the_last_that_wrote_the_content_counts(graph: Graph) -> None:
    outer = graph.run("job", (), ("a@1", "b@2"), seconds=60)
    start = graph.now - 50 * 10**9
    graph.run("first", (), ("a@1",), parent=outer, at=start)
    second = graph.run("second", (), ("a@1",), parent=outer, at=start + 5 * 10**9)
    third = graph.run("third", (), ("b@2",), parent=outer, at=start + 10 * 10**9)
    assert _makers(graph, outer) == [second, third]


def test_what_the_outer_run_read_itself_is_not_handed_on(graph: Graph) -> None:
    source = graph.run("ingest", (), ("raw@r",))
    outer = graph.run("job", ("raw@r",), ("raw@r",), seconds=60)
    graph.run("touch", ("raw@r",), ("raw@r",), parent=outer, at=graph.now - 50 * 10**9)
    assert _makers(graph, outer) == [source]


def test_two_pipelines_that_share_names_do_not_mix(graph: Graph) -> None:
    one = graph.run("clean", (), ("rows@one",))
    other = graph.run("clean", (), ("rows@other",))
    first = graph.run("train", ("rows@one",), ("model@m1",))
    second = graph.run("train", ("rows@other",), ("model@m2",))
    assert _makers(graph, first) == [one]
    assert _makers(graph, second) == [other]
    label = f"model@{graph.digest('m1')}"
    assert [step.run.id for step in graph.trace(label).steps] == [first, one]


def test_names_that_go_round_in_circles_over_time_are_followed_to_the_start(
    graph: Graph,
) -> None:
    runs = [graph.run("grow", (), ("a@0",))]
    for number in range(1, 40):
        source, target = ("a", "b") if number % 2 else ("b", "a")
        runs.append(graph.run("grow", (f"{source}@{number - 1}",), (f"{target}@{number}",)))
    found = [step.run.id for step in graph.trace("b").steps]
    assert found == runs[::-1]
    assert len(graph.impact(runs[0]).steps) == 40
