"""What retracted data touches, published beside the spool for writers, who never open the catalog.

Readers publish it: a file that is replaced as a whole. A run that read touched data appends what
it writes to a log beside it, so that this counts at once and in every process; the lines stay until
the catalog knows how the run ended. Labels are in neither file.

An artifact version goes by its *key*: its digest, or `@` and its identity where it has none.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import uuid
from typing import TYPE_CHECKING, Final
from zlib import crc32

import msgspec

from mltrace.errors import StoreCorruptError
from mltrace.store.file_locks import briefly_locked
from mltrace.store.location import make_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

_encode: Final = msgspec.json.Encoder().encode
_Signature = tuple[int, int, int]


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """What is to be done about a touched version.

    Attributes
    ----------
    block_from : int or None
        When the earliest grace period ends that was given with a retraction, in nanoseconds.
    retracted_at : int or None
        The earliest retraction whose grace period is left to the settings.
    writer : str
        The component that wrote the version last; empty if none did.
    """

    block_from: int | None
    retracted_at: int | None
    writer: str = ""

    def blocks_from(self, grace_seconds: float) -> int:
        """Tell from when on runs that read the version may be blocked."""
        times = [] if self.block_from is None else [self.block_from]
        if self.retracted_at is not None:
            times.append(self.retracted_at + int(grace_seconds * 1e9))
        return min(times, default=0)


class Spread(msgspec.Struct, frozen=True, array_like=True):
    """That a run wrote versions after it had read touched ones."""

    run: str
    component: str
    read: tuple[str, ...]
    wrote: tuple[str, ...]


class _Published(msgspec.Struct, frozen=True):
    stamp: str
    marks: tuple[Mark, ...]
    touched: dict[str, int]
    spreads: tuple[Spread, ...] = ()


_decode_published: Final = msgspec.json.Decoder(_Published).decode
_decode_spread: Final = msgspec.json.Decoder(Spread).decode
_NOTHING: Final[Mapping[str, Mark]] = {}


def version_key(digest: str | None, identity: str) -> str:
    """Make the key of an artifact version.

    Examples
    --------
    >>> version_key("3f2a", "raw.csv"), version_key(None, "s3://bucket/raw.csv")
    ('3f2a', '@s3://bucket/raw.csv')
    """
    return digest or f"@{identity}"


def strictest(marks: Iterable[Mark], writer: str) -> Mark:
    """Join what several retractions say of one version.

    Examples
    --------
    >>> strictest([Mark(5, None), Mark(3, 8), Mark(None, 9)], "clean")
    Mark(block_from=3, retracted_at=8, writer='clean')
    """
    known = list(marks)
    given = [mark.block_from for mark in known if mark.block_from is not None]
    left = [mark.retracted_at for mark in known if mark.retracted_at is not None]
    return Mark(min(given, default=None), min(left, default=None), writer)


class TouchedVersions:
    """The published file of a store and its log.

    Parameters
    ----------
    path : Path
        The published file; it is not there while nothing is retracted.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file, self._log = str(path), f"{path}.log"
        self._stamped: tuple[_Signature | None, str | None] = (None, None)
        self._seen: tuple[tuple[_Signature | None, ...], Mapping[str, Mark]] = ((), _NOTHING)

    def look(self) -> Mapping[str, Mark]:
        """Return the touched versions by key.

        Notes
        -----
        Cost: one look at the file system while nothing is retracted, two while nothing changes.

        Raises
        ------
        StoreCorruptError
            If the published file is damaged; once for each state that it is in.
        """
        if not os.access(self._file, os.F_OK):  # half the time of a look at what it is
            return _NOTHING
        found = (_signature(self._file), _signature(self._log))
        if self._seen[0] != found:
            self._seen = (found, _NOTHING)
            spreads = self._read_log()  # before the file, which takes its lines over
            self._seen = (found, _unfold(self._read(), spreads))
        return self._seen[1]

    def add(self, spread: Spread) -> None:
        """Append what a run wrote after it had read touched versions."""
        body = _encode(spread)
        with self._locked(fcntl.LOCK_SH) as descriptor:
            os.write(descriptor, b"\n%08x %b\n" % (crc32(body), body))

    def stamp(self) -> str | None:
        """Tell of which state of the catalog the published file is; None without a sound one."""
        found = _signature(self._file)
        if self._stamped[0] != found:
            self._stamped = (found, None)
            with contextlib.suppress(StoreCorruptError):
                published = self._read()
                self._stamped = (found, published.stamp if published is not None else None)
        return self._stamped[1]

    @property
    def is_published(self) -> bool:
        """Whether there is a published file."""
        return self._path.exists()

    @property
    def log_bytes(self) -> int:
        """The size of the log."""
        signature = _signature(self._log)
        return signature[2] if signature is not None else 0

    def publish(
        self,
        stamp: str,
        touched: Mapping[str, Mark],
        known: Callable[[Iterable[str]], set[str]],
    ) -> None:
        """Replace the published file; lines of the log stay for runs that are not over.

        Parameters
        ----------
        stamp : str
            The state of the catalog that `touched` was derived from.
        touched : mapping of str to Mark
            The touched versions by key.
        known : callable
            Tells of ids of runs which are over, as that state of the catalog has it.
        """
        with self._locked(fcntl.LOCK_EX) as descriptor:
            spreads = self._read_log()
            with contextlib.suppress(StoreCorruptError):
                before = self._read()
                spreads = [*(before.spreads if before is not None else ()), *spreads]
            over = known({spread.run for spread in spreads})
            numbers = {mark: at for at, mark in enumerate(dict.fromkeys(touched.values()))}
            published = _Published(
                stamp=stamp,
                marks=tuple(numbers),
                touched={key: numbers[mark] for key, mark in touched.items()},
                spreads=tuple(spread for spread in spreads if spread.run not in over),
            )
            self._replace(_encode(published))
            os.ftruncate(descriptor, 0)

    def withdraw(self) -> None:
        """Remove what was published: nothing is retracted any more."""
        with self._locked(fcntl.LOCK_EX) as descriptor:
            self._path.unlink(missing_ok=True)
            os.ftruncate(descriptor, 0)

    def _replace(self, body: bytes) -> None:
        partial = self._path.with_name(f".{self._path.name}-{uuid.uuid4().hex}")
        try:
            partial.write_bytes(b"%08x %b" % (crc32(body), body))
            os.replace(partial, self._path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise

    def _read(self) -> _Published | None:
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            if int(data[:8], 16) != crc32(data[9:]):
                raise ValueError("its checksum differs")
            return _decode_published(data[9:])
        except (ValueError, msgspec.DecodeError) as error:
            raise StoreCorruptError(
                f"{self._path}, which says what retracted data touches, is damaged and ignored; "
                "to publish it anew: mltrace retracted"
            ) from error

    def _read_log(self) -> list[Spread]:
        try:
            with open(self._log, "rb") as file:
                lines = file.read().split(b"\n")
        except FileNotFoundError:
            return []
        found = []
        for line in lines:
            with contextlib.suppress(ValueError, msgspec.DecodeError):
                if line and int(line[:8], 16) == crc32(line[9:]):
                    found.append(_decode_spread(line[9:]))
        return found

    @contextlib.contextmanager
    def _locked(self, how: int) -> Iterator[int]:
        """Open the log, alone or among other writers; it is never replaced, only emptied."""
        make_folder(self._path.parent)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self._log, flags, 0o640)
        with briefly_locked(descriptor, how):
            yield descriptor


def _unfold(published: _Published | None, spreads: Iterable[Spread]) -> Mapping[str, Mark]:
    """Let what runs wrote be touched as what they had read is, in the order of the lines."""
    if published is None:
        return _NOTHING
    touched = {key: published.marks[number] for key, number in published.touched.items()}
    for spread in (*published.spreads, *spreads):
        marks = [touched[key] for key in spread.read if key in touched]
        if marks:
            for key in spread.wrote:
                before = [touched[key]] if key in touched else []
                touched[key] = strictest([*marks, *before], spread.component)
    return touched


def _signature(path: str) -> _Signature | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size
