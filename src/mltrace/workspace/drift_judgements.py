"""Verbs that judge the partitions of tables, and accept some of those that drifted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace
from sqlalchemy import select

from mltrace.errors import UnknownNameError, unknown
from mltrace.lineage.listing import check_limit
from mltrace.lineage.partitions import list_partitions, load_contents
from mltrace.lineage.repeats import list_repeats
from mltrace.lineage.tables import find_table
from mltrace.lineage.targets import resolve
from mltrace.monitors.drift.partitions import stored
from mltrace.monitors.drift.partitions.settings import DriftSettings
from mltrace.records import RecordList
from mltrace.records.drift_history import DriftJudgement
from mltrace.store.database import schema
from mltrace.store.database.keys import uid_text
from mltrace.workspace.opened import OpenStore, who

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mltrace.lineage.repeats import Repeat
    from mltrace.monitors.drift.partitions.evaluating import Evaluation
    from mltrace.monitors.drift.partitions.judging import Detector
    from mltrace.profiles.tables import Profile
    from mltrace.records.drift import DriftResult
    from mltrace.records.drift_history import Partition
    from mltrace.workspace.opened import Output

_run, _write, _version = schema.run, schema.write, schema.version
_MOST_REPEATS: Final = 3
_UID: Final = select(_run.c.uid)
_DIGESTS: Final = select(_version.c.digest)
_WRITTEN: Final = _DIGESTS.join(_write, _write.c.version_id == _version.c.id)


class DriftVerbs(OpenStore):
    """Which partitions of a table drifted from those before them."""

    def evaluate_drift(
        self,
        *tables: Output,
        like: DriftSettings | None = None,
        make_detector: Callable[[], Detector] | None = None,
    ) -> RecordList[DriftJudgement]:
        """Judge the partitions that are not judged yet; see `mltrace.evaluate_drift`."""
        self.store.catalog.check_writable()
        with self._reading() as connection:
            found = []
            repeats: list[str] = []
            for settings in self._monitors(connection, tables, like):
                evaluation = self._evaluation(connection, settings, make_detector)
                found.append((evaluation, evaluation.unjudged()))
                since = evaluation.last_judged_at()
                repeats += _say_repeats(connection, settings.table, since)
            digests, notes = self._judge(found)
        return self._list((digests, [*notes, *dict.fromkeys(repeats)]))

    def replay_drift(
        self,
        table: Output | None = None,
        partition: Output | None = None,
        *,
        later: bool = False,
        everything: bool = False,
        like: DriftSettings | None = None,
        make_detector: Callable[[], Detector] | None = None,
    ) -> RecordList[DriftJudgement]:
        """Judge what is blocked again; see `mltrace.replay_drift`."""
        self.store.catalog.check_writable()
        with self._reading() as connection:
            digests = None if partition is None else _digests(connection, partition)[1]
            found = []
            for settings in self._monitors(connection, () if table is None else (table,), like):
                evaluation = self._evaluation(connection, settings, make_detector)
                wanted = evaluation.judged() if everything else evaluation.blocked()
                if digests is not None:
                    wanted = evaluation.judged() & digests
                found.append((evaluation, evaluation.since(wanted) if later else wanted))
            judged = self._judge(found)
        return self._list(judged)

    def rejudge_drift(
        self,
        table: Output,
        *,
        like: DriftSettings,
        make_detector: Callable[[], Detector] | None = None,
    ) -> list[DriftJudgement]:
        """Judge all partitions of a table as if none were judged yet, oldest first; store nothing.

        Raises
        ------
        UnknownNameError
            If there is no such table.
        """
        with self._reading() as connection:
            (settings,) = self._monitors(connection, [table], like)
            evaluation = self._evaluation(connection, settings, make_detector)
            found: list[DriftJudgement] = []
            for one in evaluation.rejudge():
                found.append(one)
                self.store.on_progress("Judging partitions", len(found), len(evaluation.partitions))
            return found

    def partitions(self, table: Output) -> list[Partition]:
        """List the partitions of a table, oldest first.

        Raises
        ------
        UnknownNameError
            If there is no such table.
        """
        with self._reading() as connection:
            return list_partitions(connection, find_table(connection, table))

    def drift_history(
        self, table: Output | None = None, limit: int | None = 50, *, monitor: str | None = None
    ) -> RecordList[DriftJudgement]:
        """List how partitions were judged; see `mltrace.drift_history`."""
        with self._reading() as connection:
            name = None if table is None else find_table(connection, table).name
            found = stored.list_judgements(
                connection, table=name, monitor=monitor, limit=check_limit(limit)
            )
            notes: list[str] = []
            for one in dict.fromkeys(judgement.table for judgement in found):
                oldest = min(judgement.at for judgement in found if judgement.table == one)
                notes += _say_repeats(connection, one, oldest)
        return RecordList(found, of=DriftJudgement, notes=notes)

    def repeats(self, table: Output) -> list[Repeat]:
        """List what was delivered again of a table, oldest first.

        Raises
        ------
        UnknownNameError
            If there is no such table.
        """
        with self._reading() as connection:
            return list_repeats(connection, find_table(connection, table))

    def accept_drift(
        self, partition: Output, *, reason: str = "", later: bool = False
    ) -> RecordList[DriftJudgement]:
        """Take what drifted as it should be from now on; see `mltrace.accept_drift`."""
        return self._accept(partition, is_accepted=True, reason=reason, later=later)

    def unaccept_drift(
        self, partition: Output, *, later: bool = False
    ) -> RecordList[DriftJudgement]:
        """Take back that what drifted is as it should be; see `mltrace.unaccept_drift`."""
        return self._accept(partition, is_accepted=False, later=later)

    def judge_profile(
        self, table: Output, profile: Profile, *, false_alarm_rate: float
    ) -> DriftResult | None:
        """Judge a profile by the partitions of a table; None if there are none.

        What was not judged yet of the table is judged first, where the store may be written.
        """
        if self.store.is_writable:
            self.evaluate_drift(table)
        with self._reading() as connection:
            settings = replace(
                self._monitors(connection, [table])[0], false_alarm_rate=false_alarm_rate
            )
            return self._evaluation(connection, settings).judge_profile(profile)

    def _monitors(
        self, connection: Connection, tables: Sequence[Output], like: DriftSettings | None = None
    ) -> list[DriftSettings]:
        """Find the monitors of some tables, or all; of a table without any, the default one."""
        if not tables:
            return stored.load_settings(connection)
        found: list[DriftSettings] = []
        for one in tables:
            name = find_table(connection, one).name
            if like is not None:
                found.append(replace(like, table=name))
            else:
                found += stored.load_settings(connection, name) or [DriftSettings(table=name)]
        return found

    def _evaluation(
        self,
        connection: Connection,
        settings: DriftSettings,
        make_detector: Callable[[], Detector] | None = None,
    ) -> Evaluation:
        from mltrace.monitors.drift.partitions.evaluating import Evaluation  # loads numpy

        return Evaluation(
            connection,
            settings,
            list_partitions(connection, find_table(connection, settings.table)),
            load=partial(load_contents, connection),
            make_detector=make_detector,
        )

    def _judge(self, evaluations: Sequence[tuple[Evaluation, set[str]]]) -> _Judged:
        """Judge what is wanted; of several monitors, one that cannot be is noted."""
        judged: list[tuple[DriftSettings, list[str]]] = []
        notes: list[str] = []
        for evaluation, wanted in evaluations:
            try:
                digests = self._judge_all(evaluation, wanted)
            except UnknownNameError as error:
                if len(evaluations) == 1:
                    raise
                notes.append(str(error))
                continue
            judged.append((evaluation.settings, digests))
            notes += evaluation.notes()
        return judged, notes

    def _judge_all(self, evaluation: Evaluation, wanted: set[str]) -> list[str]:
        """Judge what is wanted, and log each judgement at once; return what was judged."""
        digests: list[str] = []
        for fact in evaluation.judge(wanted):
            self._append([fact])
            digests.append(fact.digest)
            self.store.on_progress("Judging partitions", len(digests), len(wanted))
        return digests

    def _list(self, judged: _Judged) -> RecordList[DriftJudgement]:
        """List judgements that were just logged."""
        with self._reading() as connection:
            found = [
                one
                for settings, digests in judged[0]
                for one in stored.list_judgements(
                    connection, table=settings.table, monitor=settings.name, digests=digests
                )
            ]
        return RecordList(found, of=DriftJudgement, drawn_as="JudgedNow", notes=judged[1])

    def _accept(
        self, partition: Output, *, is_accepted: bool, reason: str = "", later: bool = False
    ) -> RecordList[DriftJudgement]:
        state = "blocked" if is_accepted else "accepted"
        with self._reading() as connection:
            label, digests = _digests(connection, partition)
            drifted = stored.list_judgements(connection, is_drift=True)
            known = [one for one in drifted if one.state == state]
            meant = [one for one in known if one.digest in digests]
            if later:
                meant = _and_later(meant, known)
            wanted = {one.digest for one in meant}
            if not wanted:
                names = [one.run_id or one.digest for one in known]
                hint = "See `mltrace drift list`."
                raise unknown(f"{state} partition", label, names, hint=hint)
            facts = stored.acceptance_facts(
                connection, wanted, is_accepted=is_accepted, reason=reason, by=who()
            )
        self._mark(facts)
        with self._reading() as connection:
            found = stored.list_judgements(connection, digests=wanted, is_drift=True)
        return RecordList(found, of=DriftJudgement)


def _and_later(
    chosen: Sequence[DriftJudgement], known: Sequence[DriftJudgement]
) -> list[DriftJudgement]:
    """Choose what the same monitors judged of the same tables from there on."""
    return [
        one
        for one in known
        if any(
            (one.table, one.monitor) == (first.table, first.monitor) and one.at >= first.at
            for first in chosen
        )
    ]


def _say_repeats(connection: Connection, table: str, since: datetime | None) -> list[str]:
    """Say what was delivered again of a table since a time, the newest first."""
    try:
        repeats = list_repeats(connection, find_table(connection, table))
    except UnknownNameError:  # its artifacts are purged
        return []
    said = [str(one) for one in reversed(repeats) if since is None or one.at > since]
    more = len(said) - _MOST_REPEATS
    shown = said[:_MOST_REPEATS]
    return [*shown, f"{more:,} more of {table} have earlier contents."] if more > 0 else shown


_Judged = tuple[list[tuple[DriftSettings, list[str]]], list[str]]
"""What was judged of each monitor, by digests, and what is to be known of it."""


def _digests(connection: Connection, what: Output) -> tuple[str, set[str]]:
    """Find the contents that are meant: one, or all that a run wrote or was judged by."""
    target = resolve(connection, what)
    if target.kind == "artifact":
        named = _DIGESTS.where(_version.c.id == target.version_id)
        return target.label, set(connection.execute(named).scalars())
    written = connection.execute(_WRITTEN.where(_write.c.run_id == target.run_id)).scalars()
    uid = connection.execute(_UID.where(_run.c.id == target.run_id)).scalar_one()
    return target.label, {*written, *stored.judged_of_run(connection, uid_text(uid))}
