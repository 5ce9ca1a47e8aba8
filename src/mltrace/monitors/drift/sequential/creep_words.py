"""Says in words how a column creeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mltrace.monitors.drift.sequential.partition_statistics import SPREAD

if TYPE_CHECKING:
    from mltrace.monitors.drift.sequential.partition_statistics import Scale
    from mltrace.records.sequential import ColumnCreep

_MOST: Final = 1e9


def say_creep(creep: ColumnCreep, scale: Scale) -> str:
    """Say what creeps, since when, how far, and how strange that is.

    Examples
    --------
    >>> from mltrace.records.sequential import ColumnCreep
    >>> creep = ColumnCreep(name="temp", statistic="mean", before=60.0, now=76.0, change=0.8,
    ...     since="2026-03-01", evidence=40_123.0, threshold=30_000.0)
    >>> say_creep(creep, "level")
    'temp: mean creeps since about 2026-03-01, 0.8 sd above where it began; evidence 1 in 40,000'
    """
    if scale == "level":
        side = "above" if creep.change > 0 else "below"
        far = f"{abs(creep.change):.1f}" if abs(creep.change) < 10 else f"{abs(creep.change):.0f}"
        how = f"{far} sd {side} where it began"
    elif creep.statistic == SPREAD:
        how = f"{creep.now / creep.before:.2f} times what it was"
    else:
        how = f"from {_percent(creep.before)} to {_percent(creep.now)}"
    since = f" since about {creep.since}" if creep.since else ""
    return f"{creep.name}: {creep.statistic} creeps{since}, {how}; evidence {_odds(creep.evidence)}"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _odds(evidence: float) -> str:
    if evidence > _MOST:
        return f"less than 1 in {_MOST:,.0f}"
    return f"1 in {float(f'{evidence:.2g}'):,.0f}"
