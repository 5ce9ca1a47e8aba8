"""Counts, minute by minute, the runs that sampling leaves out: exactly, across threads.

What is new is appended within a second, and at the exit of the process: totals from the start of
the minute, so that a fact that comes twice, or late, does no harm.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from mltrace.capture.background import background
from mltrace.capture.guard import harmless
from mltrace.durations import bucket_of
from mltrace.store.facts import CheckCountFact, IntervalFact
from mltrace.times import NANOSECONDS, now_ns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mltrace.records import CheckResult, CheckStatus

SECONDS: Final = 60
"""The length of an interval."""
APPEND_SECONDS: Final = 1.0
"""How long counts wait at most until they are appended."""
MAX_WAITING: Final = 10_000
"""Totals of minutes that are over and found no room in the spool; more are dropped."""
_LENGTH: Final = SECONDS * NANOSECONDS


class Tally:
    """The totals of one component in one interval."""

    __slots__ = (
        "at",
        "checks",
        "component",
        "durations",
        "errors",
        "failed",
        "is_new",
        "least",
        "most",
        "runs",
        "total",
    )

    def __init__(self, component: str, at: int) -> None:
        self.component, self.at = component, at
        self.runs = self.failed = self.total = self.least = self.most = 0
        self.durations: dict[int, int] = {}
        self.errors: dict[str, int] = {}
        self.checks: dict[tuple[str, str], dict[CheckStatus, int]] = {}
        self.is_new = False

    def add(self, nanoseconds: int, error: str | None, checks: Iterable[CheckResult]) -> None:
        """Count one run."""
        self.is_new = True
        if self.runs == 0 or nanoseconds < self.least:
            self.least = nanoseconds
        self.most = max(self.most, nanoseconds)
        self.runs += 1
        self.total += nanoseconds
        bucket = bucket_of(nanoseconds)
        self.durations[bucket] = self.durations.get(bucket, 0) + 1
        if error is not None:
            self.failed += 1
            self.errors[error] = self.errors.get(error, 0) + 1
        for check in checks:
            counts = self.checks.setdefault((check.check, check.test), {})
            counts[check.status] = counts.get(check.status, 0) + 1

    def fact(self, process: str) -> IntervalFact:
        """Make the fact to append."""
        return IntervalFact(
            process=process,
            component=self.component,
            at=self.at,
            seconds=SECONDS,
            runs=self.runs,
            failed=self.failed,
            total=self.total,
            least=self.least,
            most=self.most,
            durations=dict(self.durations),
            errors=dict(self.errors),
            checks=tuple(
                CheckCountFact(
                    check=check,
                    test=test,
                    passed=counts.get("passed", 0),
                    failed=counts.get("failed", 0),
                    errors=counts.get("error", 0),
                    skipped=counts.get("skipped", 0),
                )
                for (check, test), counts in self.checks.items()
            ),
        )


class Intervals:
    """The totals of all components that one process leaves runs out of.

    Parameters
    ----------
    append : callable
        Appends facts to the spool.
    drop : callable
        Is told how many totals were dropped.
    """

    def __init__(
        self, append: Callable[[Sequence[IntervalFact]], object], drop: Callable[[int], object]
    ) -> None:
        self._append, self._drop = append, drop
        self.forget("")

    def forget(self, process: str) -> None:
        """Start afresh, as another process."""
        self._process = process
        self._lock = threading.RLock()  # a signal handler may count as well
        self._tallies: dict[str, Tally] = {}
        self._over: list[Tally] = []
        self._start = self._num_set_back = 0
        self._is_due = False

    def count(
        self,
        component: str,
        nanoseconds: int,
        error: str | None = None,
        checks: Iterable[CheckResult] = (),
    ) -> None:
        """Count a run that has just ended and is left out."""
        with self._lock:
            now = now_ns()
            if not self._start <= now < self._start + _LENGTH:
                self._turn(now - now % _LENGTH)
            tally = self._tallies.get(component)
            if tally is None:
                at = self._start + self._num_set_back
                tally = self._tallies[component] = Tally(component, at)
            tally.add(nanoseconds, error, checks)
            if self._is_due:
                return
            self._is_due = True
        background.later(APPEND_SECONDS, self.append)

    @harmless(default=None)
    def append(self) -> None:
        """Append the totals that are new since the last time."""
        with self._lock:
            self._is_due = False
            over, self._over = self._over, []
            now = [tally for tally in self._tallies.values() if tally.is_new]
            facts = [tally.fact(self._process) for tally in (*over, *now)]
            for tally in now:
                tally.is_new = False
        if not facts:
            return
        try:
            self._append(facts)
        except OSError:
            self._put_back(over, now)
            raise

    def _turn(self, start: int) -> None:
        """Begin the next interval."""
        if start < self._start:
            # The clock was set back, and the totals begin again: one nanosecond tells them apart.
            self._num_set_back += 1
        self._start = start
        self._over += [tally for tally in self._tallies.values() if tally.is_new]
        self._tallies = {}

    def _put_back(self, over: list[Tally], now: Iterable[Tally]) -> None:
        with self._lock:
            for tally in now:
                tally.is_new = True
            current = self._tallies.values()
            gone = [tally for tally in now if all(tally is not one for one in current)]
            self._over = [*over, *gone, *self._over]
            if (num_more := len(self._over) - MAX_WAITING) > 0:
                del self._over[:num_more]
                self._drop(num_more)
