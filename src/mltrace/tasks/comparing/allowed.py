"""Whether a metric is surely beyond what is allowed: by its interval, not by its value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mltrace.tasks.comparing.from_intervals import Bounded, difference_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class Verdict(NamedTuple):
    """How a metric stands to one limit.

    Attributes
    ----------
    is_bad : bool
    bound : float
        The end of its interval that is nearest to the limit; of a drop the value that it has at
        best, seen from the reference.
    limit : float
        Beyond which the bound is bad.
    of : str
        The limit, by its name: 'min', 'max' or 'drop'.
    """

    is_bad: bool
    bound: float
    limit: float
    of: str


@dataclass(frozen=True, slots=True)
class Allowed:
    """What is allowed of a metric.

    Attributes
    ----------
    least, most : float, optional
        Which value it has at least and at most.
    drop : tuple of float, optional
        How much worse it may be than the reference: an amount, and a share of that.
    is_higher_better : bool, default True
        Else worse is more.
    """

    least: float | None = None
    most: float | None = None
    drop: tuple[float, float] | None = None
    is_higher_better: bool = True

    @property
    def num_tests(self) -> int:
        """How many limits there are."""
        return sum(one is not None for one in (self.least, self.most, self.drop))

    def judge(self, found: Bounded, reference: Bounded | None = None) -> Iterator[Verdict]:
        """Tell how a metric stands to each limit; to a drop only where there is a reference.

        Notes
        -----
        A limit is passed if all of the interval is beyond it: one-sided, so that with intervals
        that hold it is passed in half of what is left of their confidence, at most, though the
        metric is as it is allowed to be.

        Examples
        --------
        >>> allowed = Allowed(least=0.4, drop=(0.05, 0.0))
        >>> for verdict in allowed.judge(Bounded(0.38, 0.34, 0.42), Bounded(0.55, 0.53, 0.57)):
        ...     print(verdict.of, verdict.is_bad, round(verdict.bound, 3), round(verdict.limit, 3))
        min False 0.42 0.4
        drop True 0.425 0.5
        """
        if self.least is not None:
            yield Verdict(found.high < self.least, found.high, self.least, "min")
        if self.most is not None:
            yield Verdict(found.low > self.most, found.low, self.most, "max")
        if self.drop is not None and reference is not None:
            yield self._judge_drop(found, reference, *self.drop)

    def _judge_drop(
        self, found: Bounded, reference: Bounded, amount: float, share: float
    ) -> Verdict:
        towards = -1 if self.is_higher_better else 1
        factor = 1 + share * (towards if reference.value >= 0 else -towards)
        usual = Bounded(*(end * factor for end in reference))
        worse = difference_of(usual, found)
        limit = usual.value + towards * amount
        bound = usual.value + (worse.high if self.is_higher_better else worse.low)
        return Verdict(towards * (bound - limit) > 0, bound, limit, "drop")
