"""Verbs that tell of incidents by notifiers."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from mltrace.errors import ArgumentError, ConfigurationError, StoreError, unknown
from mltrace.monitors.alerts.finding import load_incidents, load_joined
from mltrace.notifiers import stored
from mltrace.notifiers.callback import Callback, bound
from mltrace.notifiers.declared import make_notifier
from mltrace.notifiers.delivering import deliver, send
from mltrace.notifiers.due import PATIENCE
from mltrace.notifiers.trying import example_notice
from mltrace.records import RecordList
from mltrace.records.notices import Delivery
from mltrace.times import NANOSECONDS, now_ns, to_datetime
from mltrace.workspace.opened import OpenStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mltrace.notifiers.delivering import Outbox
    from mltrace.notifiers.notifier import Notifier
    from mltrace.records.alerts import Incident

_PATIENCE: Final = int(PATIENCE.total_seconds()) * NANOSECONDS
_warned: Final[set[str]] = set()
_logger: Final = logging.getLogger("mltrace")


class DeliveryVerbs(OpenStore):
    """Who is told of incidents, and how that went."""

    def deliver_due(self, notifiers: Iterable[Notifier] | None = None) -> RecordList[Delivery]:
        """Tell by notifiers what is due of incidents, and list how it went.

        Parameters
        ----------
        notifiers : iterable of Notifier, optional
            Who tells; by default those of the settings and of `mltrace.on_alert`.

        Notes
        -----
        Where another process tells of incidents, this one waits until it has, and tells what is
        due then. One that cannot be made is a warning of the logger `mltrace`.
        """
        chosen = self._usable() if notifiers is None else _checked(notifiers)
        if not chosen or not self.store.is_writable:
            return RecordList(of=Delivery)
        done: list[Delivery] = []
        with self.store.turn_to_deliver() as is_ours:
            if is_ours:
                incidents, outboxes = self._owed(chosen)
                # Functions last, for they may take long.
                for notifier in sorted(chosen, key=lambda one: isinstance(one, Callback)):
                    done += deliver(
                        notifier,
                        incidents,
                        outboxes[notifier.name],
                        clock=lambda: to_datetime(now_ns()),
                        record=self._record_deliveries,
                    )
        return RecordList(done, of=Delivery)

    def test_notifiers(self, *names: str) -> RecordList[Delivery]:
        """Send a test by notifiers, by default all that are declared, and list how it went.

        Raises
        ------
        UnknownNameError
            If no notifier of a name is declared.
        """
        tables = {str(table["name"]): (where, table) for where, table in self.settings.notifiers}
        known = {*tables, *bound}
        for name in names:
            if name not in known:
                raise unknown("notifier", name, known, hint="Declare it in mltrace.toml.")
        notice = example_notice(datetime.now(UTC))
        done: list[Delivery] = []
        for name in names or sorted(known):
            try:
                notifier = bound[name] if name not in tables else make_notifier(*tables[name])
            except ConfigurationError as error:
                failed = str(error)
                to = ""
            else:
                to = notifier.target
                failed = str(send(notifier, notice) or "")
            done.append(
                Delivery(
                    notifier=name,
                    notice=notice.key,
                    at=datetime.now(UTC),
                    status="failed" if failed else "sent",
                    what="test",
                    to=to,
                    error=failed,
                )
            )
        return RecordList(done, of=Delivery)

    def _tell(self) -> None:
        """Tell what is due, where what was evaluated must be answered whatever becomes of that."""
        try:
            self.deliver_due()
        except (OSError, StoreError) as error:  # such as of a full disk
            _warn(f"Nobody is told of incidents: {error}")

    def _usable(self) -> list[Notifier]:
        """List the notifiers of the settings and of this process that can be made."""
        made = dict(bound)
        for where, table in self.settings.notifiers:
            try:
                notifier = make_notifier(where, table)
            except ConfigurationError as error:
                _warn(str(error))
                continue
            made[notifier.name] = notifier
        return list(made.values())

    def _owed(self, notifiers: Sequence[Notifier]) -> tuple[list[Incident], Mapping[str, Outbox]]:
        now = now_ns()
        with self._reading() as connection:
            ids = stored.find_incidents(connection, notifiers, ended_since=now - _PATIENCE)
            found = load_incidents(connection, ids)
            gone = set(ids) - {one.id for one in found}
            return [*found, *load_joined(connection, gone)], {
                one.name: stored.load_outbox(connection, one.name, ids, now=now)
                for one in notifiers
            }

    def _record_deliveries(self, deliveries: Iterable[Delivery]) -> None:
        self._append(map(stored.delivery_fact, deliveries))


def _warn(message: str) -> None:
    """Log a warning, once in a process, which may try again and again."""
    if message not in _warned:
        _warned.add(message)
        _logger.warning("%s", message)


def _checked(notifiers: Iterable[Notifier]) -> list[Notifier]:
    """Refuse notifiers that cannot be told apart: what one delivered is stored under its name."""
    by_name: dict[str, Notifier] = {}
    for one in notifiers:
        if not one.name or one.name in by_name:
            raise ArgumentError(
                f"A notifier is named {one.name!r}; give each its own name=, under which it is "
                "remembered what it has told."
            )
        by_name[one.name] = one
    return list(by_name.values())
