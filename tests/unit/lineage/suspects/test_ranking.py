"""The review: which runs are suspect, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mltrace.lineage.suspects import spectrum
from mltrace.lineage.suspects.spectrum import Group, find_dependents, find_upstream
from mltrace.records import Review
from mltrace.store.facts import CheckFact

if TYPE_CHECKING:
    from tests.unit.lineage.conftest import Graph

    Edges = dict[int, list[int]]

FAILED = CheckFact(check="NoNulls", test="delay", when="after", status="failed")


def weeks(graph: Graph, count: int, **faults: Any) -> dict[str, list[str]]:
    """Add weeks of ingest, clean and predict with one model; `faults` go to cleaning of week 5."""
    runs: dict[str, list[str]] = {"train": [graph.run("train", (), ("model",))]}
    for week in range(count):
        more = faults if week == 5 else {}
        rows = 1_000 + 7 * (week % 3)
        steps = {
            "ingest": graph.run("ingest", (), (f"raw{week}",), params={"week": week}, rows=rows),
            "clean": graph.run(
                "clean",
                (f"raw{week}",),
                (f"clean{week}",),
                **{"rows": rows - 20, "code": "old", **more},
            ),
            "predict": graph.run(
                "predict", (f"clean{week}", "model"), ids=tuple(f"{week}-{i}" for i in range(10))
            ),
        }
        for component, run in steps.items():
            runs.setdefault(component, []).append(run)
    return runs


def test_no_flags_give_an_empty_review(graph: Graph) -> None:
    weeks(graph, 2)
    assert graph.review() == Review()


def test_a_first_step_shared_by_good_and_bad_does_not_rank_first(graph: Graph) -> None:
    runs = weeks(graph, 8)
    graph.flag("5-1", "5-2")
    review = graph.review()
    assert review.num_unflagged == 78
    assert {s.run.id for s in review.suspects if s.rank == 1} == {
        runs[component][5] for component in ("ingest", "clean", "predict")
    }
    last = review.suspects[-1]
    assert (last.run.component, last.rank) == ("train", 2)
    assert (last.num_flagged, last.num_unflagged, last.coverage) == (2, 78, 1.0)
    first = review.suspects[0]
    assert (first.num_flagged, first.num_unflagged) == (2, 8)
    assert first.score == pytest.approx(2 / (2 * 10) ** 0.5)
    assert [step.run.started_at for step in review.suspects[:3]] == sorted(
        step.run.started_at for step in review.suspects[:3]
    )


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"params": {"unit": "C"}}, "parameter unit changed from None to 'C'"),
        ({"code": "new"}, "code changed"),
        ({"rows": 690}, "clean5 has 68.0% as many rows as the input, usually 98.0%"),
        ({"status": "failed"}, "run failed"),
        ({"checks": (FAILED,)}, "check NoNulls.delay failed"),
    ],
)
def test_among_ties_the_run_that_changed_comes_first(
    graph: Graph, fault: dict[str, Any], words: str
) -> None:
    weeks(graph, 8, **fault)
    graph.flag("5-0")
    first = graph.review().suspects[0]
    assert first.run.component == "clean"
    assert first.evidence[0].startswith(words)
    assert "(vs " in first.evidence[0]


def test_what_changes_each_week_is_no_evidence(graph: Graph) -> None:
    weeks(graph, 8)
    graph.flag("5-0")
    assert all(suspect.evidence == () for suspect in graph.review().suspects)


def test_what_changes_each_week_is_no_evidence_in_the_first_weeks_either(graph: Graph) -> None:
    weeks(graph, 8)
    graph.flag("1-1", "1-2")
    assert [s.evidence for s in graph.review().suspects if s.rank == 1] == [(), (), ()]


def test_code_that_changed_some_runs_ago_is_evidence(graph: Graph) -> None:
    for week in range(10):
        code = "new" if week >= 8 else "old"
        graph.run("clean", (), (f"clean{week}",), code=code)
        graph.run("predict", (f"clean{week}",), ids=(f"p{week}",), code="same")
    graph.flag("p9")
    review = graph.review()
    assert review.suspects[0].run.component == "clean"
    assert review.suspects[0].evidence[0].startswith("code changed a few runs before")


def test_a_stale_input_is_evidence(graph: Graph) -> None:
    graph.run("train", (), ("model",))
    for week in range(6):
        graph.run("ingest", (), (f"raw{week}",))
        graph.run("predict", (f"raw{week}", "model"), ids=(f"p{week}",))
    graph.run("train", (), ("model2",))
    graph.run("ingest", (), ("raw6",))
    graph.run("predict", ("raw6", "model"), ids=("p6",))
    graph.flag("p6")
    first = graph.review().suspects[0]
    assert first.run.component == "predict"
    assert first.evidence[0].startswith("stale: 1 fresher run of train began")


def test_changed_columns_and_types_are_evidence(graph: Graph) -> None:
    for week in range(3):
        more: dict[str, Any] = {"columns": ("a", "b"), "dtypes": ("int64", "int64")}
        if week == 2:
            more = {"columns": ("a", "c"), "dtypes": ("float64", "int64")}
        graph.run("clean", (), (f"clean{week}",), **more)
        graph.run("predict", (f"clean{week}",), ids=(f"p{week}",))
    graph.flag("p2")
    evidence = " ".join(graph.review().suspects[0].evidence)
    assert "clean2 lacks column b" in evidence
    assert "clean2 has the new column c" in evidence
    assert "clean2: a changed from int64 to float64" in evidence


def test_what_earlier_runs_had_is_no_evidence(graph: Graph) -> None:
    """A component that serves training and inference has two usual shapes."""
    for week in range(9):
        is_training = week in {1, 8}
        columns, rows = (("a", "late"), 9_000) if is_training else (("a",), 1_000)
        graph.run("features", (), (f"f{week}",), columns=columns, rows=rows)
        graph.run("use", (f"f{week}",), (f"out{week}",))
    graph.flag("out8")
    assert all(suspect.evidence == () for suspect in graph.review().suspects)


def test_versions_can_be_flagged(graph: Graph) -> None:
    for week in range(4):
        graph.run("ingest", (), (f"raw{week}",))
        graph.run("report", (f"raw{week}",), (f"report{week}",))
    graph.flag("report2")
    review = graph.review()
    assert review.num_unflagged == 3
    assert [(s.run.component, s.score, s.rank) for s in review.suspects] == [
        ("ingest", 1.0, 1),
        ("report", 1.0, 1),
    ]


def test_a_prediction_made_again_belongs_to_the_last_run(graph: Graph) -> None:
    graph.run("predict", (), ids=("p1", "p2"))
    last = graph.run("predict", (), ids=("p1",))
    graph.flag("p1")
    review = graph.review()
    assert [suspect.run.id for suspect in review.suspects] == [last]
    assert review.num_unflagged == 1


@st.composite
def spectra(draw: st.DrawFn) -> tuple[Edges, dict[int, int], dict[int, int]]:
    size = draw(st.integers(1, 12))
    nodes = st.integers(0, size - 1)
    edges = {node: draw(st.lists(nodes, max_size=3, unique=True)) for node in range(size)}
    weights = st.dictionaries(nodes, st.integers(0, 9))
    return edges, draw(weights), draw(weights)


@given(spectra())
@settings(deadline=None)
def test_counts_equal_those_of_a_plain_search(
    case: tuple[Edges, dict[int, int], dict[int, int]],
) -> None:
    edges, flagged, unflagged = case
    reach: dict[int, set[int]] = {}
    for node in edges:
        seen, waiting = {node}, [node]
        while waiting:
            fresh = set(edges[waiting.pop()]) - seen
            seen |= fresh
            waiting += fresh
        reach[node] = seen
    expected = {
        run: tuple(
            sum(weight for node, weight in weights.items() if run in reach[node])
            for weights in (flagged, unflagged)
        )
        for run in edges
        if any(run in reach[node] for node in flagged if flagged[node])
    }
    for block in (3, 4_096):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(spectrum, "BLOCK", block)
            upstream = find_upstream(edges, [run for run in flagged if flagged[run]])
            found = find_dependents(
                edges, flagged, unflagged, {run: [Group([run])] for run in upstream}
            )
        assert {run: one[:2] for run, one in found.items()} == expected
