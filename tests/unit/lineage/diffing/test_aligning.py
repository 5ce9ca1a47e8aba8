"""Which run answers to which, and what is most upstream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from mltrace.lineage.diffing.aligning import align, find_distances
from mltrace.lineage.diffing.outlines import Outline, Supply
from mltrace.lineage.edges import find_depths

if TYPE_CHECKING:
    from mltrace.lineage.diffing.aligning import Pair

    Runs = dict[int, tuple[str, list[tuple[int, str]]]]

NUM_RUNS = 9


def outlines(runs: Runs, root_a: int, root_b: int) -> tuple[Outline, Outline]:
    """Make outlines of runs given by component, suppliers and what these supplied."""
    names = sorted({component for component, _ in runs.values()})
    components = {run: names.index(component) for run, (component, _) in runs.items()}
    supplies = {run: [Supply(*one) for one in suppliers] for run, (_, suppliers) in runs.items()}
    neighbours = {run: [one.run for one in supplies[run]] for run in runs}
    starts = {run: run for run in runs}
    depths = (find_depths(neighbours, [root]) for root in (root_a, root_b))
    one, other = depths
    return (
        Outline(root_a, one, components, starts, supplies),
        Outline(root_b, other, components, starts, supplies),
    )


def aligned(runs: Runs, root_a: int, root_b: int) -> set[Pair]:
    return set(align(*outlines(runs, root_a, root_b)))


def test_suppliers_of_one_component_answer_to_each_other_level_by_level() -> None:
    runs: Runs = {
        1: ("ingest", []),
        2: ("clean", [(1, "raw")]),
        3: ("predict", [(2, "rows")]),
        4: ("ingest", []),
        5: ("clean", [(4, "raw")]),
        6: ("predict", [(5, "rows")]),
    }
    assert align(*outlines(runs, 3, 6)) == [(3, 6), (2, 5), (1, 4)]


def test_runs_that_both_traces_have_are_left_out() -> None:
    runs: Runs = {
        1: ("train", []),
        2: ("predict", [(1, "model")]),
        3: ("predict", [(1, "model")]),
    }
    assert aligned(runs, 2, 3) == {(2, 3)}


def test_the_name_tells_which_of_several_suppliers_is_meant() -> None:
    runs: Runs = {
        1: ("load", []),
        2: ("load", []),
        3: ("join", [(1, "W1/left.csv"), (2, "W1/right.csv")]),
        4: ("load", []),
        5: ("load", []),
        6: ("join", [(5, "W2/right.csv"), (4, "W2/left.csv")]),
    }
    assert aligned(runs, 3, 6) == {(3, 6), (1, 4), (2, 5)}


def test_training_answers_to_training_where_inference_runs_the_same_components() -> None:
    runs: Runs = {
        1: ("clean", []),
        2: ("train", [(1, "rows")]),
        3: ("clean", []),
        4: ("predict", [(3, "rows"), (2, "model")]),
        5: ("clean", []),
        6: ("train", [(5, "rows")]),
        7: ("clean", []),
        8: ("predict", [(7, "rows"), (6, "model")]),
    }
    assert aligned(runs, 4, 8) == {(4, 8), (2, 6), (1, 5), (3, 7)}


def test_a_step_put_between_is_only_in_one_and_what_is_behind_it_still_pairs() -> None:
    runs: Runs = {
        1: ("features", []),
        2: ("predict", [(1, "rows")]),
        3: ("features", []),
        4: ("scale", [(3, "rows")]),
        5: ("predict", [(4, "rows")]),
    }
    assert aligned(runs, 2, 5) == {(2, 5), (1, 3), (None, 4)}


def test_a_renamed_step_answers_to_the_one_that_supplied_the_same_name() -> None:
    runs: Runs = {
        1: ("ingest", []),
        2: ("features", [(1, "raw")]),
        3: ("predict", [(2, "rows")]),
        4: ("ingest", []),
        5: ("features_v2", [(4, "raw")]),
        6: ("predict", [(5, "rows")]),
    }
    assert aligned(runs, 3, 6) == {(3, 6), (2, 5), (1, 4)}


def test_roots_of_two_components_answer_to_each_other_if_nothing_else_does() -> None:
    runs: Runs = {1: ("predict", []), 2: ("score", [])}
    assert aligned(runs, 1, 2) == {(1, 2)}


def test_an_output_and_one_made_from_it_differ_by_the_runs_between() -> None:
    runs: Runs = {1: ("clean", []), 2: ("train", [(1, "rows")]), 3: ("predict", [(2, "model")])}
    assert aligned(runs, 1, 3) == {(None, 2), (None, 3)}
    assert aligned(runs, 3, 1) == {(2, None), (3, None)}


def test_a_model_made_from_the_one_before_answers_to_it() -> None:
    runs: Runs = {
        1: ("clean", []),
        2: ("train", [(1, "rows")]),
        3: ("clean", []),
        4: ("train", [(2, "model"), (3, "rows")]),
    }
    assert aligned(runs, 2, 4) == {(2, 4), (1, 3)}


def test_what_supplied_two_runs_is_no_counterpart_of_another() -> None:
    runs: Runs = {
        1: ("load", []),
        2: ("load", []),
        3: ("load", []),
        4: ("join", [(1, "p1"), (2, "p2")]),
        5: ("join", [(2, "p2"), (3, "p3")]),
    }
    assert aligned(runs, 4, 5) == {(4, 5), (1, 3)}


def test_no_run_pairs_with_an_artifact_that_no_run_made() -> None:
    runs: Runs = {1: ("clean", [])}
    a, _ = outlines(runs, 1, 1)
    nothing = Outline(None, {}, {}, {}, {})
    assert align(a, nothing) == [(1, None)]
    assert align(nothing, a) == [(None, 1)]


def test_thousands_of_suppliers_of_one_run_pair_in_linear_time() -> None:
    number = 20_000
    first = [(run, f"W1/part-{run}") for run in range(number)]
    second = [(number + run, f"W2/part-{run}") for run in range(number)]
    runs: Runs = {run: ("load", []) for run in range(2 * number)}
    runs |= {2 * number: ("join", first), 2 * number + 1: ("join", second)}
    pairs = aligned(runs, 2 * number, 2 * number + 1)
    assert pairs == {(run, number + run) for run in range(number)} | {(2 * number, 2 * number + 1)}


def test_distance_is_the_greatest_so_that_causes_come_before_what_they_cause() -> None:
    runs: Runs = {
        1: ("ingest", []),
        2: ("clean", [(1, "raw")]),
        3: ("train", [(2, "rows"), (1, "raw")]),
        4: ("ingest", []),
        5: ("clean", [(4, "raw")]),
        6: ("train", [(5, "rows"), (4, "raw")]),
    }
    a, b = outlines(runs, 3, 6)
    pairs = align(a, b)
    found = dict(zip(pairs, find_distances(pairs, a, b), strict=True))
    assert found == {(3, 6): 0, (2, 5): 1, (1, 4): 2}


def test_pairs_that_supply_each_other_in_a_circle_end() -> None:
    runs: Runs = {
        1: ("one", [(2, "x")]),
        2: ("two", [(1, "y")]),
        3: ("one", [(4, "x")]),
        4: ("two", [(3, "y")]),
    }
    a, b = outlines(runs, 1, 3)
    pairs = align(a, b)
    assert pairs == [(1, 3), (2, 4)]
    assert find_distances(pairs, a, b) == [0, 1]


@st.composite
def lineages(draw: st.DrawFn) -> Runs:
    """Draw runs of few components that read from any others, circles included."""
    some_runs = st.lists(st.tuples(st.integers(0, NUM_RUNS - 1), st.sampled_from("xyz")))
    return {
        run: (draw(st.sampled_from("abc")), draw(some_runs.map(lambda some: some[:4])))
        for run in range(NUM_RUNS)
    }


@given(lineages(), st.integers(0, NUM_RUNS - 1), st.integers(0, NUM_RUNS - 1))
def test_alignment_mirrors_and_covers_each_run_of_one_trace_once(
    runs: Runs, root_a: int, root_b: int
) -> None:
    a, b = outlines(runs, root_a, root_b)
    pairs = align(a, b)
    assert {(other, one) for one, other in pairs} == set(align(b, a))
    for side, mine, others in ((0, a, b), (1, b, a)):
        found = [pair[side] for pair in pairs if pair[side] is not None]
        assert len(found) == len(set(found))
        assert mine.depths.keys() - others.depths.keys() <= set(found) <= mine.depths.keys()
    assert (pairs == []) == (root_a == root_b)
    assert len(find_distances(pairs, a, b)) == len(pairs)


@given(lineages(), st.integers(0, NUM_RUNS - 1), st.integers(0, NUM_RUNS - 1))
def test_distances_do_not_depend_on_which_trace_comes_first(
    runs: Runs, root_a: int, root_b: int
) -> None:
    a, b = outlines(runs, root_a, root_b)
    pairs, mirrored = align(a, b), align(b, a)
    there = dict(zip(pairs, find_distances(pairs, a, b), strict=True))
    back = dict(zip(mirrored, find_distances(mirrored, b, a), strict=True))
    assert there == {(one, other): back[other, one] for one, other in pairs}
