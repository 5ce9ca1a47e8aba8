"""What fault tests need: a small disk of its own."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
        """Make it read-only, `ro`, or writable again, `rw`, though files on it are open."""
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
        """Make room at once.

        A program that is just being started (git, in the background) has our descriptors until it
        runs, and an unlinked file keeps its room until then; an empty one does not.
        """
        ballast = self.path / "ballast"
        ballast.write_bytes(b"")
        ballast.unlink()


@pytest.fixture
def disk(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """Mount a disk of 6 MB with the store on it."""
    mounted = Disk(workdir.parent / "disk")
    mounted.path.mkdir()
    mounted.mount("size=6m")
    monkeypatch.setenv("MLTRACE_URI", str(mounted.path / "store"))
    yield mounted
    mounted.unmount()
