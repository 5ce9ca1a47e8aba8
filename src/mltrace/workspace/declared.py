"""Verbs about which monitors there are: of the settings, and those that the store remembers."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from mltrace.errors import ArgumentError, ConfigurationError, NotEvaluatedError, unknown
from mltrace.escaping import encodable
from mltrace.monitors.alerts import as_facts, stored, tallies
from mltrace.records import RecordList
from mltrace.records.monitoring import MonitorFault, MonitorStatus
from mltrace.store.alert_facts import MonitorFact
from mltrace.times import now_ns
from mltrace.workspace.monitors.specs import read_monitor, write_monitor
from mltrace.workspace.opened import OpenStore, who

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mltrace.monitors.alerts.tallies import Tally
    from mltrace.store.fact import Fact
    from mltrace.workspace.monitors.monitor import Monitor

_HINT = "See `mltrace monitor list`."


class Declared(NamedTuple):
    """A monitor, the table that describes it, and where in the settings that stands, if it does."""

    monitor: Monitor
    table: Mapping[str, Any]
    where: str | None


class DeclaredMonitors(OpenStore):
    """Which monitors there are."""

    def declared_monitors(self) -> list[Monitor]:
        """List the monitors of the settings, then those that the store remembers.

        Raises
        ------
        ConfigurationError
            If the file of settings describes one that cannot be.
        """
        return [one.monitor for one in self._declared()[0]]

    def list_monitors(self) -> RecordList[MonitorStatus]:
        """List the monitors that are declared; see `mltrace.list_monitors`."""
        declared, faults = self._declared()
        with self._reading() as connection:
            counted = tallies.load_tallies(connection)
        notes = [f"{one.monitor} is not evaluated: {one.message}" for one in faults]
        found = (_status(one, counted.get(one.monitor.key)) for one in declared)
        return RecordList(found, of=MonitorStatus, notes=notes)

    def forget_monitor(self, name: str) -> MonitorStatus:
        """Evaluate a monitor no longer that the store remembers; see `mltrace.forget_monitor`."""
        self.store.catalog.check_writable()
        name = encodable(name)
        statuses = {one.name: one for one in self.list_monitors()}
        with self._reading() as connection:
            rows = {row.name: row for row in stored.load_monitors(connection)}
        if name in statuses and statuses[name].declared_in is not None:
            raise ArgumentError(
                f"The monitor {name!r} is not remembered but declared, in "
                f"{statuses[name].declared_in}; remove it there."
            )
        if name not in rows:
            raise unknown("monitor", name, rows, hint=_HINT)
        row = rows[name]
        fact = MonitorFact(
            name=name,
            at=now_ns(not_before=row.at + 1),
            kind=row.kind,
            settings=row.settings,
            is_active=False,
            by=who(),
        )
        self._append([fact])
        self._declared()
        return statuses.get(name) or MonitorStatus(name=name, kind=row.kind, severity="warning")

    def _declared(self) -> tuple[list[Declared], list[MonitorFault]]:
        """List what is declared, and what is remembered and cannot be read here."""
        found: dict[str, Declared] = {}
        for where, table in self.settings.monitors:
            monitor = read_monitor(table, where=where)
            if monitor.key in found:
                other = found[monitor.key].where
                raise ConfigurationError(
                    f"{where}: {monitor.key!r} is the name of another one ({other}); give it "
                    'one of its own: name = "…".'
                )
            found[monitor.key] = Declared(monitor, table, where)
        faults: list[MonitorFault] = []
        with self._reading() as connection:
            rows = stored.load_monitors(connection)
        for row in rows:
            if row.name in found:
                continue
            table = _table(row.settings)
            try:
                monitor = _remembered(table)
            except ConfigurationError as error:
                faults.append(MonitorFault(monitor=row.name, message=str(error)))
            else:
                found[row.name] = Declared(monitor, table, None)
        self._mark_run_ends(one.table for one in found.values() if one.where is None)
        return list(found.values()), faults

    def _mark_run_ends(self, remembered: Iterable[Mapping[str, Any]]) -> None:
        """Let writers on this machine see by a file whether monitors wait for the ends of runs."""
        file = self.store.location.at_run_end
        with suppress(OSError):
            is_any = any(table.get("at_run_end") is True for table in remembered)
            if is_any != file.exists() and self.store.is_writable:
                file.touch() if is_any else file.unlink(missing_ok=True)

    def _chosen(
        self, monitors: Sequence[Monitor | str]
    ) -> tuple[list[Monitor], list[MonitorFault]]:
        """List the monitors that are meant, by default all, and those of them that cannot be."""
        given = [one for one in monitors if not isinstance(one, str)]
        if monitors and len(given) == len(monitors):
            return given, []
        declared, faults = self._declared()
        if not monitors:
            return [one.monitor for one in declared], faults
        by_name = {one.monitor.key: one.monitor for one in declared}
        broken = {one.monitor: one for one in faults}
        names = [encodable(one) for one in monitors if isinstance(one, str)]
        for name in names:
            if name not in by_name and name not in broken:
                raise unknown("monitor", name, [*by_name, *broken], hint=_HINT)
        named = [by_name[name] for name in names if name in by_name]
        return [*given, *named], [broken[name] for name in names if name in broken]

    def _remember(self, monitors: Iterable[Monitor]) -> None:
        """Declare monitors that a file could describe, where that is news."""
        with self._reading() as connection:
            rows = {row.name: row for row in stored.load_monitors(connection)}
        known = {name: _table(row.settings) for name, row in rows.items()}
        facts: list[Fact] = []
        for monitor in monitors:
            try:
                table = write_monitor(monitor)
            except NotEvaluatedError:
                continue
            if known.get(monitor.key) != table:
                before = rows[monitor.key].at if monitor.key in rows else 0
                facts.append(as_facts.monitor_fact(monitor.key, table, by=who(), after=before))
                known[monitor.key] = table
        if facts:
            self._append(facts)
            self._mark_run_ends(known.values())


def _remembered(table: Mapping[str, Any]) -> Monitor:
    monitor = read_monitor(table, where="As the store remembers it")
    if monitor.runs_code:
        raise ConfigurationError(
            f"A store must not say which code is run; declare it in mltrace.toml: {monitor.key}."
        )
    return monitor


def _table(settings: str) -> Mapping[str, Any]:
    """Read how a monitor is set; of a text that is no table, which anybody may store, nothing."""
    try:
        return msgspec.json.decode(settings, type=dict[str, Any])
    except msgspec.DecodeError:
        return {}


def _status(one: Declared, tally: Tally | None) -> MonitorStatus:
    monitor = one.monitor
    status = MonitorStatus(
        name=monitor.key,
        kind=monitor.kind,
        severity=monitor.severity,
        about=monitor.about,
        owner=monitor.owner,
        every=monitor.every,
        at_run_end=monitor.at_run_end,
        settings=one.table,
        declared_in=one.where,
    )
    return status if tally is None else msgspec.structs.replace(status, **tally._asdict())
