"""Tells data from what belongs to the machine: programs, libraries, settings, devices."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Final

from mltrace.config import FILE, FOLDER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_MACHINE: Final = (
    *("/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/nix", "/proc"),
    *("/run", "/sbin", "/snap", "/sys", "/usr", "/var/cache", "/var/lib", "/var/log", "/var/run"),
)
_SKIPPED: Final = frozenset(
    {"__pycache__", "site-packages", "dist-packages", "node_modules", ".git", FOLDER}
)
SCRIPTS: Final = (
    *(".py", ".r", ".awk", ".sh", ".bash", ".zsh", ".js", ".mjs", ".cjs", ".ts", ".sql"),
    *(".pl", ".rb", ".jl", ".lua", ".php"),
)
"""Endings of files that are code; compared in lower case."""
_COMPILED: Final = (".pyc", ".pyo", ".pyi", ".pth", ".so", ".pm", ".jar", ".class")
_SCRATCH: Final = ("-journal", "-wal", "-shm")
"""Files that SQLite keeps beside a database while it is in use."""


class Places:
    """Knows which paths name data of a command.

    Parameters
    ----------
    programs : iterable of str
        Programs whose installations do not count as data.
    others : iterable of str
        Files and folders that do not count, such as the store.

    Examples
    --------
    >>> places = Places(["python3"], others=["/jobs/run.sh"])
    >>> [places.is_data(path) for path in ("/jobs/raw.csv", "/usr/share/x", "/jobs/run.sh")]
    [True, False, False]
    """

    def __init__(self, programs: Iterable[str] = (), others: Collection[str] = ()) -> None:
        home, here = os.path.expanduser("~"), os.getcwd()
        prefixes = {sys.prefix, sys.base_prefix, *map(_installation, programs)} - {"", "/", home}
        roots = [*_MACHINE, *sorted(prefixes)]
        # Who works inside such a place has data there.
        self._roots = tuple([f"{root}/" for root in roots if not _is_below(here, root)])
        hidden = f"{home.rstrip('/')}/."
        self._hidden = hidden if not here.startswith(hidden) else None
        self._others = frozenset(others)
        self._others_below = tuple([f"{other}/" for other in others])

    def is_data(self, path: str) -> bool:
        """Tell whether a path, absolute and normal, may name data."""
        if path.startswith(self._roots) or (self._hidden and path.startswith(self._hidden)):
            return False
        if path in self._others or path.startswith(self._others_below):
            return False
        if not _SKIPPED.isdisjoint(path.split("/")):
            return False
        name = path.rpartition("/")[2]
        lowered = name.lower()
        if lowered.endswith((*SCRIPTS, *_COMPILED, *_SCRATCH)) or ".so." in lowered:
            return False
        return name not in (FILE, "pyvenv.cfg")


def _installation(program: str) -> str:
    """Tell the folder that a program is installed under: that above its `bin`."""
    found = shutil.which(program)
    if found is None:
        return ""
    folder = os.path.dirname(os.path.realpath(found))
    return os.path.dirname(folder) if os.path.basename(folder) == "bin" else ""


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root}/")
