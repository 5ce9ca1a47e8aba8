"""Where the nearest store and the nearest file of settings are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from mltrace.errors import ConfigurationError

FOLDER: Final = ".mltrace"
FILE: Final = "mltrace.toml"
CHECK_FILE: Final = "mltrace-checks.toml"


def nearest_folder(start: str) -> str:
    """Find the `.mltrace/` folder in `start` or above it; else name the one to create there."""
    here = Path(start)
    for folder in (here, *here.parents):
        if (folder / FOLDER).is_dir():
            return str(folder / FOLDER)
    return str(here / FOLDER)


def folder_near_here() -> str:
    """Find the `.mltrace/` folder nearest to the working directory."""
    try:
        return nearest_folder(os.getcwd())
    except FileNotFoundError as error:
        raise ConfigurationError(
            "The working directory was deleted, so no store is near; name one by MLTRACE_URI."
        ) from error


def nearest_file(name: str = FILE) -> Path | None:
    """Find the `mltrace.toml`, or another file, in the working folder or above it."""
    try:
        here = Path.cwd()
    except FileNotFoundError:
        return None  # the working directory was deleted
    paths = (folder / name for folder in (here, *here.parents))
    return next((path for path in paths if path.is_file()), None)
