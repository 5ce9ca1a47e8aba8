"""The verbs, on a real store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLTRACE_URI", raising=False)
    yield tmp_path / ".mltrace"
    mt.Workspace().close()


def pipeline() -> None:
    @mt.component
    def clean(path: str) -> mt.File:
        with open("clean.csv", "w") as file, open(path) as raw:
            file.write(raw.read().lower())
        return mt.File("clean.csv")

    @mt.component
    def predict(path: mt.File) -> mt.Ids:
        assert path
        return mt.Ids(["p1", "p2"])

    with open("raw.csv", "w") as file:
        file.write("A")
    predict(clean("raw.csv"))


def test_a_process_sees_its_own_runs_at_once() -> None:
    pipeline()
    assert [run.component for run in mt.recent()] == ["predict", "clean"]
    assert [run.component for run in mt.history("clean")] == ["clean"]
    assert [step.run.component for step in mt.trace("p1").steps] == ["predict", "clean"]
    assert [ref.name for ref in mt.trace("p1").sources] == ["raw.csv"]
    assert [step.run.component for step in mt.impact("raw.csv").steps] == ["clean", "predict"]
    assert len(mt.components()) == 2
    assert mt.stale() == []
    assert mt.stale("p1") == []


def test_flags_are_set_reviewed_and_taken_back() -> None:
    pipeline()
    (flag,) = mt.flag("p1", reason="wrong")
    assert (flag.output, flag.reason) == ("p1", "wrong")
    assert [suspect.score for suspect in mt.review().suspects] == pytest.approx([0.5**0.5] * 2)
    assert len(mt.flag(["p1", "p2"])) == 2
    assert [flag.flagged for flag in mt.unflag("p2")] == [False]
    assert len(mt.unflag(all=True)) == 1
    assert mt.flagged() == []
    with pytest.raises(mt.ArgumentError, match="either an output or all=True"):
        mt.unflag()


def test_notes_and_contents_come_back() -> None:
    pipeline()
    run = mt.recent(1)[0]
    assert mt.note(run.id[:30], "look here").notes == ("look here",)
    assert mt.run(run).notes == ("look here",)
    with pytest.raises(mt.ArgumentError, match="A note needs text"):
        mt.note(run, " ")
    content = mt.artifact("clean.csv")
    assert content.manifest is not None
    assert content.load() == b"a"
    assert "kept" in repr(content)


def test_what_was_not_kept_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLTRACE_KEEP", "0")
    pipeline()
    with pytest.raises(mt.ValueNotKeptError, match="MLTRACE_KEEP"):
        mt.artifact("clean.csv").load()


def test_a_workspace_opens_any_store(tmp_path: Path) -> None:
    pipeline()
    assert len(mt.Workspace(tmp_path / ".mltrace").recent()) == 2
    assert mt.Workspace(tmp_path / "other").recent() == []
    assert mt.sync().num_facts == 0


def test_every_exported_name_is_there() -> None:
    for name in mt.__all__:
        assert getattr(mt, name) is not None
    assert set(mt.__all__) <= set(dir(mt))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        mt.nothing  # noqa: B018
