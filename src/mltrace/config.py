"""Settings: argument over environment over `mltrace.toml` over default.

======================  =====================  ==========================================
environment             `mltrace.toml`         meaning
======================  =====================  ==========================================
`MLTRACE_URI`           `uri`                  the store; unset: the nearest `.mltrace/`
`MLTRACE_ARTIFACTS`     `artifacts`            folder of kept values, else beside the catalog
`MLTRACE_DISABLED`                             `1` makes everything a no-op
`MLTRACE_KEEP`          `keep`                 `0` keeps digests only, no values
`MLTRACE_KEEP_LIMIT`    `keep_limit_bytes`     largest value kept, default 64 MiB
`MLTRACE_STALE_AFTER`   `stale_after`          age from which an input is stale, default 30d
======================  =====================  ==========================================
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mltrace.errors import ConfigurationError, unknown_option
from mltrace.times import parse_age

FOLDER: Final = ".mltrace"
FILE: Final = "mltrace.toml"
_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Settings:
    """What is in force for one store.

    Attributes
    ----------
    uri : str
        The store as the user named it, or the path of the nearest `.mltrace/` folder.
    artifacts : str or None
        Where kept values live, if not beside the catalog.
    keep_limit_bytes : int
        The largest value that is kept; 0 keeps none.
    stale_after_seconds : float
        The age, between making and using, from which an input is stale.
    """

    uri: str
    artifacts: str | None = None
    keep_limit_bytes: int = 64 * 1024 * 1024
    stale_after_seconds: float = 30 * 86_400.0


def is_disabled() -> bool:
    """Tell whether `MLTRACE_DISABLED` switches everything off."""
    value = os.environ.get("MLTRACE_DISABLED")
    return value is not None and _boolean("MLTRACE_DISABLED", value)


def nearest_folder(start: str) -> str:
    """Find the `.mltrace/` folder in `start` or above it; else name the one to create there."""
    here = Path(start)
    for folder in (here, *here.parents):
        if (folder / FOLDER).is_dir():
            return str(folder / FOLDER)
    return str(here / FOLDER)


def load_settings(uri: str | None = None) -> Settings:
    """Work out the settings in force here and now.

    Raises
    ------
    ConfigurationError
        If a setting has a value that cannot be; the message names where it was set.
    """
    file = _file_settings()
    chosen = uri or os.environ.get("MLTRACE_URI") or file.get("uri") or nearest_folder(os.getcwd())
    keep_limit = _integer("MLTRACE_KEEP_LIMIT", file.get("keep_limit_bytes"), 64 * 1024 * 1024)
    keep = os.environ.get("MLTRACE_KEEP", str(file.get("keep", "1")))
    stale = os.environ.get("MLTRACE_STALE_AFTER") or str(file.get("stale_after", "30d"))
    return Settings(
        uri=str(chosen),
        artifacts=os.environ.get("MLTRACE_ARTIFACTS") or file.get("artifacts"),
        keep_limit_bytes=keep_limit if _boolean("MLTRACE_KEEP", keep) else 0,
        stale_after_seconds=parse_age(stale),
    )


def _file_settings() -> dict[str, Any]:
    here = Path.cwd()
    for folder in (here, *here.parents):
        path = folder / FILE
        if path.is_file():
            return _read_file(path)
    return {}


def _read_file(path: Path) -> dict[str, Any]:
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read as TOML: {error}") from error
    known = ("uri", "artifacts", "keep", "keep_limit_bytes", "stale_after")
    for key in settings:
        if key not in known:
            raise ConfigurationError(str(unknown_option(f"setting in {path}", key, known)))
    return settings


def _boolean(name: str, text: str) -> bool:
    folded = text.strip().casefold()
    if folded in _TRUE:
        return True
    if folded in _FALSE:
        return False
    raise ConfigurationError(f"{name}={text!r} is neither yes nor no; set it to 1 or 0.")


def _integer(name: str, from_file: Any, default: int) -> int:
    value = os.environ.get(name, from_file)
    if value is None:
        return default
    try:
        number = int(value)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"{name}={value!r} is not a whole number of bytes.") from error
    if number < 0:
        raise ConfigurationError(f"{name}={number} is negative; use 0 to keep nothing.")
    return number
