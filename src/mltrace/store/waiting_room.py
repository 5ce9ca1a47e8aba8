"""Where on this machine facts wait for a store that is on a database server."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mltrace.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

SHIP_FAILED: Final = "ship.failed"
"""The file beside the spool that says why shipping failed last; not there if it did not."""

_PRIVATE: Final = 0o700


def waiting_room(name: str, root: str | None = None) -> Path:
    """Tell which folder holds the spool, and by default the kept values, of a remote store.

    Parameters
    ----------
    name : str
        The folder's name, of this store alone.
    root : str or None, default None
        The folder of all such folders, `MLTRACE_SPOOL`; None for `$XDG_STATE_HOME/mltrace`, else
        `~/.local/state/mltrace`, else, where that cannot be written, one of this user among the
        temporary files.

    Raises
    ------
    ConfigurationError
        If there is only the folder of temporary files, and another user has put something at the
        place there.
    """
    if root is not None:
        return Path(root).expanduser().absolute() / name
    for state in _state_folders():
        if _is_writable(state):
            return state / "mltrace" / name
    return _among_temporary_files() / name


def _state_folders() -> Iterator[Path]:
    given = os.environ.get("XDG_STATE_HOME", "")
    if os.path.isabs(given):  # the specification has relative paths ignored
        yield Path(given)
    home = os.path.expanduser("~")
    if os.path.isabs(home):
        yield Path(home, ".local", "state")


def _is_writable(folder: Path) -> bool:
    """Tell whether a folder can be written, or made in the nearest folder that is there."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _among_temporary_files() -> Path:
    """Make a folder that only this user can enter, and make sure that it is this user's."""
    import tempfile

    folder = Path(tempfile.gettempdir(), f"mltrace-{os.getuid()}")
    try:
        folder.mkdir(mode=_PRIVATE)
    except FileExistsError:
        pass
    except OSError as error:
        raise ConfigurationError(
            f"There is no place for what waits to be sent to the store ({error}); name a folder "
            "that can be written in MLTRACE_SPOOL."
        ) from error
    status = folder.lstat()
    is_private = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077
    if not is_private or status.st_uid != os.getuid():
        raise ConfigurationError(
            f"{folder} is not a folder of this user alone, so nothing is put there; remove it, or "
            "name a folder in MLTRACE_SPOOL."
        )
    return folder
