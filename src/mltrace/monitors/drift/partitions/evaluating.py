"""Evaluates a drift monitor: judges partitions of its table, and tells what it found as facts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec import structs

from mltrace.monitors.drift.partitions import choosing
from mltrace.monitors.drift.partitions.judging import Judging
from mltrace.monitors.drift.partitions.stored import (
    as_judgement,
    load_accepted,
    load_known,
    make_fact,
)
from mltrace.times import now_ns, to_datetime

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mltrace.monitors.drift.partitions.judging import Detector, Judged
    from mltrace.monitors.drift.partitions.settings import DriftSettings
    from mltrace.profiles.tables import Profile
    from mltrace.records.drift import DriftResult
    from mltrace.records.drift_history import DriftJudgement, Partition
    from mltrace.store.facts import DriftFact

_MOST_NAMED: Final = 3


class Evaluation:
    """A drift monitor over the partitions of its table, at one moment.

    Parameters
    ----------
    connection : Connection
        A read transaction.
    settings : DriftSettings
    partitions : sequence of Partition
        All of the table, oldest first.
    load : callable
        Loads stored profiles by digests.
    make_detector : callable, optional
        Makes the detector, where it is not the one that the settings name.
    """

    def __init__(
        self,
        connection: Connection,
        settings: DriftSettings,
        partitions: Sequence[Partition],
        *,
        load: Callable[[Iterable[str]], Mapping[str, bytes]],
        make_detector: Callable[[], Detector] | None = None,
    ) -> None:
        self.settings = settings
        self.partitions = partitions
        self._at = now_ns()
        self._known = load_known(connection, settings)
        self._accepted = load_accepted(connection)
        self._judging = Judging(
            settings,
            make_detector or partial(choosing.make_detector, settings),
            load,
            {digest: known.is_drift for digest, known in self._known.items()},
            self._accepted,
        )

    def notes(self) -> list[str]:
        """Say what could not be judged, and why."""
        unjudged = self._judging.unjudged
        notes = [
            f"{one.name}@{one.digest[:8]} of {self.settings.table} is not judged: {reason}"
            for one, reason in unjudged[:_MOST_NAMED]
        ]
        more = len(unjudged) - len(notes)
        return [*notes, f"{more:,} more are not judged."] if more else notes

    def last_judged_at(self) -> datetime | None:
        """Tell when it judged something the last time before now; None if it never did."""
        at = max((known.at for known in self._known.values()), default=None)
        return None if at is None else to_datetime(at)

    def judged(self) -> set[str]:
        """Name the partitions that were judged."""
        return {one.digest for one in self.partitions} & set(self._known)

    def unjudged(self) -> set[str]:
        """Name the partitions that were not judged yet."""
        return {one.digest for one in self.partitions} - set(self._known)

    def blocked(self) -> set[str]:
        """Name the partitions that drifted and are not accepted."""
        return {
            digest
            for digest, known in self._known.items()
            if known.is_drift and digest not in self._accepted
        }

    def since(self, digests: Container[str]) -> set[str]:
        """Name the first of some partitions and all after it."""
        places = [at for at, one in enumerate(self.partitions) if one.digest in digests]
        return {one.digest for one in self.partitions[min(places) :]} if places else set()

    def judge(self, wanted: Container[str]) -> Iterator[DriftFact]:
        """Judge the wanted partitions in the order of time."""
        for judged in self._judging.judge(self.partitions, wanted):
            known = self._known.get(judged.partition.digest)
            # By when it was read, so that what was found out later counts, whoever writes last.
            at = self._at if known is None else max(self._at, known.at + 1)
            yield make_fact(judged, self.settings, at=at, notes=self._notes(judged))

    def rejudge(self) -> Iterator[DriftJudgement]:
        """Judge all partitions as if none were judged yet, in the order of time.

        Which ones are accepted is known from the first on: in their time that was soon known, too.
        """
        self._judging.verdicts.clear()
        for judged in self._judging.judge(self.partitions, self.unjudged() | self.judged()):
            yield as_judgement(judged, self.settings, at=self._at)

    def usual(self) -> list[Partition]:
        """List the partitions that others are compared with, oldest first."""
        return [one for one in self.partitions if self._judging.is_usual(one)]

    def judge_profile(self, profile: Profile) -> DriftResult | None:
        """Judge a profile as if it were of the newest partition; None if too few are before it.

        Raises
        ------
        ArgumentError
            If it cannot be compared with them.
        """
        result, is_learning = self._judging.judge_profile(profile, self.usual())
        return None if is_learning else result

    def judge_next(self, profile: Profile, before: Sequence[Partition]) -> DriftResult | None:
        """Judge a profile as that of the next partition; None if it takes more to compare with.

        Where there are so few that it would be learnt from, it is told how it differs.

        Raises
        ------
        ArgumentError
            If it cannot be compared with them.
        """
        result, is_learning = self._judging.judge_profile(profile, before)
        if result is None or not is_learning:
            return result
        note = f"It would be learnt from in any case: only {result.num_history:,} are before it."
        return structs.replace(result, is_drift=False, notes=(*result.notes, note))

    def _notes(self, judged: Judged) -> list[str]:
        partition = judged.partition
        if partition.num_profiled_rows >= partition.num_rows:
            return []
        return [
            f"Its profile is of a sample: {partition.num_profiled_rows:,} of "
            f"{partition.num_rows:,} rows."
        ]
