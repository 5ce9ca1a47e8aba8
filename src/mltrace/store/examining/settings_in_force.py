"""Tells which settings are in force, and where each comes from."""

from __future__ import annotations

import os
import tomllib
from typing import TYPE_CHECKING, Any, Final

from mltrace.config import nearest_file
from mltrace.records import SettingInForce
from mltrace.store.server_uri import hide_password

if TYPE_CHECKING:
    from mltrace.config import Settings

LISTED: Final = (
    ("MLTRACE_ARTIFACTS", "artifacts", "beside the catalog"),
    ("MLTRACE_SPOOL", "spool", "~/.local/state/mltrace"),
    ("MLTRACE_SHIP", "ship", "30s"),
    ("MLTRACE_DISABLED", "", "0"),
    ("MLTRACE_KEEP", "keep", "1"),
    ("MLTRACE_KEEP_LIMIT", "keep_limit_bytes", str(64 * 1024 * 1024)),
    ("MLTRACE_KEEP_PER_RUN", "keep_per_run", "no limit"),
    ("MLTRACE_KEEP_PER_DAY", "keep_per_day", "no limit"),
    ("MLTRACE_CHECK_FILE", "check_file", "1"),
    ("MLTRACE_PROFILE", "profile", "full"),
    ("MLTRACE_PROFILE_SECONDS", "profile_seconds", "1"),
    ("MLTRACE_PROFILE_SHARE", "profile_share", "0.05"),
    ("MLTRACE_MONITORS", "", "1"),
    ("MLTRACE_STALE_AFTER", "stale_after", "30d"),
    ("MLTRACE_RETRACTION", "retraction", "warn"),
    ("MLTRACE_RETRACTION_GRACE", "", "0d"),
    ("", "retention", "keep all"),
)
"""The settings but the store: variable, key in the file, default."""


def settings_in_force(settings: Settings) -> tuple[SettingInForce, ...]:
    """List the settings in force, without passwords."""
    path = nearest_file()
    file = {} if path is None else tomllib.loads(path.read_text(encoding="utf-8"))
    chosen = {os.environ.get("MLTRACE_URI"): "MLTRACE_URI", file.get("uri"): str(path)}
    uri = SettingInForce(
        name="uri",
        value=hide_password(settings.uri),
        origin=chosen.get(settings.uri, "the command or the place"),
    )
    return uri, *[_in_force(*one, file, str(path)) for one in LISTED]


def _in_force(
    variable: str, key: str, default: str, file: dict[str, Any], path: str
) -> SettingInForce:
    name = key or variable.removeprefix("MLTRACE_").casefold()
    if variable in os.environ:
        return SettingInForce(name=name, value=hide_password(os.environ[variable]), origin=variable)
    if key in file:
        return SettingInForce(name=name, value=str(file[key]), origin=path)
    return SettingInForce(name=name, value=default, origin="default")
