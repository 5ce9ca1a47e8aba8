"""What every fault test needs: a store, scripts in processes of their own, and a small disk."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SETTINGS = ("MLTRACE_DISABLED", "MLTRACE_ARTIFACTS", "MLTRACE_KEEP", "MLTRACE_KEEP_LIMIT")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name a store folder that does not exist yet."""
    for name in _SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MLTRACE_URI", str(tmp_path / "store"))
    return tmp_path / "store"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a script of its own process, which ends with the test at the latest."""
    started: list[subprocess.Popen[str]] = []

    def _start(source: str, *arguments: str) -> subprocess.Popen[str]:
        path = tmp_path / f"job{len(started)}.py"
        path.write_text(textwrap.dedent(source), encoding="utf-8")
        environment = dict(os.environ, PYTHONPATH=str(Path(str(mt.__file__)).parents[1]))
        process = subprocess.Popen(
            [sys.executable, str(path), *arguments],
            env=environment,
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

    def _script(source: str, *arguments: str, code: int = 0) -> str:
        process = start(source, *arguments)
        out, err = process.communicate(timeout=80)
        assert process.returncode == code, err
        return out

    return _script


class Disk:
    """A small disk of its own that can be filled, freed and made read-only."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def mount(self, options: str) -> None:
        command = ["mount", "-t", "tmpfs", "-o", options, "mltrace-test", str(self.path)]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"a small disk cannot be mounted here: {error}")

    def remount(self, mode: str) -> None:
        command = ["mount", "-o", f"remount,{mode}", str(self.path)]
        subprocess.run(command, check=True, capture_output=True)

    def unmount(self) -> None:
        subprocess.run(["umount", "-l", str(self.path)], check=False, capture_output=True)

    def fill(self) -> None:
        """Leave no room at all."""
        with (self.path / "ballast").open("wb", buffering=0) as file:
            for size in (65536, 1024, 1):
                try:
                    while file.write(b"x" * size):
                        pass
                except OSError:
                    continue

    def free(self) -> None:
        """Make room; the kernel counts freed pages for each processor, and may be late with it."""
        (self.path / "ballast").unlink()
        probe = self.path / "probe"
        for _ in range(10_000):
            try:
                probe.write_bytes(b"x" * 1_000_000)
            except OSError:
                continue
            break
        probe.unlink(missing_ok=True)


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """Mount a disk of 6 MB with the store on it."""
    mounted = Disk(tmp_path / "disk")
    mounted.path.mkdir()
    mounted.mount("size=6m")
    monkeypatch.setenv("MLTRACE_URI", str(mounted.path / "store"))
    yield mounted
    mounted.unmount()
