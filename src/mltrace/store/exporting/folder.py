"""Fills the folder of an export: what was in it stays until all that is new is written.

The files are written into a hidden folder in it and then moved, each in the place of the earlier
one. So the folder itself stays what it is: its mode and owner, a mount point, a working directory.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from mltrace.errors import ArgumentError
from mltrace.store.exporting.shapes import SHAPES
from mltrace.store.file_locks import locked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LABEL: Final = "mltrace-export.json"
"""The file that says what the folder is, so that a later export may replace it; moved last."""
PARTIAL: Final = ".mltrace-export"
"""The hidden folder; an export that was killed leaves it to the next one."""
_EARLIER: Final = "earlier"
"""The folder in it that holds the earlier files while the new ones are moved."""
_FILES: Final = (*(f"{shape.name}.parquet" for shape in SHAPES), LABEL)


def check_replaceable(folder: Path) -> None:
    """Refuse a place where something else is.

    Raises
    ------
    ArgumentError
        If it is a file, or holds anything but an earlier export.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ArgumentError(f"{folder} is a file; name a folder to export into.")
    names = set(os.listdir(folder))
    others = names - {*_FILES, PARTIAL}
    if others or (names and not names & {LABEL, PARTIAL}):
        shown = ", ".join(sorted(others)[:3]) or "no complete export"
        raise ArgumentError(
            f"{folder} holds something else ({shown}), which stays as it is; name a folder that is "
            "new, empty, or an earlier export."
        )


@contextmanager
def filling(folder: Path) -> Iterator[Path]:
    """Give a hidden folder to write all files into; they are in `folder` once they are complete.

    Raises
    ------
    ArgumentError
        If the folder cannot be written, or another export is writing into it.
    """
    try:
        is_new = not folder.exists()
        folder.resolve().mkdir(parents=True, exist_ok=True)
        try:
            with _claimed(folder / PARTIAL) as partial:
                yield partial
                _take_place(partial, folder)
        finally:
            if is_new:
                with suppress(OSError):  # it is not empty: the export is complete
                    folder.rmdir()
    except OSError as error:
        raise ArgumentError(
            f"{folder} cannot be exported into: {error}. Make room there, or name a folder that "
            "you may write."
        ) from error


@contextmanager
def _claimed(partial: Path) -> Iterator[Path]:
    """Make the hidden folder, empty, that no other process uses; remove it afterwards."""
    partial.mkdir(exist_ok=True)
    with locked(os.open(partial, os.O_RDONLY), fcntl.LOCK_EX) as is_ours:
        if not is_ours:
            raise ArgumentError(
                f"Another export is writing into {partial.parent}; wait for it, or name another "
                "folder."
            )
        try:
            _put_back(partial)  # what one that was killed had moved
            for left in partial.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            yield partial
        finally:
            _put_back(partial)
            shutil.rmtree(partial, ignore_errors=True)


def _take_place(partial: Path, folder: Path) -> None:
    """Move the new files in the place of the earlier ones."""
    earlier = partial / _EARLIER
    earlier.mkdir()
    _move(LABEL, folder, earlier)
    for name in _FILES:
        _move(name, folder, earlier)
        os.rename(partial / name, folder / name)
    earlier.rename(partial / "replaced")  # from here on nothing is put back


def _put_back(partial: Path) -> None:
    """Undo what was moved by an export that was broken off between."""
    earlier = partial / _EARLIER
    if not earlier.exists():
        return
    for name in _FILES:
        is_moved = not (partial / name).exists()
        if is_moved:
            (partial.parent / name).unlink(missing_ok=True)
        _move(name, earlier, partial.parent)


def _move(name: str, source: Path, target: Path) -> None:
    with suppress(FileNotFoundError):
        os.rename(source / name, target / name)
