"""ADWIN: a window that grows while its mean is one and the same, and sheds what is from before."""

from __future__ import annotations

import math
from functools import reduce
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

import msgspec

from mltrace.monitors.drift.sequential.stream_test import StreamTest, must_be, stream_tests
from mltrace.records.sequential import StreamResult

if TYPE_CHECKING:
    from collections.abc import Iterator


class Bucket(NamedTuple):
    """Neighbouring values of the window: how many, their sum, the squares around their mean."""

    num: int
    total: float
    squares: float

    def merge(self, other: Bucket) -> Bucket:
        """Put together two buckets."""
        num = self.num + other.num
        apart = self.total / self.num - other.total / other.num if self.num and other.num else 0.0
        between = self.num * other.num * apart * apart / max(num, 1)
        return Bucket(num, self.total + other.total, self.squares + other.squares + between)


class Cut(NamedTuple):
    """A place where the window may be cut.

    Attributes
    ----------
    difference, allowed : float
        How far the means of both parts are apart, and may be by chance.
    is_up : bool
        Whether the mean after it is the higher one.
    num_after : int
        How many values are after it.
    """

    difference: float
    allowed: float
    is_up: bool
    num_after: int


_NOTHING: Final = Bucket(0, 0.0, 0.0)
_NO_CUT: Final = Cut(0.0, 0.0, is_up=False, num_after=0)


class Adwin(StreamTest, kw_only=True, tag="adwin"):
    """Tells whether the mean of a stream has changed since the beginning of a window.

    Parameters
    ----------
    delta : float, default 0.002
        About how often a look raises a false alarm, at most, where values are between 0 and `unit`.
    unit : float, default 1.0
        How far values can be apart.
    every : int, default 1
        After how many values the window is looked at.
    max_buckets : int, default 5
        How many buckets of a size there are: the more, the more places to cut at.
    min_values : int, default 5
        Values that both parts have at least.

    Notes
    -----
    The window is cut between two buckets where the means are apart by more than
    `sqrt(2 * v * d / m) + 2 * d / (3 * m)`, with `v` the variance of the window, `d` the logarithm
    of `2 * ln(n) / delta` and `m` the harmonic mean of the sizes. After an alarm the part after the
    cut is kept, which may be cut again as the change shows more clearly. Memory and cost: those
    of `max_buckets * log2(n)` buckets.

    References
    ----------
    Bifet, Gavaldà (2007), Learning from time-changing data with adaptive windowing,
    doi 10.1137/1.9781611972771.42.

    Examples
    --------
    >>> import random
    >>> rng = random.Random(12345)
    >>> values = rng.choices([0, 1], k=1000) + rng.choices(range(4, 8), k=1000)
    >>> test = Adwin(every=32)
    >>> [at for at, value in enumerate(values) if test.update(value).is_drift]
    [1023]
    """

    STATE: ClassVar[tuple[str, ...]] = ("rows",)

    delta: float = 0.002
    unit: float = 1.0
    every: int = 1
    max_buckets: int = 5
    min_values: int = 5
    rows: list[list[Bucket]] = msgspec.field(default_factory=list)
    """Buckets by size, the smallest and latest first, in each row the oldest first."""

    def __post_init__(self) -> None:
        must_be("delta", self.delta, below=1)
        must_be("unit", self.unit)
        for name in ("every", "max_buckets", "min_values"):
            must_be(name, getattr(self, name))

    def judge(self, value: float) -> StreamResult:
        """Add the value to the window, and cut it as long as its parts differ."""
        self._add(Bucket(1, value / self.unit, 0.0))
        if self.num_seen % self.every or self.num_values <= 2 * self.min_values:
            return StreamResult(num_values=self.num_values)
        clearest = cut = self._clearest_cut()
        while cut.difference > cut.allowed:
            self.num_values -= self._shed()
            cut = self._clearest_cut()
        is_drift = cut is not clearest
        return StreamResult(
            is_drift=is_drift,
            statistic=clearest.difference * self.unit,
            threshold=clearest.allowed * self.unit if clearest.allowed else None,
            began_at=self.num_seen - clearest.num_after if is_drift else None,
            direction=("up" if clearest.is_up else "down") if is_drift else None,
            num_values=self.num_values,
        )

    def begin_anew(self) -> None:
        """Keep the window, which has been cut already."""

    def _add(self, bucket: Bucket) -> None:
        """Add a value; of too many buckets of a size the oldest two become one of the next size."""
        for row in self.rows:
            row.append(bucket)
            if len(row) <= self.max_buckets:
                return
            bucket = row.pop(0).merge(row.pop(0))
        self.rows.append([bucket])

    def _shed(self) -> int:
        """Drop the oldest bucket and tell how many values it had."""
        oldest = self.rows[-1].pop(0)
        if not self.rows[-1]:
            self.rows.pop()
        return oldest.num

    def _clearest_cut(self) -> Cut:
        """Find the cut where the means are farthest apart for what may be by chance."""
        window = reduce(Bucket.merge, self._oldest_first(), _NOTHING)
        doubt = math.log(2 * math.log(max(window.num, 2)) / self.delta)
        best, before = _NO_CUT, _NOTHING
        for bucket in self._oldest_first():
            before = before.merge(bucket)
            num_after = window.num - before.num
            if min(before.num, num_after) < self.min_values:
                continue
            rate = 1 / (before.num - self.min_values + 1) + 1 / (num_after - self.min_values + 1)
            variance = window.squares / window.num
            allowed = math.sqrt(2 * rate * variance * doubt) + 2 / 3 * doubt * rate
            mean, mean_after = before.total / before.num, (window.total - before.total) / num_after
            cut = Cut(abs(mean - mean_after), allowed, mean_after > mean, num_after)
            if cut.difference * best.allowed >= best.difference * cut.allowed:
                best = cut
        return best

    def _oldest_first(self) -> Iterator[Bucket]:
        for row in reversed(self.rows):
            yield from row


stream_tests.add("adwin", Adwin)
