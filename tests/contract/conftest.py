"""What every contract test needs: the command line, and a small pipeline that was logged."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import process_environment

import mltrace as mt
from mltrace.store.location import locate
from mltrace.verbs import default_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask what is asked of a store of every kind of store."""
    if "database" in metafunc.fixturenames:
        is_single = metafunc.definition.get_closest_marker("sqlite_only") is not None
        metafunc.parametrize("database", ["sqlite"] if is_single else ["sqlite", "postgresql"])


@pytest.fixture
def store(
    database: str, workdir: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Path]:
    """Choose a store that does not exist yet; name the folder that its spool and values will be in.

    It lies outside the working folder. Its URI is in the environment.
    """
    uri, spools = str(workdir.parent / "store"), str(workdir.parent / "spools")
    if database == "postgresql":
        uri = request.getfixturevalue("postgresql_uri")
        monkeypatch.setenv("MLTRACE_SPOOL", spools)
    monkeypatch.setenv("MLTRACE_URI", uri)
    yield locate(uri, spool=spools).spool.parent
    if database == "postgresql":
        with contextlib.suppress(mt.ConfigurationError):
            default_workspace().close()  # the server has not many connections


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
