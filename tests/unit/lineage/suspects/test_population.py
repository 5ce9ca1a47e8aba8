"""Which outputs a review compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mltrace.errors import ArgumentError
from mltrace.lineage.suspects import population
from mltrace.store.facts import FlagFact

if TYPE_CHECKING:
    from tests.unit.lineage.conftest import Graph


def predictions(graph: Graph, count: int) -> list[str]:
    """Add batches of ingest and predict, with three outputs each; return the latter runs."""
    runs = []
    for batch in range(count):
        graph.run("ingest", (), (f"raw{batch}",))
        ids = tuple(f"{batch}-{number}" for number in range(3))
        runs.append(graph.run("predict", (f"raw{batch}",), ids=ids))
    return runs


def test_good_outputs_take_the_place_of_the_unflagged(graph: Graph) -> None:
    predictions(graph, 6)
    graph.flag("0-0", "1-0")
    review = graph.review(good=("4-0", "5-0", "5-1"))
    assert (review.num_unflagged, review.num_compared, review.num_passed_over) == (3, 2, 0)
    assert {suspect.num_unflagged for suspect in review.suspects} == {0}
    assert graph.review().num_unflagged == 16


def test_a_run_stands_for_all_it_wrote_good_or_bad(graph: Graph) -> None:
    runs = predictions(graph, 4)
    graph.flag(runs[0])
    review = graph.review(good=(runs[2],))
    assert review.num_unflagged == 3
    suspect = review.suspects[0]
    assert (suspect.num_flagged, suspect.num_flagged_without, suspect.score) == (3, 0, 1.0)


def test_the_other_outputs_of_a_flagged_run_are_those_of_its_like(graph: Graph) -> None:
    runs = predictions(graph, 4)
    graph.flag(runs[0])
    assert graph.review().num_unflagged == 9


@pytest.mark.parametrize("good", ["0-0", "0-1"])
def test_a_good_output_that_is_flagged_is_refused(graph: Graph, good: str) -> None:
    runs = predictions(graph, 2)
    graph.flag("0-0" if good == "0-0" else runs[0])
    with pytest.raises(ArgumentError, match=f"'{good}' is flagged.*unflag"):
        graph.review(good=(good, "1-0"))


def test_an_output_flagged_twice_counts_once(graph: Graph) -> None:
    runs = predictions(graph, 2)
    graph.flag("0-0")
    graph.flag("0-0", reason="again")
    graph.flag(runs[0])
    review = graph.review()
    assert len(review.flagged) == 2
    assert (review.suspects[0].num_flagged, review.num_unflagged) == (3, 3)


def test_flags_on_what_no_run_made_are_listed_and_left_out(graph: Graph) -> None:
    predictions(graph, 2)
    graph.run("ingest", ("outside.csv@v1",), ("raw",))
    graph.flag("outside.csv")
    graph.add(FlagFact(kind="id", subject="nobody-made-me", at=graph.now, is_flagged=True))
    assert graph.review().suspects == ()
    graph.flag("0-0")
    review = graph.review()
    assert len(review.flagged) == 3
    assert review.suspects[0].num_flagged_without == 0
    assert review.suspects[0].coverage == 1


def test_records_of_a_late_host_are_in_the_next_review(graph: Graph) -> None:
    predictions(graph, 4)
    graph.flag("0-0", "1-0")
    assert graph.review().suspects[0].score == pytest.approx(1 / 6**0.5)
    late = graph.run("settings", (), ("settings",), at=graph.now - graph.day, host="late")
    for batch in (0, 1):
        graph.run("predict", (f"raw{batch}", "settings"), ids=(f"{batch}-0",), host="late")
    first = graph.review().suspects[0]
    assert (first.run.id, first.score) == (late, 1.0)


def test_ten_thousands_of_outputs_of_one_run_are_weights(graph: Graph) -> None:
    many = tuple(f"many-{number}" for number in range(30_000))
    big = graph.run("predict", (), ids=many)
    graph.run("predict", (), ids=("few-1", "few-2"))
    graph.flag(big)
    review = graph.review()
    assert review.suspects[0].run.id == big
    assert (review.suspects[0].num_flagged, review.num_unflagged) == (30_000, 2)


def test_of_many_runs_the_near_and_some_of_all_are_compared(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(population, "MOST_COMPARED", 10)
    predictions(graph, 60)
    graph.flag("30-0")
    review = graph.review()
    assert (review.num_compared, review.num_passed_over) == (11, 49)
    assert review.num_unflagged == 10 * 3 + 2
    assert "49 runs more of the same components were left out" in " ".join(str(review).split())
    assert "left out" not in str(graph.review(good=("1-0",)))


def test_all_a_run_wrote_but_the_flagged_version_is_beside_it(graph: Graph) -> None:
    graph.run("report", (), ("summary", "details"))
    graph.run("report", (), ("summary", "details"))
    graph.flag("summary")
    review = graph.review()
    assert (review.num_unflagged, review.num_compared) == (3, 2)
    assert (review.suspects[0].num_flagged, review.suspects[0].num_unflagged) == (1, 1)


def test_a_run_flagged_after_its_details_are_forgotten_is_still_compared(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(population, "MOST_COMPARED", 2)
    old = graph.run("report", (), ("old",))
    graph.now += 100 * graph.day
    for number in range(5):
        graph.run("report", (), (f"new{number}",))
    graph.forget(graph.now - 50 * graph.day)
    graph.flag("old")
    review = graph.review()
    assert [suspect.run.id for suspect in review.suspects] == [old]
    assert (review.num_unflagged, review.num_compared, review.num_passed_over) == (2, 2, 3)


def test_far_runs_are_chosen_as_well_as_near_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(population, "MOST_COMPARED", 10)
    rows = [(number, number) for number in range(100)]
    chosen = population._choose_runs(rows, {50})
    assert chosen[0] == 50
    assert len(set(chosen)) == 11
    assert {48, 49, 51, 52} <= set(chosen)
    assert {0, 99} <= set(chosen)


def test_fewer_are_compared_where_they_depend_on_very_many_runs(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictions(graph, 20)
    graph.flag("0-0", "0-1", "0-2")
    whole = graph.review()
    assert (whole.num_compared, whole.num_passed_over) == (19, 0)
    monkeypatch.setattr(population, "MOST_UPSTREAM", 15)
    monkeypatch.setattr(population, "_FEWEST_COMPARED", 2)
    bounded = graph.review()
    assert (bounded.num_compared, bounded.num_passed_over) == (5, 14)
    assert bounded.num_unflagged == 15
    assert bounded.suspects[0].run == whole.suspects[0].run
    named = graph.review(good=tuple(f"{batch}-0" for batch in range(1, 20)))
    assert (named.num_compared, named.num_passed_over) == (19, 0)
