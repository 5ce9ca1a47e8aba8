"""Where the parts of a store lie, worked out from its URI."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from mltrace.config import FOLDER
from mltrace.errors import ConfigurationError
from mltrace.store.server_uri import EXAMPLE, hide_password, is_server_uri, parse_server_uri
from mltrace.store.waiting_room import SHIP_FAILED, waiting_room

_ACCEPTED: Final = f"a folder path, sqlite:///path/to/file.db or {EXAMPLE}"
_SCHEME: Final = "sqlite:///"


@dataclass(frozen=True, slots=True)
class Location:
    """The places of one store.

    Attributes
    ----------
    uri : str
        The URI under which anyone on this machine can open the store; it may hold a password.
    name : str
        What messages call the store: the URI without a password.
    catalog : Path or None
        The SQLite file; None if the catalog is on a database server.
    spool, blobs, lake : Path
        The folders of pending facts, of kept values, and of predictions and feedback.
    is_lake_shared : bool
        Whether all who share the catalog are meant to see the lake.
    """

    uri: str = field(repr=False)
    name: str
    catalog: Path | None
    spool: Path
    blobs: Path
    lake: Path
    is_lake_shared: bool = True

    @property
    def touched(self) -> Path:
        """The file that says what retracted data touches, beside the spool."""
        return self.spool.with_name(f"{self.spool.name.removesuffix('spool')}touched")

    @property
    def mirror(self) -> Path:
        """The folder of copies of old rows, which may be removed at any time."""
        return self.spool.with_name(f"{self.spool.name.removesuffix('spool')}mirror")

    @property
    def matched(self) -> Path:
        """The folder of labels matched with predictions, a cache, beside the spool."""
        return self.spool.with_name(f"{self.spool.name.removesuffix('spool')}matched")

    @property
    def ship_failed(self) -> Path:
        """The file that says why shipping to a server failed last; not there if it did not."""
        return self.spool.with_name(SHIP_FAILED)

    @property
    def delivering(self) -> Path:
        """The file that is locked by whoever tells of incidents, beside the spool."""
        return self.spool.with_name(f"{self.spool.name.removesuffix('spool')}delivering")

    @property
    def evaluating(self) -> Path:
        """The file that is locked by whoever evaluates monitors, beside the spool."""
        return self.spool.with_name(f"{self.spool.name.removesuffix('spool')}evaluating")

    @property
    def compacting(self) -> Path:
        """The file that is locked by whoever compacts the lake, beside the spool."""
        return self.spool.with_name(f"{self.spool.name.removesuffix('spool')}compacting")

    @property
    def at_run_end(self) -> Path:
        """The file that is there while the store remembers monitors that run at the end of runs."""
        return self.spool.with_name(f"{self.spool.name.removesuffix('spool')}at-run-end")

    @property
    def run_end_failed(self) -> Path:
        """The file that says why monitors could not be evaluated at the end of runs."""
        return self.spool.with_name(f"{self.spool.name.removesuffix('spool')}evaluate.failed")

    @property
    def is_there(self) -> bool:
        """Whether something is there on this machine already; a server is not asked."""
        return (self.catalog is not None and self.catalog.exists()) or self.spool.exists()


def locate(uri: str, artifacts: str | None = None, *, spool: str | None = None) -> Location:
    """Work out where the parts of the store at `uri` lie.

    Parameters
    ----------
    uri : str
        The store.
    artifacts : str or None, default None
        The folder of kept values, with the lake in it, if not beside the catalog or the spool.
    spool : str or None, default None
        The folder of what waits for remote stores; None for the default.

    Raises
    ------
    ConfigurationError
        If the URI has a scheme that no back-end serves.

    Examples
    --------
    >>> locate("/data/.mltrace").catalog.as_posix()
    '/data/.mltrace/catalog.db'
    >>> locate("sqlite:////data/x.db").spool.as_posix()
    '/data/x.db.spool'
    >>> locate("postgresql://ann:secret@db/team", spool="/data")
    Location(name='postgresql://ann@db/team', catalog=None, spool=...'/data/db-5432-team-...
    """
    if not uri.strip():
        raise ConfigurationError(f"The store URI is empty; give {_ACCEPTED}.")
    if is_server_uri(uri):
        server = parse_server_uri(uri)
        folder = waiting_room(server.folder_name, spool)
        places = _folders(artifacts, folder / "blobs", folder / "lake")
        is_shared = artifacts is not None
        return Location(uri, server.shown, None, folder / "spool", *places, is_shared)
    if uri.startswith(_SCHEME):
        return _locate_file(uri, artifacts)
    if "://" in uri or uri.startswith("sqlite:"):
        raise ConfigurationError(
            f"No store back-end serves {hide_password(uri)!r}; give {_ACCEPTED}."
        )
    folder = Path(uri).expanduser().absolute()
    catalog, name = folder / "catalog.db", os.path.normpath(folder)
    places = _folders(artifacts, folder / "blobs", folder / "lake")
    return Location(str(folder), name, catalog, folder / "spool", *places)


def _locate_file(uri: str, artifacts: str | None) -> Location:
    name = unquote(uri.removeprefix(_SCHEME))
    if not name or name == ":memory:":
        raise ConfigurationError(f"The store {uri!r} names no file; give {_ACCEPTED}.")
    catalog = Path(name).absolute()
    spool, blobs, lake = (
        catalog.with_name(f"{catalog.name}.{part}") for part in ("spool", "blobs", "lake")
    )
    name = f"{_SCHEME}{os.path.normpath(catalog)}"
    places = _folders(artifacts, blobs, lake)
    return Location(f"{_SCHEME}{catalog}", name, catalog, spool, *places)


def make_folder(folder: Path) -> None:
    """Create a folder of a store; a `.mltrace/` keeps itself out of git, as caches do."""
    folder.mkdir(parents=True, exist_ok=True)
    for root in (folder, folder.parent):
        ignore = root / ".gitignore"
        if root.name == FOLDER and not (ignore.exists() and ignore.stat().st_size):
            ignore.write_text("*\n", encoding="ascii")


def _folders(artifacts: str | None, blobs: Path, lake: Path) -> tuple[Path, Path]:
    """Tell the folders of kept values and of the lake; by default those given."""
    if artifacts is None:
        return blobs, lake
    if "://" in artifacts:
        raise ConfigurationError(
            f"MLTRACE_ARTIFACTS={hide_password(artifacts)!r} is no local folder; give a path."
        )
    folder = Path(artifacts).expanduser().absolute()
    return folder, folder / "lake"
