"""Settings of runs that would read retracted data."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from mltrace.config.reading import check_keys, read_age
from mltrace.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class RetractionRule:
    """What happens to runs that would read retracted data.

    Attributes
    ----------
    policy : {'warn', 'block'}
        Whether they are ever blocked.
    grace_seconds : float
        How long after the retraction they only warn, unless it says so itself.
    """

    policy: Literal["warn", "block"] = "warn"
    grace_seconds: float = 0.0


def retraction_table(path: Path, given: Any) -> dict[str, Any]:
    """Read `retraction`, a policy or a table, as the arguments of a `RetractionRule`."""
    table = given if isinstance(given, Mapping) else {"policy": given}
    check_keys(f"key of retraction in {path}", table, ("policy", "grace"))
    rule: dict[str, Any] = {}
    if "policy" in table:
        rule["policy"] = _policy(f"{path}: retraction.policy", table["policy"])
    if "grace" in table:
        rule["grace_seconds"] = _grace(f"{path}: retraction.grace", table["grace"])
    return rule


def retraction_rule(from_file: Mapping[str, Any]) -> RetractionRule:
    """Work out the rule in force: the environment counts before the file."""
    rule = dict(from_file)
    if policy := os.environ.get("MLTRACE_RETRACTION"):
        rule["policy"] = _policy("MLTRACE_RETRACTION", policy)
    if grace := os.environ.get("MLTRACE_RETRACTION_GRACE"):
        rule["grace_seconds"] = _grace("MLTRACE_RETRACTION_GRACE", grace)
    return RetractionRule(**rule)


def _policy(key: str, given: Any) -> str:
    if given not in ("warn", "block"):
        raise ConfigurationError(f"{key} = {given!r} is unknown; use 'warn' or 'block'.")
    return str(given)


def _grace(key: str, given: Any) -> float:
    seconds = read_age(key, given)
    if seconds is None:
        raise ConfigurationError(f"{key} = {given!r}: to never block, set the policy to 'warn'.")
    return seconds
