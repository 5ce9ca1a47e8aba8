"""Tells whether a store is there, and which one may have been meant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mltrace.config import FOLDER
from mltrace.errors import StoreNotFoundError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mltrace.store.opening import Store


def check_is_there(store: Store, *, may_be_new: bool = False) -> None:
    """Refuse a store that does not exist.

    Parameters
    ----------
    may_be_new : bool, default False
        Let it pass where a first run could make it and no store is near that may be meant.

    Raises
    ------
    StoreNotFoundError
        If there is neither a catalog nor anything pending; the message names stores nearby.
    """
    if store.is_there:
        return
    location = store.location
    place = Path(location.name.removeprefix("sqlite:///"))
    if place.is_file():
        raise StoreNotFoundError(
            f"There is no store at {location.name}: a file is in the way there. Give a folder, or "
            f"a database file as sqlite:///{location.name}."
        )
    near = [] if location.catalog is None else _nearby(place)
    if may_be_new and location.catalog is not None and not near and place.parent.is_dir():
        return
    meant = f" Did you mean {' or '.join(repr(str(path)) for path in near)}?" if near else ""
    raise StoreNotFoundError(
        f"There is no store at {location.name}.{meant} A store is made when something is logged "
        "into it."
    )


def _nearby(place: Path) -> list[Path]:
    """Find stores in and beside a place, those of the most similar names first."""
    inside = [path for path in (place / FOLDER,) if _is_store(path)]
    beside = {path.name: path for path in _stores_in(place.parent)}
    return inside + [beside[name] for name in nearest(place.name, beside)]


def _stores_in(folder: Path) -> Iterator[Path]:
    try:
        yield from filter(_is_store, folder.iterdir())
    except OSError:
        return


def _is_store(path: Path) -> bool:
    try:
        if path.is_file():
            with path.open("rb") as file:
                return file.read(15) == b"SQLite format 3" and path.suffix != ""
        return (path / "catalog.db").exists() or (path / "spool").is_dir()
    except OSError:
        return False
