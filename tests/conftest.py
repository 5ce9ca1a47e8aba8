"""What tests of every kind share: stores, processes that end with the test, PostgreSQL."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.private_postgresql import NoPostgresqlError, PrivatePostgresql

import mltrace as mt
from mltrace.capture import guard
from mltrace.capture.predictions import warning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS = 120
BYTECODE = Path(__file__).parents[1] / ".pytest_cache" / "bytecode"
"""Where processes of tests keep what they compile: half of their start, if each did it anew."""


@pytest.fixture(autouse=True)
def _nothing_said_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test hear of a fault and of odd rows, which are said once in a process."""
    monkeypatch.setattr(guard, "_counts", {})
    monkeypatch.setattr(warning, "_said", set())


@pytest.fixture
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder, with no setting of mltrace in the environment."""
    for name in [name for name in os.environ if name.startswith("MLTRACE_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("MLTRACE_SHIP", "0")
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


def process_environment(**changes: str | None) -> dict[str, str]:
    """Make the environment of a process that imports the mltrace under test; None unsets."""
    source = str(Path(str(mt.__file__)).parents[1])
    environment = dict(
        os.environ, PYTHONPATH=source, PYTHONPYCACHEPREFIX=str(BYTECODE), COLUMNS="80"
    )
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    for name, value in changes.items():
        environment.pop(name, None)
        if value is not None:
            environment[name] = value
    return environment


@pytest.fixture
def spawn() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a command; it ends with the test or in two minutes, and so do its children.

    So nothing that reads from it or waits for it does so for ever.
    """
    started: list[subprocess.Popen[str]] = []
    clocks: list[threading.Timer] = []

    def _spawn(command: list[str], **env: str | None) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command,
            env=process_environment(**env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        clocks.append(threading.Timer(SECONDS, _kill, [process]))
        clocks[-1].daemon = True
        clocks[-1].start()
        return process

    yield _spawn
    for clock in clocks:
        clock.cancel()
    for process in started:
        _kill(process)
        process.wait(SECONDS)
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            with contextlib.suppress(BrokenPipeError):
                stream.close()


def _kill(process: subprocess.Popen[str]) -> None:
    """Kill a process that a test started, and its children."""
    if process.returncode is None:  # not reaped: its number is still its own
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def start(
    workdir: Path, spawn: Callable[..., subprocess.Popen[str]]
) -> Callable[..., subprocess.Popen[str]]:
    """Start a script of its own process, which ends with the test at the latest."""
    folder = workdir.parent

    def _start(source: str, *arguments: str, **env: str | None) -> subprocess.Popen[str]:
        path = folder / f"job{len(list(folder.glob('job*.py')))}.py"
        path.write_text(textwrap.dedent(source), encoding="utf-8")
        return spawn([sys.executable, str(path), *arguments], **env)

    return _start


@pytest.fixture
def script(start: Callable[..., subprocess.Popen[str]]) -> Callable[..., str]:
    """Run a script to its end in a process of its own; give back what it printed."""

    def _script(source: str, *arguments: str, code: int = 0, **env: str | None) -> str:
        process = start(source, *arguments, **env)
        out, err = process.communicate(timeout=SECONDS)
        assert process.returncode == code, err
        return out

    return _script


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PrivatePostgresql]:
    """Start a server, one for each process that runs tests."""
    try:
        server = PrivatePostgresql()
    except NoPostgresqlError as error:
        pytest.skip(f"PostgreSQL cannot be started: {error}")
    yield server
    server.remove()


@pytest.fixture
def postgresql_uri(postgresql: PrivatePostgresql) -> Iterator[str]:
    """Name a schema that does not exist yet, for one test."""
    schema = f"test_{uuid.uuid4().hex[:12]}"
    yield f"{postgresql.uri}?schema={schema}"
    postgresql.execute(
        f"SET statement_timeout = '{SECONDS}s'", f"DROP SCHEMA IF EXISTS {schema} CASCADE"
    )
