"""Settings of profiles: of which data they are taken, and what that may cost."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from mltrace.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

ProfileMode = Literal["full", "sample", "off"]
MODES: Final[tuple[ProfileMode, ...]] = get_args(ProfileMode)


@dataclass(frozen=True, slots=True)
class ProfileRule:
    """Of which data profiles are taken, and what that may cost.

    Attributes
    ----------
    mode : {'full', 'sample', 'off'}
        Whether profiles are of all rows, of a sample of them, or not taken; components may say
        otherwise.
    max_seconds : float
        The seconds of CPU that one profile may take; beyond it a sample is taken.
    max_share : float
        The share of the CPU time of a process that its profiles may take; samples of few rows are
        taken until all took four times as much.
    """

    mode: ProfileMode = "full"
    max_seconds: float = 1.0
    max_share: float = 0.05


def profile_rule(file: Mapping[str, Any]) -> ProfileRule:
    """Work out the rule in force: the environment counts before the file."""
    default = ProfileRule()
    mode = os.environ.get("MLTRACE_PROFILE") or file.get("profile", default.mode)
    if mode not in MODES:
        raise ConfigurationError(
            f"MLTRACE_PROFILE = {mode!r} is unknown; use 'full', 'sample' or 'off'."
        )
    seconds = _number("MLTRACE_PROFILE_SECONDS", file.get("profile_seconds"))
    share = _number("MLTRACE_PROFILE_SHARE", file.get("profile_share"))
    if share is not None and share > 1:
        raise ConfigurationError(
            f"MLTRACE_PROFILE_SHARE = {share:g} is no share; "
            "give a number from 0 to 1, such as 0.05."
        )
    return ProfileRule(
        mode=mode,
        max_seconds=default.max_seconds if seconds is None else seconds,
        max_share=default.max_share if share is None else share,
    )


def _number(name: str, from_file: Any) -> float | None:
    given = os.environ.get(name) or from_file
    if given is None:
        return None
    try:
        number = float(given)
    except (TypeError, ValueError):
        number = math.nan
    if not number >= 0:
        raise ConfigurationError(f"{name} = {given!r} is no number; give one of 0 or more.")
    return number
