"""Whole run records."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mltrace.store.facts import CheckFact

if TYPE_CHECKING:
    from tests.unit.lineage.conftest import Graph


def test_a_run_has_what_was_logged_of_it(graph: Graph) -> None:
    graph.git("abc")
    first = graph.run("ingest", (), ("raw.csv",), rows=7, columns=("a",), dtypes=("int64",))
    check = CheckFact(check="NoNulls", test="a", when="before", status="passed", value=[1, 2])
    second = graph.run(
        "clean", ("raw.csv",), ("clean",), params={"n": 3}, code="def clean(): ...", checks=(check,)
    )
    graph.note(second, "slow")
    ingest, clean = graph.load(first, second)

    assert (clean.id, clean.component, clean.status) == (second, "clean", "succeeded")
    assert clean.started_at == datetime(2013, 5, 1, 0, 0, 2, tzinfo=UTC)
    assert clean.duration_seconds == 1.0
    assert clean.params == {"n": 3}
    assert clean.code == "def clean(): ..."
    assert clean.notes == ("slow",)
    assert clean.upstream == (first,)
    assert clean.checks[0].value == [1, 2]
    assert clean.host == "h"
    (read,) = clean.inputs
    assert (read.name, read.identity, read.produced_by) == ("raw.csv", "/data/raw.csv", first)
    assert (read.num_rows, read.columns, read.dtypes) == (7, ("a",), ("int64",))
    assert read.digest == ingest.outputs[0].digest
    assert ingest.outputs[0].produced_by == first


def test_a_failed_run_has_its_error(graph: Graph) -> None:
    (run,) = graph.load(graph.run("clean", status="failed"))
    assert run.error is not None
    assert (run.error.type, run.error.message, run.error.traceback) == (
        "ValueError",
        "bad",
        "trace",
    )


def test_runs_come_in_the_order_asked_for(graph: Graph) -> None:
    runs = graph.chain(5)
    assert [run.id for run in graph.load(runs[3], runs[0], runs[4])] == [runs[3], runs[0], runs[4]]


def test_flags_show_on_the_artifacts(graph: Graph) -> None:
    written = graph.run("clean", (), ("out.csv",))
    read = graph.run("predict", ("out.csv",), ids=("p1", "p2"))
    graph.flag("out.csv", "p2")
    clean, predict = graph.load(written, read)
    assert clean.outputs[0].flagged
    assert predict.inputs[0].flagged
    assert predict.outputs[0].flagged
