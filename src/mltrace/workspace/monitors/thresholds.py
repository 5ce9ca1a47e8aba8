"""Whether a number that a monitor is given is as it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from mltrace.records.alerts import ObservationState
    from mltrace.workspace.monitors.monitor import Monitor


class Thresholds(NamedTuple):
    """What a value is at least, and at most; None is no limit."""

    least: float | None = None
    most: float | None = None

    @property
    def is_any(self) -> bool:
        """Whether there is a limit."""
        return self.least is not None or self.most is not None

    def judge(self, value: float | None) -> tuple[ObservationState, float | None]:
        """Tell how a value stands, and by which limit.

        Examples
        --------
        >>> Thresholds(most=3).judge(4), Thresholds(1, 3).judge(2), Thresholds(1).judge(None)
        (('bad', 3), ('ok', 1), ('unknown', 1))
        """
        nearest = self.most if self.least is None else self.least
        if value is None or value != value:  # noqa: PLR0124 (not a number)
            return "unknown", nearest
        if self.least is not None and value < self.least:
            return "bad", self.least
        if self.most is not None and value > self.most:
            return "bad", self.most
        return "ok", nearest

    def say(self, value: float | None) -> str:
        """Say a value, and what is expected where it is bad.

        Examples
        --------
        >>> Thresholds(most=3).say(4), Thresholds(most=3).say(2), Thresholds().say(None)
        ('4; at most 3 is expected', '2', 'no value')
        """
        if value is None:
            return "no value"
        state, limit = self.judge(value)
        if state != "bad" or limit is None:
            return f"{value:g}"
        side = "least" if limit == self.least and value < limit else "most"
        return f"{value:g}; at {side} {limit:g} is expected"


def check_thresholds(monitor: Monitor, least: object, most: object) -> Thresholds:
    """Return the limits that a monitor was given.

    Raises
    ------
    ArgumentError
        If one is no number, or none lies between them.
    """
    of = type(monitor).__name__
    for name, given in (("min_value", least), ("max_value", most)):
        if given is not None and (isinstance(given, bool) or not isinstance(given, int | float)):
            raise ArgumentError(f"{of}({name}={given!r}): give a number.")
    limits = Thresholds(least, most)  # type: ignore[arg-type]
    if limits.least is not None and limits.most is not None and limits.least > limits.most:
        raise ArgumentError(
            f"{of}(min_value={least}, max_value={most}): no value is as it should be."
        )
    return limits
