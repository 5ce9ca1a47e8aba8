"""Which stores keep values in a folder: what one does not need another one may.

Each store that keeps a value leaves a note in the folder, under a name made of what identifies the
store. A store that has the folder beside its catalog is noted by where it lies from there, so that
both can be moved together; one on a server whoever logs in.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from blake3 import blake3

from mltrace.errors import StoreError
from mltrace.store.server_uri import parse_server_uri

if TYPE_CHECKING:
    from pathlib import Path

    from mltrace.store.location import Location

_NOTES: Final = "stores"
_BESIDE: Final = os.pardir


def note_store(location: Location) -> None:
    """Leave a note that a store keeps values in its folder of values.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    path = _note(location)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{_said(location)}\n", encoding="utf-8")


def check_not_shared(location: Location) -> None:
    """Make sure that no other store keeps values in the folder of values of a store.

    Raises
    ------
    StoreError
        If one does; the message names it, and what to do.
    """
    for path in _notes_of_others(location):
        said = path.read_text(encoding="utf-8").strip()
        raise StoreError(
            f"The kept values in {location.blobs} are used by another store as well: "
            f"{_store_of(said, location.blobs)}. What this one does not need it may, so "
            "nothing is removed. Give each store a folder of its own (MLTRACE_ARTIFACTS); if "
            f"that one is gone, delete {path}"
        )


def is_shared(location: Location) -> bool:
    """Tell whether another store keeps values in the folder of values of a store."""
    return bool(_notes_of_others(location))


def _notes_of_others(location: Location) -> list[Path]:
    mine = _note(location)
    return [path for path in sorted(mine.parent.glob("*")) if path != mine]


def _note(location: Location) -> Path:
    is_remote = location.catalog is None
    identity = parse_server_uri(location.uri).folder_name if is_remote else _said(location)
    return location.blobs / _NOTES / blake3(identity.encode()).hexdigest(8)


def _said(location: Location) -> str:
    if location.catalog is None:
        return location.name
    catalog = os.path.realpath(location.catalog)
    folder = os.path.realpath(location.blobs)
    is_beside = os.path.dirname(catalog) == os.path.dirname(folder)
    return os.path.join(_BESIDE, os.path.basename(catalog)) if is_beside else catalog


def _store_of(said: str, folder: Path) -> str:
    return os.path.normpath(folder / said) if said.startswith(_BESIDE) else said
