"""Trace and impact: each run once, nearest first, whatever the graph."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

import mltrace as mt


def _names(answer: Any) -> list[str]:
    return [step.run.component for step in answer.steps]


def _step(component: str, reads: list[str], writes: list[str]) -> None:
    with mt.Component(component).start() as run:
        for name in reads:
            run.read(name)
        for name in writes:
            if "://" not in name:
                Path(name).write_text(f"{name} by {component}")
            run.write(name)


def test_trace_walks_upstream_nearest_first(pipeline: Path) -> None:
    trace = mt.trace("scores.csv")
    assert "scores.csv" in trace.target
    assert _names(trace) == ["predict", "train", "clean"]
    depths = [step.depth for step in trace.steps]
    assert depths == sorted(depths)
    assert depths[1] == depths[0] + 1
    assert [ref.name for ref in trace.sources] == ["raw.csv"]
    assert {ref.name for ref in trace.steps[0].reads} == {"model.txt", "clean.csv"}
    assert [ref.name for ref in trace.steps[0].writes] == ["scores.csv"]


def test_impact_walks_downstream_nearest_first(pipeline: Path) -> None:
    impact = mt.impact("raw.csv")
    assert _names(impact)[0] == "clean"
    assert sorted(_names(impact)) == ["clean", "predict", "train"]
    depths = [step.depth for step in impact.steps]
    assert depths == sorted(depths)
    assert sorted(_names(mt.impact("model.txt"))) == ["predict"]


def test_source_that_no_run_wrote_traces_to_itself(pipeline: Path) -> None:
    trace = mt.trace("raw.csv")
    assert trace.steps == ()
    assert [ref.name for ref in trace.sources] == ["raw.csv"]


def test_target_may_be_a_name_a_version_a_path_a_ref_or_a_run(pipeline: Path) -> None:
    run = mt.history("predict")[0]
    ref = run.outputs[0]
    assert ref.digest
    targets: list[Any] = [
        "scores.csv",
        f"scores.csv@{ref.digest[:8]}",
        "./scores.csv",
        str(Path("scores.csv").absolute()),
        ref,
        run,
        run.id,
    ]
    for target in targets:
        assert _names(mt.trace(target)) == ["predict", "train", "clean"], target


def test_name_means_its_latest_version_and_a_digest_an_older_one(store: Path) -> None:
    @mt.component
    def old() -> str:
        Path("f.txt").write_text("old")
        return "f.txt"

    @mt.component
    def new() -> str:
        Path("f.txt").write_text("new")
        return "f.txt"

    old()
    digest = mt.history("old")[0].outputs[0].digest
    assert digest
    new()
    assert _names(mt.trace("f.txt")) == ["new"]
    assert _names(mt.trace(f"f.txt@{digest[:10]}")) == ["old"]
    with pytest.raises(KeyError) as caught:
        mt.trace("f.txt@00000000")
    assert isinstance(caught.value, mt.MltraceError)


def test_output_ids_are_traced(store: Path) -> None:
    Path("raw.csv").write_text("x")
    _step("train", ["raw.csv"], ["model.txt"])
    with mt.Component("predict").start() as run:
        run.read("model.txt")
        run.write(mt.Ids([f"flight-{number}" for number in range(1000)]))
    trace = mt.trace("flight-437")
    assert _names(trace) == ["predict", "train"]
    assert [ref.name for ref in trace.sources] == ["raw.csv"]
    with pytest.raises(KeyError, match="flight"):
        mt.trace("flight-1437")


def test_shared_ancestor_is_listed_once_and_marked(store: Path) -> None:
    _step("top", [], ["top.txt"])
    _step("left", ["top.txt"], ["left.txt"])
    _step("right", ["top.txt"], ["right.txt"])
    _step("join", ["left.txt", "right.txt"], ["join.txt"])
    trace = mt.trace("join.txt")
    assert _names(trace)[0] == "join"
    assert sorted(_names(trace)) == ["join", "left", "right", "top"]
    assert _names(trace)[-1] == "top"
    text = trace.render()
    assert text.count("top") >= 2
    assert str(trace).strip() == text.strip()
    assert "left" in text
    assert "right" in text


def test_thirty_stacked_diamonds_are_traced_quickly(store: Path) -> None:
    _step("node", [], ["n0.txt"])
    for layer in range(30):
        _step("left", [f"n{layer}.txt"], [f"l{layer}.txt"])
        _step("right", [f"n{layer}.txt"], [f"r{layer}.txt"])
        _step("join", [f"l{layer}.txt", f"r{layer}.txt"], [f"n{layer + 1}.txt"])
    mt.recent()
    began = time.process_time()
    trace = mt.trace("n30.txt")
    impact = mt.impact("n0.txt")
    text = trace.render() + impact.render()
    assert time.process_time() - began < 2
    assert len({step.run.id for step in trace.steps}) == len(trace.steps) == 91
    assert len({step.run.id for step in impact.steps}) == len(impact.steps) == 90
    assert len(text.splitlines()) < 2000


def test_chain_of_two_thousand_runs_is_traced_and_drawn(store: Path) -> None:
    for number in range(2000):
        _step("link", [f"s3://chain/{number}"], [f"s3://chain/{number + 1}"])
    trace = mt.trace("s3://chain/2000")
    impact = mt.impact("s3://chain/0")
    assert len(trace.steps) == len(impact.steps) == 2000
    assert trace.steps[-1].depth - trace.steps[0].depth == 1999
    assert [ref.name for ref in trace.sources] == ["s3://chain/0"]
    for answer in (trace, impact):
        assert max(map(len, answer.render().splitlines())) <= 200
        assert len(answer.to_dict()["steps"]) == 2000


def test_runs_that_read_each_other_are_traced_once(store: Path) -> None:
    with mt.Component("ping").start() as ping, mt.Component("pong").start() as pong:
        Path("ping.txt").write_text("from ping")
        ping.write("ping.txt")
        pong.read("ping.txt")
        Path("pong.txt").write_text("from pong")
        pong.write("pong.txt")
        ping.read("pong.txt")
    assert sorted(_names(mt.trace("pong.txt"))) == ["ping", "pong"]
    assert sorted(_names(mt.impact("ping.txt"))) == ["ping", "pong"]
    assert mt.trace("pong.txt").render()


def test_reads_and_writes_know_who_made_them(pipeline: Path) -> None:
    steps = {step.run.component: step for step in mt.trace("scores.csv").steps}
    assert [ref.produced_by for ref in steps["train"].reads] == [steps["clean"].run.id]
    assert [ref.produced_by for ref in steps["clean"].reads] == [None]
    assert steps["predict"].run.upstream
    assert set(steps["predict"].run.upstream) == {steps["train"].run.id, steps["clean"].run.id}
