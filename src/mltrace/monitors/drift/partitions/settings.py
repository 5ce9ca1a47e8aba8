"""What a drift monitor is set to: which table, compared with what, how strictly."""

from __future__ import annotations

from typing import Final

import msgspec

from mltrace.errors import ArgumentError

DEFAULT_NAME: Final = "drift"
DEFAULT_DETECTOR: Final = "default"
DEFAULT_MIN_HISTORY: Final = 8


class DriftSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The settings of a drift monitor, as they are stored with each judgement.

    Attributes
    ----------
    table : str
        The table that is watched, by a name that means the same wherever it is asked from.
    name : str
        The monitor's own name, which tells several of one table apart.
    window : int
        With how many partitions before it one is compared, at most.
    min_history : int
        With how many at least; those before are learnt from in any case.
    columns : tuple of str or None
        The columns that are looked at; None: all.
    false_alarm_rate : float
        How often a partition without drift may be taken for one with it.
    slow_drift : bool
        Whether to look for columns that creep away slowly as well.
    detector : str
        The method that judges.
    """

    table: str
    name: str = DEFAULT_NAME
    window: int = 60
    min_history: int = DEFAULT_MIN_HISTORY
    columns: tuple[str, ...] | None = None
    false_alarm_rate: float = 0.01
    slow_drift: bool = True
    detector: str = DEFAULT_DETECTOR


def check_settings(settings: DriftSettings) -> DriftSettings:
    """Return settings that can be.

    Raises
    ------
    ArgumentError
        If they cannot.
    """
    checks = (
        ("name", settings.name, bool(settings.name.strip()), "a name"),
        ("window", settings.window, settings.window >= 1, "a number from 1"),
        (
            "min_history",
            settings.min_history,
            1 <= settings.min_history <= settings.window,
            f"a number from 1 to the window, {settings.window}",
        ),
        ("columns", settings.columns, settings.columns != (), "names of columns, or None"),
        (
            "false_alarm_rate",
            settings.false_alarm_rate,
            0 < settings.false_alarm_rate < 0.5,
            "a share between 0 and 0.5, such as 0.01",
        ),
    )
    for option, value, is_fine, accepted in checks:
        if not is_fine:
            raise ArgumentError(f"DriftMonitor({option}={value!r}): give {accepted}.")
    return settings


def to_json(settings: DriftSettings) -> str:
    """Write settings as they are stored."""
    return msgspec.json.encode(settings).decode()


def from_json(text: str) -> DriftSettings:
    """Read settings that were stored; what a later version added is left out."""
    return msgspec.json.decode(text, type=DriftSettings)
