"""How much of the values that cross a run's boundary is kept: by value, by run and by day."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING, NamedTuple

from mltrace.errors import ArgumentError, OptionError
from mltrace.sizes import parse_size
from mltrace.store.location import make_folder
from mltrace.times import now_ns, to_datetime

if TYPE_CHECKING:
    from pathlib import Path


class KeepRule(NamedTuple):
    """What a run may keep of its values.

    Attributes
    ----------
    limit_bytes : int or None
        The largest value; None keeps digests only.
    per_run_bytes : int or None
        All values together; None is no limit.
    """

    limit_bytes: int | None
    per_run_bytes: int | None = None


def as_keep(keep: object) -> int | None:
    """Read the option `keep=`: None leaves it to the settings, 0 keeps nothing.

    Raises
    ------
    OptionError
        If it is neither a size nor True or False.

    Examples
    --------
    >>> as_keep(True), as_keep(False), as_keep("2 MB")
    (None, 0, 2000000)
    """
    if keep is None or isinstance(keep, bool):
        return 0 if keep is False else None
    try:
        return parse_size(keep)  # type: ignore[arg-type]
    except ArgumentError as error:
        raise OptionError(
            f"keep={keep!r} is neither True, False nor a size; write for example keep='1 GB'."
        ) from error


class DayBudget:
    """The bytes that all processes together may keep in a store on one day, in UTC.

    Each process adds what it keeps as a line to a file of the day, so that no lock is needed; where
    several keep at the same moment, each may go over by one value.

    Parameters
    ----------
    path : Path
        The file, to which the day is added; beside the spool.
    limit_bytes : int
        The budget.
    """

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._path = path
        self.forget()

    def forget(self) -> None:
        """Start afresh in a forked child."""
        self._lock = threading.RLock()  # a signal handler may log as well
        self._day = ""
        self._read_bytes = self._used_bytes = 0

    def take(self, size: int) -> bool:
        """Take so many bytes from the budget of today, if they are left."""
        with self._lock:
            self._catch_up()
            if self._used_bytes + size > self.limit_bytes:
                return False
            self._note(size)
            return True

    def give_back(self, size: int) -> None:
        """Give back what was taken, for the store had the value already."""
        with self._lock:
            self._note(-size)

    def _catch_up(self) -> None:
        """Add what all processes have noted since the last look."""
        day = f"{to_datetime(now_ns()):%Y-%m-%d}"
        if day != self._day:
            self._day, self._read_bytes, self._used_bytes = day, 0, 0
            self._remove_others()
        with contextlib.suppress(OSError), open(self._file, "rb") as file:
            file.seek(self._read_bytes)
            whole = file.read().rpartition(b"\n")[0]
            self._read_bytes += len(whole) + 1 if whole else 0
            self._used_bytes += sum(_number(line) for line in whole.split(b"\n"))

    def _note(self, size: int) -> None:
        line = b"%d\n" % size
        try:
            make_folder(self._path.parent)
            descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        except OSError:
            self._used_bytes += size  # nobody else will know, but this process does
            return
        try:
            os.write(descriptor, line)
        except OSError:
            self._used_bytes += size
        finally:
            os.close(descriptor)

    @property
    def _file(self) -> str:
        return f"{self._path}-{self._day}"

    def _remove_others(self) -> None:
        """Remove the files of other days."""
        for path in self._path.parent.glob(f"{self._path.name}-*"):
            if str(path) < self._file:
                with contextlib.suppress(OSError):
                    path.unlink()


def _number(line: bytes) -> int:
    try:
        return int(line)
    except ValueError:
        return 0
