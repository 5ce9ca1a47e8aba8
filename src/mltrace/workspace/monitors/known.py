"""What a monitor measured before."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from mltrace.times import to_datetime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from mltrace.records.alerts import ObservationState

    _LoadStates = Callable[[str, Iterable[str] | None], Mapping[str, ObservationState]]


class Known:
    """The points that a monitor measured before, read when they are first asked for.

    Parameters
    ----------
    load_states : callable, optional
        Reads how points of a subject stand, by point: some of them, or all if it is told None.
        By default there are none.
    load_latest : callable, optional
        Reads of which time the latest point of each subject is, in nanoseconds.

    Notes
    -----
    `latest` and `states` cost little however many points there are; `has` and `state` read all of a
    subject.

    Examples
    --------
    >>> known = Known(lambda subject, points: {"run 1": "bad"})
    >>> known.has("clean", "run 1"), known.has("clean", "run 2"), known.state("clean", "run 1")
    (True, False, 'bad')
    """

    def __init__(
        self,
        load_states: _LoadStates = lambda _, __: {},
        load_latest: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        self._load_states, self._load_latest = load_states, load_latest
        self._states: dict[str, Mapping[str, ObservationState]] = {}

    def has(self, subject: str, point: str) -> bool:
        """Tell whether a point was measured before."""
        return self.state(subject, point) is not None

    def state(self, subject: str, point: str) -> ObservationState | None:
        """Tell how a point stood; None if it was not measured before."""
        if subject not in self._states:
            self._states[subject] = self._load_states(subject, None)
        return self._states[subject].get(point)

    def states(self, subject: str, points: Iterable[str]) -> Mapping[str, ObservationState]:
        """Tell how points stood, of those among them that were measured before."""
        return self._load_states(subject, points)

    def latest(self, subject: str) -> datetime | None:
        """Tell of which time the latest point of a subject is; None if there is none."""
        made = self._latest.get(subject)
        return None if made is None else to_datetime(made)

    @cached_property
    def _latest(self) -> Mapping[str, int]:
        return self._load_latest()
