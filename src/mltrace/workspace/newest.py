"""The verb that compares the newest partition of a table, or a file, once and as it is asked to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from mltrace.errors import NotEvaluatedError, UnknownNameError
from mltrace.lineage.partitions import list_partitions, load_contents
from mltrace.lineage.profiles import read_profile
from mltrace.lineage.tables import find_table, find_table_like
from mltrace.monitors.drift.partitions.stored import list_judgements
from mltrace.records.drift_history import DriftJudgement
from mltrace.values.file_digests import digest_file
from mltrace.values.identity import file_identity
from mltrace.workspace.comparing import ComparisonVerbs
from mltrace.workspace.drift_judgements import DriftVerbs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from mltrace.monitors.drift.partitions.evaluating import Evaluation
    from mltrace.profiles.tables import Profile
    from mltrace.records.drift import DriftResult
    from mltrace.records.drift_history import Partition

_NOTHING_BEFORE: Final = "{} has no partition before it to compare with."


class NewestVerbs(DriftVerbs, ComparisonVerbs):
    """How far the newest partition of a table, or a file, is from others."""

    def compare_newest(
        self,
        name: str,
        *,
        reference: str | None = None,
        num_history: int | None = None,
        **options: Any,
    ) -> DriftResult:
        """Compare the newest partition of a table, or a file; nothing of that is stored.

        A file is judged as the monitor of its table does, unless an option says otherwise.

        Parameters
        ----------
        name : str
            A table, as `DriftMonitor` takes it, or a data file.
        reference : str, optional
            A file, or a table, whose newest partition is taken. Without it partitions before are
            compared with, a file with those of the table that it is of by its name.
        num_history : int, optional
            With how many partitions to compare; by default as many as a monitor does.
        **options
            As in `mltrace.drift`.

        Raises
        ------
        UnknownNameError
            If there is no such table or file.
        NotEvaluatedError
            If there is nothing to compare, or to compare with.
        """
        is_file = self.is_only_file(name)
        if reference is not None:
            given = (name, reference)
            current, other = (
                one if self.is_only_file(one) else self._newest_profile(one) for one in given
            )
            return self.drift(current, reference=other, **options)
        is_plain = num_history is None and not any(options.values())
        with self._reading() as connection:
            if is_file and is_plain and (known := _known_of_file(connection, name)) is not None:
                return known
            table = find_table_like(connection, name) if is_file else find_table(connection, name)
        if self.store.is_writable:
            self.evaluate_drift(table.name)
        with self._reading() as connection:
            evaluation = self._evaluation(connection, self._monitors(connection, [table.name])[0])
            if is_file and is_plain:
                return _judge_file(connection, evaluation, name)
            before = evaluation.usual()
            if is_file:
                before = [one for one in before if not _is_of(one, name)]
            else:
                newest = evaluation.partitions[-1:]
                before = [one for one in before if one not in newest]
            window = num_history or evaluation.settings.window
            history = _profiles(connection, before[-window:])
        if not history:
            raise NotEvaluatedError(_NOTHING_BEFORE.format(name))
        current = name if is_file else self._newest_profile(name)
        return self.drift(current, history=history, **options)

    def is_only_file(self, name: str) -> bool:
        """Tell whether a name is that of a file, and of no table of several partitions."""
        if not os.path.isfile(name):
            return False
        try:
            return len(self.partitions(name)) < 2
        except UnknownNameError:
            return True

    def _newest_profile(self, name: str) -> Profile:
        with self._reading() as connection:
            newest = list_partitions(connection, find_table(connection, name))[-1:]
            profiles = _profiles(connection, newest)
        if not profiles:
            raise NotEvaluatedError(f"{name} has no partition whose profile can be read.")
        return profiles[0]


def _known_of_file(connection: Connection, name: str) -> DriftResult | None:
    """Tell how a monitor judged the content of a file: one that blocks it, or else any."""
    digest = digest_file(os.path.abspath(name), os.stat(name)).digest
    judged = [one for one in list_judgements(connection, digests=[digest]) if _is_of(one, name)]
    results = [one.result for one in judged if one.result is not None]
    return next((one for one in results if one.is_drift), results[0] if results else None)


def _judge_file(connection: Connection, evaluation: Evaluation, name: str) -> DriftResult:
    """Tell how a monitor judged a file, or would judge it as the next partition."""
    from mltrace.profiles.reading import profile_data

    known = _known_of_file(connection, name)
    if known is not None:
        return known
    before = [one for one in evaluation.usual() if not _is_of(one, name)]
    result = evaluation.judge_next(profile_data(name), before)
    if result is None:
        raise NotEvaluatedError(_NOTHING_BEFORE.format(name))
    return structs.replace(result, partition=name)


def _profiles(connection: Connection, partitions: Sequence[Partition]) -> list[Profile]:
    contents = load_contents(connection, [one.digest for one in partitions])
    profiles = [read_profile(contents[one.digest]) for one in partitions]
    return [profile for profile in profiles if profile is not None]


def _is_of(partition: Partition | DriftJudgement, file: str) -> bool:
    """Tell whether a partition is a content of a file, as far as its name says."""
    name = partition.partition if isinstance(partition, DriftJudgement) else partition.name
    return file_identity(file).endswith(f"/{name.lstrip('./')}")
