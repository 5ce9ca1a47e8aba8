"""Flags on outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mltrace.errors import ArgumentError, UnknownNameError

if TYPE_CHECKING:
    from tests.unit.lineage.conftest import Graph


def test_flags_come_newest_first_with_what_they_are_on(graph: Graph) -> None:
    clean = graph.run("clean", (), ("out.csv@1",))
    predict = graph.run("predict", ("out.csv@1",), ids=("p1",))
    graph.flag("out.csv", reason="old")
    graph.flag("p1", reason="wrong")
    newest, oldest = graph.flagged()
    assert (newest.output, newest.name, newest.kind) == ("p1", "ids", "ids")
    assert (newest.produced_by, newest.reason, newest.flagged_by) == (predict, "wrong", "me")
    assert oldest.output == f"out.csv@{graph.digest('1')[:12]}"
    assert (oldest.name, oldest.produced_by, oldest.flagged) == ("out.csv", clean, True)


def test_flagging_twice_is_one_flag_with_the_newest_reason(graph: Graph) -> None:
    graph.run("predict", (), ids=("p1",))
    graph.flag("p1", reason="first")
    graph.flag("p1", reason="second")
    assert [flag.reason for flag in graph.flagged()] == ["second"]


def test_a_flag_can_be_taken_back_and_set_again(graph: Graph) -> None:
    graph.run("predict", (), ids=("p1", "p2"))
    graph.flag("p1", "p2")
    graph.unflag("p1")
    assert [flag.output for flag in graph.flagged()] == ["p2"]
    graph.flag("p1")
    assert [flag.output for flag in graph.flagged()] == ["p1", "p2"]


def test_what_is_not_flagged_cannot_be_unflagged(graph: Graph) -> None:
    graph.run("predict", (), ids=("pred-1", "pred-2"))
    graph.flag("pred-1")
    with pytest.raises(
        UnknownNameError, match=r"No flagged output 'pred-2'\. Did you mean 'pred-1'"
    ):
        graph.unflag("pred-2")


def test_a_run_stands_for_all_that_it_wrote(graph: Graph) -> None:
    run = graph.run("clean", (), ("a", "b"))
    graph.flag(run)
    assert sorted(flag.name for flag in graph.flagged()) == ["a", "b"]
    graph.unflag("a")
    graph.unflag(run)
    assert graph.flagged() == []
    with pytest.raises(ArgumentError, match="wrote nothing that could be flagged"):
        graph.flag(graph.run("idle"))


def test_a_name_takes_back_the_flag_of_an_older_version(graph: Graph) -> None:
    graph.run("clean", (), ("out.csv@1",))
    graph.flag("out.csv")
    graph.run("clean", (), ("out.csv@2",))
    with pytest.raises(UnknownNameError, match="No flagged output"):
        graph.unflag(f"out.csv@{graph.digest('2')}")
    graph.unflag("out.csv")
    assert graph.flagged() == []


def test_a_source_can_be_flagged(graph: Graph) -> None:
    graph.run("clean", ("raw.csv",), ("a",))
    graph.flag("raw.csv")
    (flag,) = graph.flagged()
    assert (flag.name, flag.produced_by) == ("raw.csv", None)
    review = graph.review()
    assert len(review.flagged) == 1
    assert review.suspects == ()
