"""What is known of the labels of a task, wherever they were matched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy
    from numpy.typing import NDArray

    from mltrace.tasks.delays.counts import DelayCounts
    from mltrace.tasks.matching.codes import Codes
    from mltrace.tasks.matching.matching import Counting
    from mltrace.tasks.matching.outcomes import Outcomes
    from mltrace.tasks.matching.pairing import Meaning
    from mltrace.tasks.matching.series import Grid, Series


class Known(Protocol):
    """Predictions with their labels; what a `MatchingState` tells, or another engine."""

    @property
    def meaning(self) -> Meaning:
        """What values mean."""

    @property
    def values(self) -> Codes:
        """What codes of values stand for."""

    @property
    def models(self) -> Codes:
        """What codes of models stand for."""

    @property
    def slices(self) -> tuple[Codes, ...]:
        """What the codes of each slice stand for."""

    def span(self, as_of: int | None = None) -> tuple[int, int] | None:
        """Tell when the earliest and the latest prediction was made, of those known then."""

    def counting(self, by: Sequence[int] = ()) -> Counting:
        """Tell which predictions of an id count."""

    def series(self, grid: Grid, keys: Sequence[str], *, as_of: int | None = None) -> Series:
        """Give statistics by time and slice."""

    def delays(self, *, as_of: int | None = None) -> DelayCounts:
        """Count how late labels came, of the predictions that count."""

    def outcomes_between(
        self, spans: NDArray[numpy.int64], counting: Counting, *, as_of: int | None = None
    ) -> Outcomes:
        """Find the outcomes of predictions made in spans of time."""
