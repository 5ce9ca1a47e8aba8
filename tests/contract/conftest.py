"""What every contract test needs: the command line, and a small pipeline that was logged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import process_environment

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def cli(workdir: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `python -m mltrace` with arguments, its output going to a pipe."""

    def _cli(*arguments: str, **env: str | None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "mltrace", *arguments],
            env=process_environment(**env),
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
