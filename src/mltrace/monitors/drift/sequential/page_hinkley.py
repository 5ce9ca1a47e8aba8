"""The Page-Hinkley test: sums of distances from the mean that leave their lowest point behind."""

from __future__ import annotations

from typing import ClassVar

from mltrace.monitors.drift.sequential.stream_test import StreamTest, must_be, stream_tests
from mltrace.records.sequential import StreamResult


class PageHinkley(StreamTest, kw_only=True, tag="page_hinkley"):
    """Tells whether the mean of a stream went up or down.

    Parameters
    ----------
    delta : float, default 0.005
        The change of the mean that does not matter, in the unit of the values.
    threshold : float, default 50.0
        How far the sum of what is more may rise: the higher, the fewer alarms and the later.
    fading : float, default 0.9999
        The weight that a sum keeps from value to value.
    min_values : int, default 30
        Values before which nothing is said.

    Notes
    -----
    Up: `S = fading * S + (x - mean - delta)`, an alarm if `S - min(S) > threshold`; down likewise.
    The mean is that of all values since it began. There is no guarantee for streams of any kind:
    choose `threshold` by what a quiet stretch gives. Cost and memory: constant.

    References
    ----------
    Page (1954), Continuous inspection schemes, doi 10.1093/biomet/41.1-2.100. Hinkley (1971),
    Inference about the change-point from cumulative sum tests, doi 10.1093/biomet/58.3.509.

    Examples
    --------
    >>> import random
    >>> rng = random.Random(12345)
    >>> values = rng.choices([0, 1], k=1000) + rng.choices(range(4, 8), k=1000)
    >>> test = PageHinkley()
    >>> [at for at, value in enumerate(values) if test.update(value).is_drift]
    [1006]
    """

    STATE: ClassVar[tuple[str, ...]] = (
        *("mean", "rises", "falls", "lowest", "highest", "lowest_at", "highest_at"),
    )

    delta: float = 0.005
    threshold: float = 50.0
    fading: float = 0.9999
    min_values: int = 30
    mean: float = 0.0
    rises: float = 0.0
    falls: float = 0.0
    lowest: float = 0.0
    highest: float = 0.0
    lowest_at: int = 0
    highest_at: int = 0

    def __post_init__(self) -> None:
        must_be("threshold", self.threshold)
        must_be("fading", self.fading, below=1, is_end_allowed=True)
        must_be("delta", self.delta, is_end_allowed=True)
        must_be("min_values", self.min_values)

    def judge(self, value: float) -> StreamResult:
        """Add the value to both sums."""
        self.mean += (value - self.mean) / self.num_values
        distance = value - self.mean
        self.rises = self.fading * self.rises + distance - self.delta
        self.falls = self.fading * self.falls + distance + self.delta
        if self.num_values == 1 or self.rises < self.lowest:
            self.lowest, self.lowest_at = self.rises, self.num_seen
        if self.num_values == 1 or self.falls > self.highest:
            self.highest, self.highest_at = self.falls, self.num_seen
        up, down = self.rises - self.lowest, self.highest - self.falls
        return StreamResult(
            is_drift=self.num_values >= self.min_values and max(up, down) > self.threshold,
            statistic=max(up, down),
            threshold=self.threshold,
            began_at=self.lowest_at if up >= down else self.highest_at,
            direction="up" if up >= down else "down",
            num_values=self.num_values,
        )


stream_tests.add("page_hinkley", PageHinkley)
