"""The file of settings, `mltrace.toml`: what it may hold, and what that says."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from mltrace.config.keys import key_tables
from mltrace.config.monitoring import monitor_tables, notifier_tables
from mltrace.config.places import nearest_file
from mltrace.config.reading import check_keys
from mltrace.config.retraction import retraction_table
from mltrace.config.staleness import stale_tables
from mltrace.errors import ConfigurationError
from mltrace.retention import read_policy

if TYPE_CHECKING:
    from pathlib import Path


def file_settings() -> dict[str, Any]:
    """Read the nearest file; nothing where there is none."""
    path = nearest_file()
    return {} if path is None else read_file(path)


def read_file(path: Path) -> dict[str, Any]:
    """Read a file of settings; of tables, what they mean.

    Raises
    ------
    ConfigurationError
        If it is no TOML, or holds what cannot be.
    """
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read as TOML: {error}") from error
    known = (
        "uri",
        "artifacts",
        "spool",
        "ship",
        "keep",
        "keep_limit_bytes",
        "keep_per_run",
        "keep_per_day",
        "check_file",
        "profile",
        "profile_seconds",
        "profile_share",
        "stale_after",
        "retraction",
        "retention",
        "keys",
        "monitors",
        "notifiers",
    )
    check_keys(f"setting in {path}", settings, known)
    if "stale_after" in settings:
        settings["stale_after"] = stale_tables(path, settings["stale_after"])
    if "retraction" in settings:
        settings["retraction"] = retraction_table(path, settings["retraction"])
    if "retention" in settings:
        settings["retention"] = read_policy(settings["retention"], file=str(path))
    if "keys" in settings:
        settings["keys"] = key_tables(path, settings["keys"])
    if "monitors" in settings:
        settings["monitors"] = monitor_tables(path, settings["monitors"])
    if "notifiers" in settings:
        settings["notifiers"] = notifier_tables(path, settings["notifiers"])
    return settings
