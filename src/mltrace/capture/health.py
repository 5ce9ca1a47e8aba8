"""How logging fares in this process: what it costs, what was dropped, what was not kept."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from mltrace.capture.background import background
from mltrace.capture.guard import faults, harmless
from mltrace.store.facts import HealthFact
from mltrace.times import now_ns

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY_NANOSECONDS: Final = 60 * 1_000_000_000
"""How often at most the state is appended; and once at the exit of the process."""


class Health:
    """The account of one process and one store.

    Parameters
    ----------
    append : callable
        Appends a fact to the spool.
    """

    def __init__(self, append: Callable[[HealthFact], object]) -> None:
        self._append = append
        self.forget("")

    def forget(self, process: str) -> None:
        """Start afresh, as another process."""
        self._process = process
        self._lock = threading.RLock()  # a signal handler may log as well
        self._num_runs = self._overhead_ns = 0
        self._dropped: Counter[str] = Counter()
        self._not_kept: Counter[str] = Counter()
        self._profiling_ns = 0
        self._profiles: Counter[str] = Counter()
        self._not_profiled: Counter[str] = Counter()
        self._appended: HealthFact | None = None
        self._due_ns = time.perf_counter_ns() + EVERY_NANOSECONDS

    def ran(self, overhead_ns: int) -> None:
        """Count a run and the time that mltrace held it up."""
        with self._lock:
            self._num_runs += 1
            self._overhead_ns += overhead_ns
        self._append_if_due()

    def dropped(self, reason: str, count: int) -> None:
        """Count facts that could not be appended."""
        with self._lock:
            self._dropped[reason] += count
        self._append_if_due()

    def not_kept(self, reason: str) -> None:
        """Count a value of which only the digest is kept."""
        with self._lock:
            self._not_kept[reason] += 1

    def spent_on_profiles(self, nanoseconds: int) -> None:
        """Count CPU time that profiles took."""
        with self._lock:
            self._profiling_ns += nanoseconds

    def profiled(self, mode: str) -> None:
        """Count a profile, of all rows or of a sample."""
        with self._lock:
            self._profiles[mode] += 1

    def not_profiled(self, reason: str) -> None:
        """Count data of which there is no profile."""
        with self._lock:
            self._not_profiled[reason] += 1

    def _append_if_due(self) -> None:
        with self._lock:
            if (now := time.perf_counter_ns()) < self._due_ns:
                return
            self._due_ns = now + EVERY_NANOSECONDS
        background.submit(self.append)

    @harmless(default=None)
    def append(self) -> None:
        """Append the state, if it is another than the last time."""
        with self._lock:
            fact = HealthFact(
                process=self._process,
                at=now_ns(),
                runs=self._num_runs,
                overhead=self._overhead_ns + background.spent_ns,
                dropped=dict(self._dropped),
                faults=faults(),
                not_kept=dict(self._not_kept),
                profiling=self._profiling_ns,
                profiles=dict(self._profiles),
                not_profiled=dict(self._not_profiled),
            )
        is_anything = fact.runs or fact.dropped or fact.not_kept
        if is_anything and not _is_same(fact, self._appended):
            self._append(fact)
            self._appended = fact


def _is_same(fact: HealthFact, other: HealthFact | None) -> bool:
    if other is None:
        return False
    return all(getattr(fact, name) == getattr(other, name) for name in _COUNTED)


_COUNTED: Final = ("runs", "dropped", "faults", "not_kept", "profiles", "not_profiled")
