"""Verbs that say what must stay of old runs, and remove the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from mltrace.errors import ArgumentError
from mltrace.lineage import pins
from mltrace.lineage.retention.collecting import collect_garbage
from mltrace.records import Collected, Pin, RecordList
from mltrace.store.finding import check_is_there
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
        self._mark(facts)
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
        self._mark(facts)
        return RecordList((replace(pin, pinned=False) for pin in taken), of=Pin)

    def pinned(self) -> RecordList[Pin]:
        """List what is pinned; see `mltrace.pinned`."""
        with self._reading() as connection:
            return pins.list_pins(connection)

    def gc(
        self,
        older_than: str | timedelta | None = None,
        *,
        keep_last: int | None = None,
        values_older_than: str | timedelta | None = None,
        max_size: str | int | None = None,
        predictions_older_than: str | timedelta | None = None,
        yes: bool = False,
    ) -> Collected:
        """Forget the details of old runs and the values that only they refer to.

        Lineage stays: traces and staleness answer as before. Never touched are the latest run of
        each component, runs under way, whatever a flagged output or a pinned run depends on, and
        values that were used within the last hour. What is not given is as `[retention]` in
        `mltrace.toml` says, whose rules for single components and artifacts hold in any case.

        Parameters
        ----------
        older_than : str or timedelta, default "90d"
            The age, by their start, from which runs lose their details; "never" for none.
        keep_last : int, default 0
            How many of the latest runs of each component keep them whatever their age.
        values_older_than : str or timedelta, optional
            The age, by their last use, from which kept values go; by default they go with the
            details of the last run that read or wrote them.
        max_size : str or int, optional
            What kept values may take up, such as "50 GB" or a number of bytes; beyond it go those
            that were used longest ago.
        predictions_older_than : str or timedelta, default "never"
            The age from which predictions and labels go.
        yes : bool, default False
            Do it; without it nothing is removed, only counted.

        Raises
        ------
        ArgumentError
            If an age, number or size cannot be.
        """
        policy = self.settings.retention.replaced(
            older_than=older_than,
            keep_last=keep_last,
            values_older_than=values_older_than,
            max_size=max_size,
            predictions_older_than=predictions_older_than,
        )
        self._flush()
        check_is_there(self.store)
        self.store.drain()
        return collect_garbage(self.store, policy, is_dry=not yes)
