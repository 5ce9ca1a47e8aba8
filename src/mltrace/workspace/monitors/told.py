"""Checks what monitors tell, which may be code of users: one that errs spoils no other."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mltrace.errors import ArgumentError
from mltrace.escaping import encodable
from mltrace.records.alerts import Observation
from mltrace.store.database.column_types import Key, Text
from mltrace.store.database.keys import uid_bytes
from mltrace.times import to_nanoseconds

if TYPE_CHECKING:
    from mltrace.workspace.monitors.monitor import Monitor

MOST_MESSAGE: Final = 4_000
"""Characters that are kept of a message."""
_TEXT: Final = Text()
_KEY: Final = Key()


def check_told(monitor: Monitor, told: object) -> Observation:
    r"""Return an observation as it can be stored: with texts of UTF-8, and no endless message.

    Raises
    ------
    ArgumentError
        If it is none, or not of this monitor, or has a field that no store can hold.

    Examples
    --------
    >>> import mltrace as mt
    >>> check_told(mt.VolumeMonitor("orders"), "bad")
    Traceback (most recent call last):
    mltrace.errors.ArgumentError: measure() told a str; accepted: an Observation, as
    self.observation(subject, point, at=…, state=…) makes it.
    """
    if not isinstance(told, Observation):
        raise ArgumentError(
            f"measure() told a {type(told).__name__}; accepted: an Observation, as "
            "self.observation(subject, point, at=…, state=…) makes it."
        )
    if told.monitor != monitor.key:
        raise ArgumentError(
            f"measure() told an observation of the monitor {told.monitor!r}; make it by "
            "self.observation(…), which names this one."
        )
    try:
        fields = msgspec.to_builtins(told, builtin_types=(datetime,))
        one = msgspec.convert({key: _storable(value) for key, value in fields.items()}, Observation)
        _check_time(one.at)
        _check_run(one.run_id)
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            f"measure() told of {told.subject!r} at {told.point!r} what cannot be: {error}"
        ) from error
    return msgspec.structs.replace(
        one,
        subject=_KEY.stored(one.subject),
        point=_KEY.stored(one.point),
        message=one.message[:MOST_MESSAGE],
    )


def _storable(value: Any) -> Any:
    """Leave out what a database or UTF-8 cannot hold, so that a point is known again."""
    if isinstance(value, str):
        return _TEXT.stored(encodable(value))
    return tuple(map(_storable, value)) if isinstance(value, list | tuple) else value


def _check_time(at: datetime) -> None:
    if abs(to_nanoseconds(at)) >= 2**63:
        raise ArgumentError(f"at={at} is out of range; accepted: 1678 to 2262.")


def _check_run(run_id: str | None) -> None:
    try:
        uid_bytes(run_id or "0" * 32)
    except ValueError as error:
        raise ArgumentError(f"run_id={run_id!r} is no id of a run.") from error
