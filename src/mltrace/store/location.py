"""Where the parts of a store lie, worked out from its URI."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from mltrace.config import FOLDER
from mltrace.errors import ConfigurationError

_ACCEPTED: Final = "a folder path or sqlite:///path/to/file.db"
_SCHEME: Final = "sqlite:///"


@dataclass(frozen=True, slots=True)
class Location:
    """The places of one store.

    Attributes
    ----------
    catalog : Path
        The SQLite file.
    spool, blobs : Path
        The folders of pending facts and of kept values.
    """

    catalog: Path
    spool: Path
    blobs: Path

    @property
    def uri(self) -> str:
        """The URI under which anyone on this machine can open the store."""
        if self.catalog.name == "catalog.db" and self.spool == self.catalog.parent / "spool":
            return str(self.catalog.parent)
        return f"{_SCHEME}{self.catalog}"

    @property
    def touched(self) -> Path:
        """The file that says what retracted data touches, beside the spool."""
        return self.spool.with_name(f"{self.spool.name.removesuffix('spool')}touched")


def locate(uri: str, artifacts: str | None = None) -> Location:
    """Work out where the parts of the store at `uri` lie.

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
    """
    if not uri.strip():
        raise ConfigurationError(f"The store URI is empty; give {_ACCEPTED}.")
    if uri.startswith(_SCHEME):
        name = unquote(uri.removeprefix(_SCHEME))
        if not name or name == ":memory:":
            raise ConfigurationError(f"The store {uri!r} names no file; give {_ACCEPTED}.")
        catalog = Path(name).absolute()
        spool, blobs = catalog.with_name(f"{catalog.name}.spool"), f"{catalog.name}.blobs"
        return Location(catalog, spool, _blobs(artifacts, catalog.with_name(blobs)))
    if "://" in uri or uri.startswith("sqlite:"):
        raise ConfigurationError(f"No store back-end serves {_hide(uri)!r}; give {_ACCEPTED}.")
    folder = Path(uri).expanduser().absolute()
    return Location(folder / "catalog.db", folder / "spool", _blobs(artifacts, folder / "blobs"))


def make_folder(folder: Path) -> None:
    """Create a folder of a store; a `.mltrace/` keeps itself out of git, as caches do."""
    folder.mkdir(parents=True, exist_ok=True)
    for root in (folder, folder.parent):
        ignore = root / ".gitignore"
        if root.name == FOLDER and not (ignore.exists() and ignore.stat().st_size):
            ignore.write_text("*\n", encoding="ascii")


def _blobs(artifacts: str | None, default: Path) -> Path:
    if artifacts is None:
        return default
    if "://" in artifacts:
        raise ConfigurationError(
            f"MLTRACE_ARTIFACTS={_hide(artifacts)!r} is no local folder; give a path."
        )
    return Path(artifacts).expanduser().absolute()


def _hide(uri: str) -> str:
    """Leave a password out of a URI that goes into a message."""
    scheme, _, rest = uri.partition("://")
    _, at, host = rest.rpartition("@")
    return f"{scheme}://…@{host}" if at else uri
