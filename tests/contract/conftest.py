"""What every contract test needs: a store of its own, and ways to act from other processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SETTINGS = ("MLTRACE_URI", "MLTRACE_DISABLED", "MLTRACE_ARTIFACTS", "MLTRACE_KEEP", "COLUMNS")


@pytest.fixture
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder, with no setting of mltrace in the environment."""
    for name in _SETTINGS:
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def store(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name a store folder that does not exist yet, outside the working folder."""
    folder = workdir.parent / "store"
    monkeypatch.setenv("MLTRACE_URI", str(folder))
    return folder


def _environment(changes: dict[str, str | None]) -> dict[str, str]:
    source = str(Path(str(mt.__file__)).parents[1])
    environment = dict(os.environ, PYTHONPATH=source, PYTHONDONTWRITEBYTECODE="1", COLUMNS="80")
    for name, value in changes.items():
        environment.pop(name, None)
        if value is not None:
            environment[name] = value
    return environment


@pytest.fixture
def start(workdir: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a script of its own process, which ends with the test at the latest."""
    started: list[subprocess.Popen[str]] = []

    def _start(source: str, *arguments: str, **env: str | None) -> subprocess.Popen[str]:
        path = workdir.parent / f"job{len(list(workdir.parent.glob('job*.py')))}.py"
        path.write_text(textwrap.dedent(source), encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, str(path), *arguments],
            env=_environment(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield _start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def script(start: Callable[..., subprocess.Popen[str]]) -> Callable[..., str]:
    """Run a script to its end in a process of its own; give back what it printed."""

    def _script(source: str, *arguments: str, **env: str | None) -> str:
        process = start(source, *arguments, **env)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        return out

    return _script


@pytest.fixture
def cli(workdir: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `python -m mltrace` with arguments, its output going to a pipe."""

    def _cli(*arguments: str, **env: str | None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "mltrace", *arguments],
            env=_environment(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return _cli


@pytest.fixture
def cli_json(cli: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[..., Any]:
    """Run a CLI verb that must succeed and decode its JSON."""

    def _cli_json(*arguments: str) -> Any:
        answer = cli(*arguments, "--format", "json")
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    return _cli_json


@pytest.fixture
def digest_of(store: Path) -> Callable[[object], str | None]:
    """Digest a value by passing it to a component."""

    @mt.component
    def digested(value: object) -> None: ...

    def _digest_of(value: object) -> str | None:
        digested(value)
        (ref,) = mt.history("digested", limit=1)[0].inputs
        return ref.digest

    return _digest_of


@pytest.fixture
def pipeline(store: Path, workdir: Path) -> Path:
    """Log raw.csv -> clean -> clean.csv -> train -> model.txt -> predict -> scores.csv."""
    (workdir / "raw.csv").write_text("x\n1\n2\n")

    @mt.component(owner="data-eng", tags=["flights"])
    def clean(source: str) -> str:
        Path("clean.csv").write_text(Path(source).read_text() + "3\n")
        return "clean.csv"

    @mt.component(owner="ml", tags=["flights", "model"])
    def train(data: str, depth: int) -> str:
        Path("model.txt").write_text(f"{len(Path(data).read_text())} {depth}")
        return "model.txt"

    @mt.component(owner="ml")
    def predict(model: str, data: str) -> str:
        Path("scores.csv").write_text(Path(model).read_text() + Path(data).read_text())
        return "scores.csv"

    predict(train(clean("raw.csv"), depth=4), "clean.csv")
    return workdir
