"""Pinned runs: what is pinned stays, whatever the policy, with all that it depends on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Cli = Callable[..., subprocess.CompletedProcess[str]]


def test_an_output_stands_for_the_run_that_made_it(pipeline: Path) -> None:
    (pin,) = mt.pin("model.txt", reason="in production")
    train = mt.history("train")[0]
    assert (pin.run_id, pin.component, pin.started_at) == (train.id, "train", train.started_at)
    assert (pin.reason, pin.pinned) == ("in production", True)
    assert train.pinned
    assert not mt.history("clean")[0].pinned
    assert mt.pinned() == [pin]


def test_several_runs_are_pinned_at_once_the_newest_pin_first(pipeline: Path) -> None:
    runs = mt.recent()
    assert len(mt.pin(runs)) == 3
    mt.pin(runs[2], reason="again")
    assert [pin.reason for pin in mt.pinned()] == ["again", "", ""]
    assert mt.pinned()[0].run_id == runs[2].id


def test_a_pin_is_taken_back_by_the_run_its_output_or_all(pipeline: Path) -> None:
    mt.pin(["model.txt", "clean.csv", "scores.csv"])
    assert [pin.pinned for pin in mt.unpin("model.txt")] == [False]
    assert not mt.history("train")[0].pinned
    assert [pin.component for pin in mt.unpin(mt.history("clean")[0])] == ["clean"]
    assert len(mt.unpin(all=True)) == 1
    assert mt.unpin(all=True) == mt.pinned() == []


def test_a_name_unpins_the_makers_of_earlier_versions_too(pipeline: Path) -> None:
    first = mt.history("train")[0]
    mt.pin(first)

    @mt.component
    def train(depth: int) -> mt.File:
        with open("model.txt", "w") as file:
            file.write(str(depth))
        return mt.File("model.txt")

    train(9)
    assert [pin.run_id for pin in mt.unpin("model.txt")] == [first.id]


def test_what_cannot_be_pinned_is_named_with_what_to_do(pipeline: Path) -> None:
    with pytest.raises(ValueError, match=r"No run made 'raw\.csv'; pin a run that read it"):
        mt.pin("raw.csv")
    with pytest.raises(KeyError, match=r"'model\.txt'"):
        mt.pin("modle.txt")
    with pytest.raises(ValueError, match="reason=3 is no text"):
        mt.pin("model.txt", reason=3)  # type: ignore[arg-type]
    with pytest.raises(KeyError, match=r"No pinned run .*See `mltrace pinned`"):
        mt.unpin("model.txt")
    with pytest.raises(ValueError, match="either a run or output, or all=True"):
        mt.unpin()
    assert mt.pinned() == []


def test_nothing_is_pinned_if_one_of_several_is_unknown(pipeline: Path) -> None:
    with pytest.raises(KeyError, match="nothing-like-it"):
        mt.pin(["model.txt", "nothing-like-it"])
    assert mt.pinned() == []


def test_the_command_line_pins_lists_and_unpins(
    pipeline: Path, cli: Cli, cli_json: Callable[..., Any]
) -> None:
    assert "Nothing is pinned" in cli("pinned").stdout
    train = mt.history("train")[0].id
    said = cli("pin", "model.txt", "--reason", "in production").stdout
    assert train[:13] in said
    assert "in production" in said
    assert all(len(line) <= 80 for line in said.splitlines())
    assert cli_json("pinned") == json.loads(json.dumps(mt.pinned().to_dict()))
    assert "retention leaves it" in cli("inspect", train).stdout
    assert "pinned" not in cli("recent").stdout
    assert f"train {train} is no longer pinned." in cli("unpin", "--all").stdout
    assert "Nothing was pinned." in cli("unpin", "--all").stdout
    assert cli("unpin").returncode == 2
