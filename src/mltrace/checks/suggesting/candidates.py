"""What may become a suggestion: rules that never broke, and bounds of what varies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy
    from numpy.typing import NDArray

    from mltrace.checks.suggesting.prediction import Interval
    from mltrace.checks.suggesting.scales import Scale


@dataclass(frozen=True)
class Draft:
    """A check as it would be written down.

    Attributes
    ----------
    check : str
        Its name in the library.
    arguments : mapping of str to object
        What it is made with.
    subject : str
        The column; empty for the table. Drafts of one check and subject become one check.
    evidence : str
        What was so, in words that the number of runs can be added to.
    """

    check: str
    arguments: Mapping[str, Any]
    subject: str
    evidence: str


@dataclass(frozen=True)
class Bound:
    """A statistic that varies from partition to partition, to be held between bounds.

    Attributes
    ----------
    values : array of float, shape (num_partitions,)
        The statistic, oldest first.
    scale : Scale
        Where it spreads evenly.
    draft : callable
        Turns the bounds into a check; None if it is not worth having.
    has_low, has_high : bool
        The sides on which it is bounded.
    noise : array of float or None
        The variance that each value has on the scale for coming of so many rows.
    """

    values: NDArray[numpy.float64]
    scale: Scale
    draft: Callable[[Interval], Draft | None]
    has_low: bool = True
    has_high: bool = True
    noise: NDArray[numpy.float64] | None = None


@dataclass(frozen=True)
class Rule:
    """Something that may be so in every partition.

    Attributes
    ----------
    family : str
        Rules of one family break alike.
    was_kept : sequence of bool
        Whether each partition kept to what those before it had in common; the first one counts too.
    draft : Draft or None
        The check, unless the rule is broken or not worth one.
    least_false_alarms : float
        What is known otherwise of how often it will break.
    looked_at : float
        How likely a break would have been seen, where a sample of the values was looked at.
    instead : Bound or None
        What may be bounded where the rule is broken, or costs more false alarms than are left.
    """

    family: str
    was_kept: Sequence[bool]
    draft: Draft | None = None
    least_false_alarms: float = 0.0
    looked_at: float = 1.0
    instead: Bound | None = None
