"""Versions of an artifact, and lineage as it was at an earlier time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable


@mt.component
def fetch(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@mt.component
def train(path: Path) -> Path:
    model = Path("model.txt")
    model.write_text(f"model of {path.read_text()}")
    return model


@pytest.fixture
def moments(store: Path, workdir: Path) -> list[datetime]:
    """Fetch and train on A, then on B, then on A again; tell when each was done."""
    found = []
    for text in ("A", "B", "A"):
        train(fetch(Path("raw.csv"), text))
        found.append(datetime.now(UTC))
    return found


def test_each_making_is_listed_newest_first_with_its_maker(moments: list[datetime]) -> None:
    versions = mt.versions("raw.csv")
    makers = [run.id for run in mt.history("fetch")]
    assert [version.produced_by for version in versions] == makers
    assert [version.component for version in versions] == ["fetch"] * 3
    first, second, third = versions
    assert first.digest == third.digest != second.digest
    assert [version.made_at for version in versions] == sorted(
        (version.made_at for version in versions), reverse=True
    )
    assert all(version.size_bytes == 1 and version.is_kept for version in versions)


def test_each_making_has_its_own_readers(moments: list[datetime]) -> None:
    readers = [version.read_by for version in mt.versions("raw.csv")]
    assert readers == [(run.id,) for run in mt.history("train")]
    assert [dict(version.readers) for version in mt.versions("raw.csv")] == [{"train": 1}] * 3


def test_a_digest_lists_the_makings_of_just_that_content(moments: list[datetime]) -> None:
    newest, middle, oldest = mt.versions("raw.csv")
    assert mt.versions(f"raw.csv@{(newest.digest or '')[:8]}") == [newest, oldest]
    assert mt.versions(f"raw.csv@{(middle.digest or '')[:8]}") == [middle]


def test_a_reference_stands_for_its_artifact(moments: list[datetime]) -> None:
    (ref,) = mt.history("train", limit=1)[0].inputs
    assert mt.versions(ref) == mt.versions("raw.csv") == mt.versions(Path("raw.csv"))


def test_limit_keeps_the_newest(moments: list[datetime]) -> None:
    assert mt.versions("raw.csv", limit=1) == mt.versions("raw.csv")[:1]
    assert len(mt.versions("raw.csv", limit=None)) == 3
    with pytest.raises(mt.ArgumentError, match="limit=0 is no positive"):
        mt.versions("raw.csv", limit=0)


def test_content_that_no_run_wrote_is_listed_as_it_was_read(store: Path, workdir: Path) -> None:
    Path("raw.csv").write_text("by hand")
    train(Path("raw.csv"))
    (version,) = mt.versions("raw.csv")
    assert (version.produced_by, version.component) == (None, None)
    assert dict(version.readers) == {"train": 1}


def test_content_that_came_under_another_name_is_known_by_its_maker(
    store: Path, workdir: Path
) -> None:
    fetch(Path("raw.csv"), "A")
    Path("copy.csv").write_text("A")
    train(Path("copy.csv"))
    (version,) = mt.versions("copy.csv")
    assert version.component == "fetch"
    assert dict(mt.versions("raw.csv")[0].readers) == {"train": 1}


def test_flagged_versions_are_marked(moments: list[datetime]) -> None:
    digest = mt.versions("raw.csv")[1].digest
    mt.flag(f"raw.csv@{digest}")
    assert [version.flagged for version in mt.versions("raw.csv")] == [False, True, False]


def test_many_readers_are_counted_and_the_newest_listed(store: Path, workdir: Path) -> None:
    fetch(Path("raw.csv"), "A")
    for _ in range(120):
        train(Path("raw.csv"))
    (version,) = mt.versions("raw.csv")
    assert version.num_readers == 120
    assert len(version.read_by) == 100
    assert version.read_by[0] == mt.history("train", limit=1)[0].id


def test_trace_at_a_time_is_what_the_output_was_then(moments: list[datetime]) -> None:
    trains = [run.id for run in mt.history("train")][::-1]
    fetches = [run.id for run in mt.history("fetch")][::-1]
    for number, moment in enumerate(moments):
        found = [step.run.id for step in mt.trace("model.txt", at=moment).steps]
        assert found == [trains[number], fetches[number]]
    assert mt.trace("model.txt", at=moments[-1].isoformat()).steps == mt.trace("model.txt").steps


def test_impact_and_artifact_at_a_time_are_those_of_then(moments: list[datetime]) -> None:
    trains = [run.id for run in mt.history("train")][::-1]
    assert [step.run.id for step in mt.impact("raw.csv", at=moments[1]).steps] == [trains[1]]
    assert mt.artifact("raw.csv", at=moments[1]).load() == b"B"
    assert mt.artifact("raw.csv").load() == b"A"


def test_an_id_that_came_again_traces_to_its_maker_of_then(store: Path) -> None:
    @mt.component
    def predict(batch: int) -> mt.Ids:
        return mt.Ids(["p1"])

    predict(1)
    between = datetime.now(UTC)
    predict(2)
    assert mt.trace("p1", at=between).steps[0].run.params["batch"] == 1
    assert mt.trace("p1").steps[0].run.params["batch"] == 2


@pytest.mark.parametrize("what", ["model.txt", "train"])
def test_what_was_not_there_yet_says_since_when_it_is(moments: list[datetime], what: str) -> None:
    if what == "train":
        with pytest.raises(mt.UnknownNameError, match="No output or run 'train'"):
            mt.trace(what, at="2001-01-01")
    else:
        with pytest.raises(mt.UnknownNameError, match="was not there at 2001-01-01 00:00:00 UTC"):
            mt.trace(what, at="2001-01-01")


def test_a_time_that_is_none_is_refused(moments: list[datetime]) -> None:
    with pytest.raises(mt.ArgumentError, match="'soon' is not a time"):
        mt.trace("model.txt", at="soon")


def test_a_model_traces_to_what_it_was_trained_on_for_ever(store: Path, workdir: Path) -> None:
    first = fetch(Path("raw.csv"), "old")
    model = train(first)
    before = mt.trace(f"model.txt@{mt.versions(model)[0].digest}").steps
    for number in range(5):
        fetch(Path("raw.csv"), f"new {number}")
    after = mt.trace("model.txt").steps
    assert [step.run.id for step in after] == [step.run.id for step in before]


def test_versions_of_a_run_or_an_unknown_name_are_refused(moments: list[datetime]) -> None:
    with pytest.raises(mt.UnknownNameError, match="'fetch' names a run, not an artifact"):
        mt.versions("fetch")
    with pytest.raises(mt.UnknownNameError, match=r"Did you mean 'raw\.csv'"):
        mt.versions("rav.csv")


def test_command_lists_versions(
    moments: list[datetime],
    cli: Callable[..., subprocess.CompletedProcess[str]],
    cli_json: Callable[..., Any],
) -> None:
    shown = cli("versions", "raw.csv")
    assert shown.returncode == 0
    assert shown.stdout.count("fetch") == 3
    assert max(len(row) for row in shown.stdout.splitlines()) <= 80
    listed = cli_json("versions", "raw.csv", "--limit", "2")
    assert listed == json.loads(json.dumps(mt.versions("raw.csv", 2).to_dict()))
    traced = cli_json("trace", "model.txt", "--at", moments[0].isoformat())
    assert traced["steps"][1]["run"]["params"]["text"] == "A"
