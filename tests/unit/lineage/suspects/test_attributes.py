"""What runs have in common, as suspects of a review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.lineage.conftest import Graph

    from mltrace.records import Suspect

HOUR = 3_600 * 1_000_000_000


def batches(graph: Graph, count: int, fault: Callable[[int], dict[str, Any]]) -> None:
    """Add batches of clean and predict; `fault` tells more of the cleaning of each."""
    for batch in range(count):
        graph.run("clean", (), (f"clean{batch}",), **{"host": "cpu", **fault(batch)})
        ids = tuple(f"{batch}-{number}" for number in range(4))
        graph.run("predict", (f"clean{batch}",), ids=ids, host="cpu")


def flag_batches(graph: Graph, *wanted: int) -> None:
    graph.flag(*(f"{batch}-{number}" for batch in wanted for number in range(4)))


def first(graph: Graph, **options: Any) -> Suspect:
    return graph.review(**options).suspects[0]


@pytest.mark.parametrize(
    ("bad", "kind", "text"),
    [
        ({"params": {"unit": "C"}}, "parameter", "parameter unit=C"),
        ({"params": {"shares": [0.5, 1]}}, "parameter", "parameter shares=[0.5,1]"),
        ({"host": "gpu-7"}, "host", "host=gpu-7"),
        ({"params": {"batch_date": "2013-05-02"}}, "partition", "partition batch_date=2013-05-02"),
        ({"params": {"of": "2013-05-02"}}, "partition", "partition of=2013-05-02"),
    ],
)
def test_what_bad_runs_share_comes_first(
    graph: Graph, bad: dict[str, Any], kind: str, text: str
) -> None:
    batches(graph, 9, lambda batch: bad if batch % 3 == 1 else {"params": {"unit": "F"}})
    flag_batches(graph, 1, 4, 7)
    suspect = first(graph)
    assert (suspect.kind, suspect.attribute, suspect.scope) == (kind, text, "clean")
    assert (suspect.rank, suspect.score, suspect.num_runs) == (1, 1.0, 3)
    assert (suspect.num_flagged, suspect.num_unflagged) == (12, 0)
    assert (suspect.num_flagged_without, suspect.num_unflagged_without) == (0, 24)
    assert suspect.run.component == "clean"
    assert suspect.run.id == min(one.run.id for one in graph.review().suspects)


def test_a_code_version_is_named_by_its_digest(graph: Graph) -> None:
    batches(graph, 8, lambda batch: {"code": "new" if batch in {2, 3} else "old"})
    flag_batches(graph, 2, 3)
    suspect = first(graph)
    assert suspect.run.code_digest is not None
    assert suspect.attribute == f"code={suspect.run.code_digest[:8]}"


def test_a_source_that_several_runs_read_is_one_suspect(graph: Graph) -> None:
    for batch in range(8):
        weather = "weather.csv@bad" if batch in {2, 5} else "weather.csv@good"
        graph.run("clean", (weather,), (f"clean{batch}",))
        graph.run("predict", (f"clean{batch}",), ids=(f"{batch}",))
    graph.flag("2", "5")
    assert first(graph).attribute == f"input weather.csv@{graph.digest('bad')[:8]}"


def test_an_input_that_its_run_handed_on_is_told_by_the_run(graph: Graph) -> None:
    train = graph.run("train", (), ("model",))
    for batch in range(3):
        graph.run("predict", ("model",), ids=(f"a{batch}",))
    graph.run("train", (), ("model",))
    for batch in range(3):
        graph.run("predict", ("model",), ids=(f"b{batch}",))
    graph.flag("a0", "a1", "a2")
    review = graph.review()
    assert review.suspects[0].run.id == train
    assert [suspect.kind for suspect in review.suspects] == ["run"] * 4


def test_one_of_two_outputs_of_a_run_is_a_suspect_of_its_own(graph: Graph) -> None:
    graph.run("split", (), ("left", "right"))
    for batch in range(4):
        side = "left" if batch % 2 else "right"
        graph.run("predict", (side,), ids=(f"{batch}",))
    graph.flag("1", "3")
    suspect = first(graph)
    assert suspect.kind == "input"
    assert suspect.attribute is not None
    assert suspect.attribute.startswith("input left@")


def test_folders_in_paths_are_partitions(graph: Graph) -> None:
    for batch in range(8):
        region = "emea" if batch % 4 == 1 else "amer"
        graph.run("load", (), (f"raw/region={region}/{batch}.csv",))
        graph.run("predict", (f"raw/region={region}/{batch}.csv",), ids=(f"{batch}",))
    graph.flag("1", "5")
    suspect = first(graph)
    assert (suspect.attribute, suspect.scope) == ("partition region=emea", None)
    assert suspect.num_runs == 4


def test_equal_dependents_are_folded_under_the_most_telling(graph: Graph) -> None:
    graph.machine("cpu", commit="c" * 40, numpy="2.0", scipy="1.14")
    graph.machine("gpu-7", commit="a1b2c3d4" * 5, numpy="2.1", scipy="1.14")
    batches(graph, 9, lambda batch: {"host": "gpu-7", "git": 0} if batch % 3 == 1 else {"git": 0})
    flag_batches(graph, 1, 4, 7)
    suspect = first(graph)
    assert suspect.attribute == "package numpy=2.1"
    assert suspect.always_with == ("host=gpu-7", "git commit=a1b2c3d4")
    assert suspect.scope == "clean"


def test_packages_that_never_differ_are_no_suspects(graph: Graph) -> None:
    graph.machine("cpu", commit="c" * 40, numpy="2.0")
    graph.machine("gpu-7", commit="c" * 40, numpy="2.0")
    batches(graph, 6, lambda batch: {"host": "gpu-7"} if batch < 2 else {})
    flag_batches(graph, 0, 1)
    assert "package" not in {suspect.kind for suspect in graph.review().suspects}


def test_an_attribute_of_any_component_stands_for_those_of_each(graph: Graph) -> None:
    for batch in range(8):
        host = "gpu-7" if batch in {3, 6} else "cpu"
        graph.run("clean", (), (f"clean{batch}",), host=host)
        graph.run("predict", (f"clean{batch}",), ids=(f"{batch}",), host=host)
    graph.flag("3", "6")
    suspect = first(graph)
    assert (suspect.attribute, suspect.scope, suspect.num_runs) == ("host=gpu-7", None, 4)
    assert suspect.always_with == ()


def test_a_bad_day_is_a_suspect(graph: Graph) -> None:
    for batch in range(8):
        graph.now += 6 * HOUR
        graph.run("clean", (), (f"clean{batch}",))
        graph.run("predict", (f"clean{batch}",), ids=(f"{batch}",))
    graph.flag("3", "4", "5", "6")
    suspect = first(graph)
    assert (suspect.kind, suspect.attribute) == ("day", "day=2013-05-02")


def test_a_run_of_equal_dependents_comes_before_the_attribute(graph: Graph) -> None:
    batches(graph, 6, lambda batch: {"params": {"unit": "C" if batch == 2 else "F"}})
    graph.run("clean", (), ("unused",), params={"unit": "C"})
    flag_batches(graph, 2)
    tied = [suspect for suspect in graph.review().suspects if suspect.rank == 1]
    assert [suspect.kind for suspect in tied] == ["run", "run"]
    assert tied[0].evidence[0].startswith("parameter unit changed from 'F' to 'C'")


def test_without_other_outputs_no_attribute_is_suspect(graph: Graph) -> None:
    batches(graph, 3, lambda _: {"params": {"unit": "C"}})
    flag_batches(graph, 0, 1, 2)
    assert {suspect.kind for suspect in graph.review().suspects} == {"run"}


def test_all_runs_of_a_component_are_a_suspect_where_others_do_without_it(graph: Graph) -> None:
    for batch in range(6):
        step = "impute" if batch % 2 else "drop"
        graph.run(step, (), (f"clean{batch}",), code=step)
        graph.run("predict", (f"clean{batch}",), ids=(f"{batch}",))
    graph.flag("1", "3", "5")
    suspect = first(graph)
    assert (suspect.kind, suspect.attribute, suspect.scope) == ("component", "all runs", "impute")
    assert len(suspect.always_with) == 1
    assert suspect.always_with[0].startswith("code=")


def test_two_lucky_flags_do_not_beat_what_all_flagged_outputs_share(graph: Graph) -> None:
    """Most bad outputs are not flagged; by Ochiai's score alone the run of batch 1 would lead."""
    batches(graph, 60, lambda batch: {"params": {"unit": "C" if batch % 2 else "F"}})
    graph.flag("1-0", "1-1", "1-2", *(f"{batch}-0" for batch in (5, 9, 17, 23, 31, 47, 53)))
    review = graph.review()
    assert review.suspects[0].attribute == "parameter unit=C"
    scores = [suspect.score for suspect in review.suspects]
    assert max(scores) > scores[0]
    lows = [suspect.ci_low or 0 for suspect in review.suspects]
    assert lows == sorted(lows, reverse=True)
