"""Data is told from what belongs to the machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from mltrace.capture.command.places import Places

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "project").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "home" / "project")
    return tmp_path / "home"


@pytest.mark.parametrize(
    "path", ["raw.csv", "d/.hidden/x", "model.bin", "a.json", "notes.md", ".env.csv", "x.so_far"]
)
def test_files_of_a_project_are_data(home: Path, path: str) -> None:
    assert Places().is_data(str(home / "project" / path))


@pytest.mark.parametrize(
    "path",
    [
        *("/usr/share/zoneinfo/UTC", "/etc/passwd", "/dev/null", "/proc/self/maps", "/lib/x"),
        *("/var/lib/dpkg/status", "/opt/venv/lib/site-packages/x/data.csv", "/w/node_modules/a"),
        *("/w/__pycache__/a.txt", "/w/lib.so", "/w/lib.so.6", "/w/a.pyc", "/w/train.py"),
        *("/w/Train.R", "/w/.git/index", "/w/.git", "/w/.mltrace/spool/x.jsonl", "/w/mltrace.toml"),
        *("/w/x.db-journal", "/w/x.db-wal"),
    ],
)
def test_machine_code_and_caches_are_not(home: Path, path: str) -> None:
    assert not Places().is_data(path)


def test_what_is_hidden_at_home_is_not(home: Path) -> None:
    assert not Places().is_data(f"{home}/.config/tool.ini")
    assert not Places().is_data(f"{home}/.bashrc")


def test_who_works_in_such_a_place_has_data_there(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".hidden").mkdir()
    monkeypatch.chdir(home / ".hidden")
    assert Places().is_data(f"{home}/.hidden/raw.csv")
    monkeypatch.chdir("/usr/lib")
    assert Places().is_data("/usr/lib/raw.csv")
    assert not Places().is_data("/etc/passwd")


def test_installation_of_the_interpreter_is_not(home: Path) -> None:
    assert not Places().is_data(f"{sys.base_prefix}/lib/data.csv")


def test_installation_of_the_program_is_not(home: Path, tmp_path: Path) -> None:
    program = tmp_path / "opt" / "bin" / "tool"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert not Places([str(program)]).is_data(f"{tmp_path}/opt/share/table.csv")
    assert Places().is_data(f"{tmp_path}/opt/share/table.csv")


def test_other_places_can_be_named(home: Path) -> None:
    places = Places(others=["/w/store", "/w/run"])
    assert not places.is_data("/w/store/blobs/x")
    assert not places.is_data("/w/run")
    assert places.is_data("/w/running.csv")
