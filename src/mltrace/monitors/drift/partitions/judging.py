"""Judges the partitions of a table, each against the ones before it that are as they should be."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

from msgspec import structs

from mltrace.errors import ArgumentError, unknown
from mltrace.monitors.drift.partitions.creeping import BLOCK, Creeping
from mltrace.profiles.tables import Profile

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

    from mltrace.monitors.drift.partitions.settings import DriftSettings
    from mltrace.records.drift import DriftResult
    from mltrace.records.drift_history import Partition

_REFUSED: Final = "The check NoDrift blocked its run."


class Detector(Protocol):
    """What judges a partition by its history."""

    def fit(self, history: Sequence[Profile]) -> Detector:
        """Learn what is usual from partitions, oldest first."""

    def score(self, partition: Profile, *, name: str | None = None) -> DriftResult:
        """Tell how far a partition is from what is usual."""


@dataclass(frozen=True)
class Judged:
    """What was found of one partition.

    Attributes
    ----------
    partition : Partition
    reference : tuple of str
        The digests of what it was compared with, oldest first.
    result : DriftResult or None
        None if there was nothing to compare with.
    is_learning : bool
        Whether there was too little to compare with, so that it is learnt from in any case.
    alarms : tuple of str
        What creeps slowly.
    """

    partition: Partition
    reference: tuple[str, ...]
    result: DriftResult | None
    is_learning: bool = False
    alarms: tuple[str, ...] = ()

    @property
    def is_drift(self) -> bool:
        """Whether it is not to be compared with."""
        return self.result is not None and self.result.is_drift and not self.is_learning


@dataclass
class Judging:
    """Walks the partitions of a table in the order of time.

    Attributes
    ----------
    settings : DriftSettings
    make_detector : callable
        Makes a detector that has learnt nothing.
    load : callable
        Loads stored profiles by digests; those that are not there are missing.
    verdicts : dict of str to bool
        Whether partitions drifted, by digest, of those that are judged already.
    accepted : container of str
        The digests of those that are accepted although they drifted.
    unjudged : list of (Partition, str)
        Those that could not be judged, so far, and why.
    """

    settings: DriftSettings
    make_detector: Callable[[], Detector]
    load: Callable[[Iterable[str]], Mapping[str, bytes]]
    verdicts: dict[str, bool]
    accepted: Container[str] = ()
    unjudged: list[tuple[Partition, str]] = field(default_factory=list)
    _profiles: dict[str, Profile | None] = field(default_factory=dict)
    _columns: dict[str, None] = field(default_factory=dict)

    def judge(self, partitions: Sequence[Partition], wanted: Container[str]) -> Iterator[Judged]:
        """Judge the wanted ones of all partitions, which come oldest first.

        What is compared with are those before that did not drift or are accepted. Neither those
        that are not judged yet nor those that cannot be read are among them.

        Raises
        ------
        UnknownNameError
            If none of the columns that are looked at is in a partition or in those before it.
        """
        usual: list[Partition] = []
        creeping = Creeping(self.profile, self.settings.table)
        for partition in partitions:
            digest = partition.digest
            judged = None
            if digest in wanted:
                judged = self._judge_one(partition, usual[-self.settings.window :])
                if judged is None:
                    continue
                self.verdicts[digest] = judged.is_drift
            is_usual = self.is_usual(partition)
            if is_usual:
                usual.append(partition)
            if judged is not None and is_usual and self.settings.slow_drift:
                judged = replace(judged, alarms=creeping.alarms(usual, len(usual) - 1))
            if judged is not None:
                yield judged

    def is_usual(self, partition: Partition) -> bool:
        """Tell whether later partitions are compared with one."""
        is_fine = not partition.is_refused and self.verdicts.get(partition.digest) is False
        return is_fine or partition.digest in self.accepted

    def judge_profile(
        self, profile: Profile, before: Sequence[Partition]
    ) -> tuple[DriftResult | None, bool]:
        """Judge a profile that is not stored; None if it takes more to compare with.

        Also tells whether there is so little that it would be learnt from in any case.

        Raises
        ------
        ArgumentError
            If it cannot be compared.
        UnknownNameError
            If neither it nor those before it have any of the columns that are looked at.
        """
        before = before[-self.settings.window :]
        self._load(before)
        history = [known for one in before if (known := self.profile(one)) is not None]
        narrowed = self._narrow(profile)
        self._check_columns()
        detector = self.make_detector()
        is_learning = len(history) < self._min_history(detector)
        if not history or len(history) < _least_history(detector):
            return None, is_learning
        return detector.fit(history).score(narrowed), is_learning

    def _min_history(self, detector: Detector) -> int:
        return max(self.settings.min_history, _least_history(detector))

    def _judge_one(self, partition: Partition, before: Sequence[Partition]) -> Judged | None:
        """Judge a partition; None if that cannot be done."""
        self._load([partition, *before])
        profile = self.profile(partition)
        history = {one.digest: known for one in before if (known := self.profile(one)) is not None}
        if profile is None:
            self.unjudged.append((partition, "its profile cannot be read"))
            return None
        self._check_columns()
        if not history:
            return Judged(partition, (), None, is_learning=True)
        detector = self.make_detector()
        is_learning = len(history) < self._min_history(detector)
        if is_learning and len(history) < _least_history(detector):
            return Judged(partition, tuple(history), None, is_learning=True)
        try:
            result = detector.fit(list(history.values())).score(profile, name=partition.name)
        except ArgumentError as error:
            if self._drop_damaged():
                return self._judge_one(partition, before)
            self.unjudged.append((partition, str(error)))
            return None
        if partition.is_refused and not result.is_drift:
            result = structs.replace(result, is_drift=True, notes=(*result.notes, _REFUSED))
        return Judged(partition, tuple(history), result, is_learning=is_learning)

    def profile(self, partition: Partition) -> Profile | None:
        """Read the profile of a partition, its chosen columns; None if that cannot be done."""
        if partition.digest not in self._profiles:
            self._load([partition])
        return self._profiles[partition.digest]

    def _load(self, partitions: Iterable[Partition]) -> None:
        """Have the profiles of these, and of no more than some others."""
        wanted = [one.digest for one in partitions]
        missing = [digest for digest in wanted if digest not in self._profiles]
        contents = self.load(missing) if missing else {}
        self._profiles.update({digest: self._read(contents.get(digest)) for digest in missing})
        excess = len(self._profiles) - len(wanted) - 2 * BLOCK
        for digest in [key for key in self._profiles if key not in wanted][: max(excess, 0)]:
            del self._profiles[digest]

    def _read(self, content: bytes | None) -> Profile | None:
        try:
            return None if content is None else self._narrow(Profile.from_bytes(content))
        except ArgumentError:
            return None

    def _narrow(self, profile: Profile) -> Profile:
        """Leave out the columns that are not looked at."""
        self._columns.update(dict.fromkeys(profile.states))
        if self.settings.columns is None:
            return profile
        return profile.among(self.settings.columns)

    def _check_columns(self) -> None:
        """Refuse to look at columns of which no profile so far has any."""
        wanted = self.settings.columns
        if wanted is not None and not any(name in self._columns for name in wanted):
            hint = f"No partition of {self.settings.table} has any of the monitor's columns."
            raise unknown("column", wanted[0], self._columns, hint=hint)

    def _drop_damaged(self) -> bool:
        """Leave out profiles of which a column is damaged; tell whether there were any."""
        damaged = [
            digest
            for digest, profile in self._profiles.items()
            if profile is not None and not _is_whole(profile)
        ]
        self._profiles.update(dict.fromkeys(damaged))
        return bool(damaged)


def _least_history(detector: Detector) -> int:
    """Tell how many partitions a detector needs to say anything."""
    return int(getattr(detector, "min_history", 1))


def _is_whole(profile: Profile) -> bool:
    try:
        for columns in (profile.summaries, profile.states):
            for name in columns:
                columns[name]
    except ArgumentError:
        return False
    return True
