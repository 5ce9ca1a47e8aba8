"""Which option of a monitor sets its threshold, and how it is declared with another one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.toml_text import assignment
from mltrace.errors import ArgumentError, NotEvaluatedError
from mltrace.times import parse_age
from mltrace.workspace.monitors.specs import own_arguments, write_monitor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltrace.monitors.alerts.life_cycle import Rule
    from mltrace.monitors.backtests.scales import Scale
    from mltrace.workspace.monitors.monitor import Monitor

_SAME: Final = 1e-9


class Tuning:
    """A monitor, and what sets its threshold.

    Parameters
    ----------
    monitor : Monitor
    scale : Scale or None
        What its observations tell of its threshold.

    Notes
    -----
    The option that sets the threshold is the one whose value it is: a number, or an age such as
    '2d' of so many seconds.
    """

    def __init__(self, monitor: Monitor, scale: Scale | None) -> None:
        self._monitor, self._scale = monitor, scale
        try:
            self.settings: Mapping[str, Any] = write_monitor(monitor)
        except NotEvaluatedError:
            self.settings = {}
        self.option = None if scale is None else self._find(scale.threshold)

    def tune(
        self, threshold: float | None, rule: Rule
    ) -> tuple[str | None, Mapping[str, Any], str]:
        """Tell the option, and the settings and the TOML of the monitor with another threshold."""
        if not self.settings or (threshold is not None and self.option is None):
            return self.option, {}, ""
        changed = dict(self.settings)
        if threshold is not None and self.option is not None:
            changed[self.option] = self._as_given(self.option, threshold)
        hysteresis = {"open_after": rule.open_after, "resolve_after": rule.resolve_after}
        now = self._monitor
        changed |= {name: one for name, one in hysteresis.items() if one != getattr(now, name)}
        lines = [assignment(name, value) for name, value in changed.items()]
        return self.option, changed, "[[monitors]]\n" + "".join(lines)

    def _find(self, threshold: float) -> str | None:
        names = [
            name
            for name in own_arguments(type(self._monitor))
            if (number := _number(getattr(self._monitor, name))) is not None
            and math.isclose(number, threshold, rel_tol=_SAME)
        ]
        return names[0] if len(names) == 1 else None

    def _as_given(self, option: str, threshold: float) -> Any:
        given = getattr(self._monitor, option)
        if isinstance(given, str):
            return _age(threshold)
        if not isinstance(given, int):
            return threshold
        # Of whole numbers as many are beyond the whole number that is nearer to the good ones.
        is_above = self._scale is not None and self._scale.direction == "above"
        return math.floor(threshold) if is_above else math.ceil(threshold)


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    try:
        return parse_age(value) if isinstance(value, str) else None
    except ArgumentError:
        return None


def _age(seconds: float) -> str:
    """Write seconds as an age, to the minute.

    Examples
    --------
    >>> _age(86_400 * 2), _age(5_400), _age(20)
    ('2d', '1h 30m', '20s')
    """
    left = round(seconds)
    parts: list[str] = []
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "m"), (1, "s")):
        number, left = divmod(left, size)
        if number and (unit != "s" or not parts):
            parts.append(f"{number}{unit}")
    return " ".join(parts) or "1s"
