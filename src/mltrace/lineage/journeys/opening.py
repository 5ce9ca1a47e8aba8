"""Opens the kept tables of a journey, each once, and says why one cannot be opened."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Final, NamedTuple

from mltrace.compression import table_stem
from mltrace.errors import (
    ArgumentError,
    StoreCorruptError,
    UnreadableDataError,
    UntrustedValueError,
    ValueNotKeptError,
)
from mltrace.lineage.contents import ArtifactContent
from mltrace.lineage.journeys.keyed_tables import HashCache, KeyedTable
from mltrace.lineage.kept_tables import may_be_table, open_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mltrace.records import ArtifactRef
    from mltrace.records.journeys import EndReason
    from mltrace.store.kept.blobs import Blobs

    DeclaredKeys = Mapping[str, Sequence[str]]

NOT_THERE: Final = (
    *(ValueNotKeptError, UntrustedValueError, UnreadableDataError, StoreCorruptError),
    ArgumentError,
)
"""What is raised where a table is not kept, or cannot be read again."""
_NEVER_TABLES: Final = frozenset({"ids", "model", "value"})
VersionKey = tuple[str, str | None]


class Missing(NamedTuple):
    """Why a table is not there."""

    reason: EndReason
    message: str


class Tables:
    """The tables of a journey.

    Parameters
    ----------
    blobs : Blobs
        Where values are kept.
    keys : mapping
        The keys that components declare, by the names of what they read.
    """

    def __init__(self, blobs: Blobs, keys: Mapping[str, DeclaredKeys]) -> None:
        self._blobs = blobs
        self._keys = keys
        self._cache = HashCache()
        self._opened: dict[tuple[str, str], KeyedTable | Missing] = {}

    def open(self, ref: ArtifactRef) -> KeyedTable | Missing:
        """Open a table."""
        key = (ref.identity, ref.digest or "")
        if key not in self._opened:
            self._opened[key] = self._open(ref)
        return self._opened[key]

    def open_or_raise(self, ref: ArtifactRef) -> KeyedTable:
        """Open a table.

        Raises
        ------
        ArgumentError
            If it is no table.
        ValueNotKeptError, UntrustedValueError, UnreadableDataError, StoreCorruptError
            If it cannot be read again.
        """
        table = self.open(ref)
        if isinstance(table, KeyedTable):
            return table
        if not may_be_table(ref):
            raise ArgumentError(f"{ref.name!r} is no table; name one, and the key of a row of it.")
        return self._keyed(ref)

    def declared(self, component: str, ref: ArtifactRef) -> Sequence[str]:
        """Tell the key that a component declares for a table; none if it does not."""
        keys = self._keys.get(component, {})
        return next((tuple(keys[name]) for name in names_of(ref) if name in keys), ())

    def _keyed(self, ref: ArtifactRef) -> KeyedTable:
        num_rows = None if ref.kind == "file" else ref.num_rows
        return KeyedTable(open_table(ArtifactContent(ref, self._blobs)), num_rows, self._cache)

    def _open(self, ref: ArtifactRef) -> KeyedTable | Missing:
        if not may_be_table(ref):
            return Missing("no table", ref.reason or "it is no table that can be read again")
        try:
            return self._keyed(ref)
        except ArgumentError as error:
            return Missing("no table", str(error))
        except NOT_THERE as error:
            return Missing("not kept", str(error))


def followed(refs: Iterable[ArtifactRef]) -> Iterator[ArtifactRef]:
    """List what may be tables, each once."""
    seen = set()
    for ref in refs:
        if ref.kind not in _NEVER_TABLES and version_key(ref) not in seen:
            seen.add(version_key(ref))
            yield ref


def version_key(ref: ArtifactRef) -> VersionKey:
    """Tell versions apart: by content and the run that made it, whatever it is called."""
    return ref.digest or ref.identity, ref.produced_by


def names_of(ref: ArtifactRef) -> tuple[str, ...]:
    """List by which names the key of an artifact may be declared, the most exact first.

    Examples
    --------
    >>> from mltrace.records import ArtifactRef
    >>> names_of(ArtifactRef(name="raw/flights.parquet", kind="file"))
    ('raw/flights.parquet', 'flights.parquet', 'flights')
    """
    path = PurePath(ref.name)
    return tuple(dict.fromkeys((ref.name, path.name, path.stem, table_stem(path))))
