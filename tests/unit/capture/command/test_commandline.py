"""A command line says its name, its scripts and itself, without secrets."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from mltrace.capture.command.commandline import code_text, default_name, scripts, shown


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("train.py", "job.sh", "sum.awk", "fit.R", "run.mjs", "load.sql", "plain"):
        Path(name).write_text(f"text of {name}")
    Path("tool").write_text("#!/usr/bin/env python3\n")
    Path("binary.py").write_bytes(b"\0\1")


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("python train.py", "train"),
        ("/usr/bin/python3.12 -u -W error train.py --depth 3", "train"),
        ("python -m pipeline.load --x", "pipeline.load"),
        ("python3 -c 'print(1)' x.py", "python"),
        ("python script -m", "script"),
        ("bash -e job.sh", "job"),
        ("sh -c 'echo train.py'", "sh"),
        ("Rscript --vanilla fit.R", "fit"),
        ("node -r esm run.mjs", "run"),
        ("awk -F, -f sum.awk raw.csv", "sum"),
        ("gawk '{print}' raw.csv", "gawk"),
        ("sqlite3 x.db", "sqlite3"),
        ("./job.sh", "job"),
        ("./tool", "tool"),
        ("env A=1 B=2 python train.py", "train"),
        ("env -i python train.py", "env"),
        ("nohup nice uv run python train.py", "train"),
        ("uv run train.py", "train"),
        ("uv run --with x train.py", "uv"),
        ("time", "time"),
        ("/opt/bin/convert", "convert"),
    ],
)
def test_name_is_the_scripts_or_the_programs(command: str, name: str) -> None:
    assert default_name(shlex.split(command)) == name


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("python train.py job.sh", ["train.py", "job.sh"]),
        ("python -c 'import x'", []),
        ("python missing.py", []),
        ("python plain", ["plain"]),
        ("bash plain", ["plain"]),
        ("cat plain", []),
        ("./tool", ["./tool"]),
        ("awk -f sum.awk raw.csv", ["sum.awk"]),
        ("psql -f load.sql", ["load.sql"]),
        ("python binary.py", []),
        ("uv run train.py", ["train.py"]),
    ],
)
def test_scripts_are_read(command: str, found: list[str]) -> None:
    assert [script.path for script in scripts(shlex.split(command))] == found


def test_script_on_standard_input_counts() -> None:
    command = ["sqlite3", "x.db"]
    (script,) = scripts(command, stdin="load.sql")
    assert code_text(command, [script]) == "text of load.sql"
    assert scripts(command, stdin="plain") == []


def test_code_of_several_scripts_names_them() -> None:
    command = ["python", "train.py", "load.sql"]
    text = code_text(command, scripts(command))
    assert text == "==> train.py <==\ntext of train.py\n==> load.sql <==\ntext of load.sql"


def test_code_of_a_command_without_script_is_the_command() -> None:
    assert code_text(["awk", "{print $1}", "a b"], []) == "awk '{print $1}' 'a b'"


@pytest.mark.parametrize(
    "command",
    [
        *("load --password=hush", "load --password hush", "load --db-password hush -v"),
        *("env API_KEY=hush load", "sh -c 'TOKEN=hush load'", "load --auth-token='hush'"),
        *("curl -H 'Authorization: Bearer hush' x", "psql postgresql://me:hush@host/db"),
        *("load --dsn=postgresql://me:hush@host/db", "sh -c 'export SECRET=\"hush\"; load'"),
        *("load '--password=two hush words'", "sh -c 'load --password hush'"),
    ],
)
def test_secret_is_not_shown(command: str) -> None:
    assert "hush" not in shown(shlex.split(command))


@pytest.mark.parametrize(
    "command", ["load --seed=1 'a b'", "awk '{n = $1; print n}' x", "load --tokens=5 k=v"]
)
def test_what_is_no_secret_is_shown_as_typed(command: str) -> None:
    assert shown(shlex.split(command)) == command


def test_name_that_is_no_utf8_is_escaped() -> None:
    assert shown(["cat", "caf\udce9"]).encode() == rb"cat 'caf\xe9'"
