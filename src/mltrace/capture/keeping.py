"""Keeps the values that cross the boundaries of runs, in the background and within budgets."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from mltrace.capture.background import background
from mltrace.capture.budget import KeepRule
from mltrace.capture.guard import harmless
from mltrace.importing import late
from mltrace.rendering.wording import size as size_text
from mltrace.store.kept.blobs import RENEW_SECONDS, Blobs
from mltrace.store.kept.sharing import note_store
from mltrace.values.described import NOT_KEPT

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.capture.budget import DayBudget
    from mltrace.capture.health import Health
    from mltrace.store.location import Location
    from mltrace.values.described import Described

MAX_KEPT: Final = 100_000
"""Digests of kept values that are remembered, to spare a look at the disk."""


class ValueKeeper:
    """Keeps values of one process in one store.

    Parameters
    ----------
    location : Location
        The store.
    rule : KeepRule
        What a run may keep, if its component does not say otherwise.
    day : DayBudget or None
        What all processes may keep in a day.
    health : Health
        Counts what is not kept.
    """

    def __init__(
        self, location: Location, rule: KeepRule, *, day: DayBudget | None, health: Health
    ) -> None:
        self._rule, self._day, self._health = rule, day, health
        self._location, self._blobs = location, Blobs(location.blobs)
        self._kept: dict[str, float] = {}

    def ask_again(self) -> None:
        """Take no value to be kept already: the store may have gone meanwhile."""
        self._kept.clear()

    def forget(self) -> None:
        """Start afresh in a forked child."""
        self._kept.clear()
        if self._day is not None:
            self._day.forget()

    def rule(self, keep_bytes: int | None) -> KeepRule:
        """Tell what runs of a component may keep, by what it says itself.

        Parameters
        ----------
        keep_bytes : int or None
            What a run of it may keep; None leaves that to the settings.
        """
        if keep_bytes is None or self._rule.limit_bytes is None:
            return self._rule
        return KeepRule(keep_bytes, keep_bytes) if keep_bytes else KeepRule(None)

    def keep(self, described: Described, left_bytes: int | None) -> tuple[int, str | None]:
        """Keep the content of a value in the background.

        Parameters
        ----------
        described : Described
            The value.
        left_bytes : int or None
            What is left of the budget of the run; None if it has none.

        Returns
        -------
        int
            What to take from that budget.
        str or None
            Why the value is not kept; None if it is, or was described as not to be kept.
        """
        digest = described.digest
        if digest is None or described.manifest is None:
            if described.reason is not None and described.reason.startswith(NOT_KEPT):
                self._health.not_kept("too large")
            return 0, None
        now = time.monotonic()
        if now - self._kept.get(digest, -RENEW_SECONDS) < RENEW_SECONDS:
            return 0, None
        size = sum([part.size for part in described.parts])
        if left_bytes is not None and size > left_bytes:
            self._health.not_kept("budget of the run")
            left = f"{size_text(left_bytes)} are left of what the run may keep"
            return 0, f"{NOT_KEPT}{size_text(size)}, and {left}"
        if self._day is not None and not self._day.take(size):
            self._health.not_kept("budget of the day")
            return 0, f"{NOT_KEPT}the {size_text(self._day.limit_bytes)} of this day are used up"
        if len(self._kept) >= MAX_KEPT:
            self._kept.clear()
        self._kept[digest] = now
        if not self._submit(digest, described, size):
            self._give_up(digest, size, "too much waiting")
            return 0, f"{NOT_KEPT}too much was waiting to be written"
        return size, None

    def _submit(self, digest: str, described: Described, size: int) -> bool:
        with late():  # here, so that the thread in the background imports nothing
            from mltrace.store.kept import keeping
        return background.submit(
            lambda: self._keep(digest, described, keep=keeping.keep, size=size), size=size
        )

    def _keep(
        self, digest: str, described: Described, *, keep: Callable[..., None], size: int
    ) -> None:
        outcome = self._put(digest, described, keep)
        if outcome is None:
            self._give_up(digest, size, "could not be written")
        elif not outcome and self._day is not None:
            self._day.give_back(size)

    def _give_up(self, digest: str, size: int, reason: str) -> None:
        self._kept.pop(digest, None)  # the next run with this value tries again
        self._health.not_kept(reason)
        if self._day is not None:
            self._day.give_back(size)

    @harmless(default=None)
    def _put(self, digest: str, described: Described, keep: Callable[..., None]) -> bool | None:
        """Write a value; tell whether it was new, or None if it could not be written."""
        note_store(self._location)  # first, for who relies on what another store kept needs it too
        if self._blobs.renew(digest):
            return False
        if described.manifest is not None:
            keep(self._blobs, digest, described.manifest, described.parts, described.reordering)
        return True
