"""Verbs that say what must stay of old runs, and remove the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from mltrace.errors import ArgumentError
from mltrace.lineage import forgetting, pins
from mltrace.records import Collected, Pin, RecordList
from mltrace.times import NANOSECONDS, now_ns, parse_age
from mltrace.workspace.opened import OpenStore, each, who

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

    from mltrace.workspace.opened import Output


class RetentionVerbs(OpenStore):
    """Pins, and what may go."""

    def pin(self, run_or_output: Output | Iterable[Output], reason: str = "") -> RecordList[Pin]:
        """Let retention leave a run alone; see `mltrace.pin`."""
        if not isinstance(reason, str):
            raise ArgumentError(f"reason={reason!r} is no text; say in words why it must stay.")
        with self._reading() as connection:
            runs = [pins.find_run(connection, one) for one in each(run_or_output)]
            facts = pins.pin_facts(connection, runs, is_pinned=True, reason=reason, by=who())
        self._append(facts)
        with self._reading() as connection:
            return pins.list_pins(connection, runs)

    def unpin(
        self,
        run_or_output: Output | Iterable[Output] | None = None,
        *,
        all: bool = False,  # noqa: A002
    ) -> RecordList[Pin]:
        """Take pins back; see `mltrace.unpin`."""
        if all == (run_or_output is not None):
            raise ArgumentError("unpin takes either a run or output, or all=True.")
        with self._reading() as connection:
            if run_or_output is None:
                taken = pins.list_pins(connection)
            else:
                found = (pins.find_pinned_runs(connection, one) for one in each(run_or_output))
                taken = pins.list_pins(connection, {run for runs in found for run in runs})
            runs = [pin.run_id for pin in taken]
            facts = pins.pin_facts(connection, runs, is_pinned=False, by=who())
        self._append(facts)
        return RecordList((replace(pin, pinned=False) for pin in taken), of=Pin)

    def pinned(self) -> RecordList[Pin]:
        """List what is pinned; see `mltrace.pinned`."""
        with self._reading() as connection:
            return pins.list_pins(connection)

    def gc(self, older_than: str | timedelta = "90d", *, yes: bool = False) -> Collected:
        """Forget the details of old runs and the values that only they refer to.

        Lineage stays: traces and staleness answer as before. Never touched are the latest run of
        each component, runs under way, whatever a flagged output or a pinned run depends on, and
        values that other runs read or wrote or that were used within the last hour.

        Parameters
        ----------
        older_than : str or timedelta, default "90d"
            The age, by their start, from which runs lose their details.
        yes : bool, default False
            Do it; without it nothing is removed, only counted.

        Raises
        ------
        ArgumentError
            If `older_than` is not an age.
        """
        before = now_ns() - int(parse_age(older_than) * NANOSECONDS)
        self._flush()
        self.store.drain()
        return forgetting.collect_garbage(self.store, before, is_dry=not yes)
