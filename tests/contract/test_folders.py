"""Lineage through folders: files in them, and working folders that every step is handed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import mltrace as mt

pytestmark = pytest.mark.usefixtures("store")


def _names(refs) -> list[str]:  # type: ignore[no-untyped-def]
    return [Path(ref.name).name for ref in refs]


def test_a_file_of_a_written_folder_leads_to_the_run_that_wrote_the_folder(tmp_path: Path) -> None:
    @mt.component
    def export(out_dir: Path) -> None:
        out_dir.mkdir()
        for name in "ab":
            (out_dir / f"{name}.csv").write_text(f"rows of {name}")

    @mt.component
    def load(path: Path) -> str:
        return path.read_text()

    export(tmp_path / "out")
    load(tmp_path / "out" / "b.csv")

    maker, reader = mt.history("export")[0], mt.history("load")[0]
    assert _names(maker.outputs) == ["out"]
    assert reader.upstream == (maker.id,)
    assert [step.run.component for step in mt.impact(tmp_path / "out").steps] == ["load"]


def test_a_folder_leads_to_the_runs_that_wrote_its_files(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()

    @mt.component
    def download(path: Path, day: int) -> None:
        path.write_text(f"day {day}")

    @mt.component
    def train(data_dir: Path) -> int:
        return sum(len(path.read_text()) for path in data_dir.iterdir())

    for day in range(3):
        download(data / f"{day}.csv", day)
    train(data)

    run = mt.history("train")[0]
    assert set(run.upstream) == {made.id for made in mt.history("download")}
    assert _names(run.inputs) == ["data", "0.csv", "1.csv", "2.csv"]


def test_a_folder_written_as_a_whole_is_one_input(tmp_path: Path) -> None:
    @mt.component
    def export(out_dir: Path) -> Path:
        out_dir.mkdir()
        for name in "ab":
            (out_dir / name).write_text(f"rows of {name}")
        return out_dir

    @mt.component
    def train(data_dir: Path) -> None:
        [path.read_text() for path in data_dir.iterdir()]

    train(export(tmp_path / "out"))

    run = mt.history("train")[0]
    assert _names(run.inputs) == ["out"]
    assert run.upstream == (mt.history("export")[0].id,)


def test_runs_that_share_a_working_folder_depend_only_on_what_they_read(tmp_path: Path) -> None:
    (tmp_path / "raw.json").write_text("[1, 2, 3]")

    @mt.component
    def clean(work: Path) -> None:
        rows = json.loads((work / "raw.json").read_text())
        (work / "clean.json").write_text(json.dumps(rows[1:]))

    @mt.component
    def describe(work: Path) -> None:
        (work / "notes.txt").write_text("three rows")

    @mt.component
    def train(work: Path) -> None:
        (work / "model.json").write_text((work / "clean.json").read_text()[::-1])

    clean(tmp_path)
    describe(tmp_path)
    train(tmp_path)

    run = mt.history("train")[0]
    assert run.upstream == (mt.history("clean")[0].id,)
    assert _names(run.inputs) == ["clean.json"]
    assert mt.history("describe")[0].upstream == ()
    made = mt.trace(tmp_path / "model.json").steps
    assert [step.run.component for step in made] == ["train", "clean"]


def test_a_file_that_a_reader_of_the_folder_left_alone_is_no_edge(tmp_path: Path) -> None:
    @mt.component
    def write(path: Path, text: str) -> None:
        path.write_text(text)

    @mt.component
    def show(work: Path) -> str:
        return (work / "a.txt").read_text()

    for name in "ab":
        write(tmp_path / f"{name}.txt", f"this is {name}")
    show(tmp_path)

    (upstream,) = mt.history("show")[0].upstream
    assert mt.run(upstream).params["text"] == "this is a"


def test_flagging_a_run_that_wrote_a_folder_flags_the_folder_once(tmp_path: Path) -> None:
    @mt.component
    def export(out_dir: Path) -> None:
        out_dir.mkdir()
        for name in "ab":
            (out_dir / name).write_text(name * 9)

    export(tmp_path / "out")
    assert len(mt.flag(mt.recent()[0])) == 1
