"""Places files such that readers see all of one or nothing, and no file goes while it is needed.

Who relies on a file that is there renews its time, or moves a new one to its place, under a shared
lock; who removes or replaces one looks at its time once more under the exclusive lock. The lock is
held for the moment of that one call only.
"""

from __future__ import annotations

import fcntl
import os
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final

from blake3 import blake3

from mltrace.errors import StoreCorruptError
from mltrace.store.file_locks import briefly_locked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHECKSUM_BYTES: Final = 32
_LOCK: Final = ".lock"


@contextmanager
def locked(folder: Path, *, exclusive: bool = False) -> Iterator[None]:
    """Hold the lock of a folder of kept values."""
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    with briefly_locked(descriptor, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH):
        yield


@contextmanager
def partial_file(path: Path) -> Iterator[BinaryIO]:
    """Open a hidden file beside a path to write to; it is removed unless it is placed."""
    partial = path.with_name(f".{path.name[:16]}-{uuid.uuid4().hex}")
    try:
        with _create(partial) as file:
            yield file
    finally:
        partial.unlink(missing_ok=True)


def place(folder: Path, file: BinaryIO, path: Path) -> None:
    """Move a finished partial file to its path, over what is there."""
    file.close()
    with locked(folder):
        try:
            os.replace(file.name, path)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.replace(file.name, path)


def _create(path: Path) -> BinaryIO:
    """Open a new file to write to; its folder is mostly there, and not asked for."""
    try:
        return path.open("xb")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("xb")


def renew(folder: Path, path: Path) -> bool:
    """Set the time of a file to now; False if it is not there or not ours to set."""
    try:
        with locked(folder):
            os.utime(path)
    except OSError:
        return False
    return True


def replace_unless_renewed(
    folder: Path, path: Path, seen: os.stat_result, by: str | None = None
) -> bool:
    """Remove a file, or put another in its place; False if it was renewed since it was seen."""
    with locked(folder, exclusive=True):
        try:
            if path.stat().st_mtime_ns != seen.st_mtime_ns:
                return False
        except FileNotFoundError:
            return False
        if by is None:
            path.unlink()
        else:
            os.replace(by, path)
    return True


def put_checked(folder: Path, path: Path, data: bytes) -> None:
    """Write a file that ends with the checksum of what stands before it."""
    with partial_file(path) as file:
        file.write(data)
        file.write(blake3(data).digest())
        place(folder, file, path)


def read_checked(path: Path) -> bytes:
    """Read what stands before the checksum of a file.

    Raises
    ------
    StoreCorruptError
        If the checksum says that the file is damaged.
    """
    with path.open("rb") as file:
        data = file.read(max(0, os.fstat(file.fileno()).st_size - _CHECKSUM_BYTES))
        checksum = file.read()
    if blake3(data).digest() != checksum:
        raise damaged(path, "its bytes do not match their checksum")
    return data


def damaged(path: Path, how: str) -> StoreCorruptError:
    """Make the error that a kept file is damaged, with the remedy."""
    return StoreCorruptError(
        f"The kept file {path} is damaged: {how}. Delete it and run the component again to keep "
        "the value anew."
    )
