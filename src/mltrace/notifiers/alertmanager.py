"""Posts incidents to an Alertmanager of Prometheus, by its API of version 2.

Alertmanager knows an alert by its labels, and takes it for over at its `endsAt`. So labels are of
the incident and its cause only; where these change, the alert with the labels before is ended. An
alert that is open is sent again now and then, for Alertmanager forgets all of them at a restart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final

import msgspec

from mltrace.errors import ArgumentError
from mltrace.notifiers.notifier import Notifier, notifiers
from mltrace.notifiers.posting import post, read_endpoint
from mltrace.notifiers.wording import plain_text, say, tidy
from mltrace.times import parse_age

if TYPE_CHECKING:
    import os

    from mltrace.notifiers.secret import Secret
    from mltrace.records.alerts import Alert, AlertSeverity, Incident
    from mltrace.records.notices import Notice, NoticeKind

_PATH: Final = "/api/v2/alerts"
_FORM: Final = {"Content-Type": "application/json"}
_AT_ONCE: Final = 500
_TEST_LASTS: Final = timedelta(minutes=5)
_LABEL: Final = re.compile(r"[a-zA-Z_]\w*", re.ASCII)


@notifiers.register("alertmanager")
class Alertmanager(Notifier):
    """Posts each incident to an Alertmanager, as an alert that is open until it is resolved.

    Parameters
    ----------
    url : str
        The URL of Alertmanager, such as 'http://localhost:9093', or '$NAME' for the value of an
        environment variable.
    labels : mapping of str to str, optional
        Labels of yours, for the routes of Alertmanager. The others are `alertname` (the monitor),
        `incident`, `severity`, `component`, `owner` and `artifact`.
    expires_after : str or timedelta, default '3d'
        How long Alertmanager takes an incident for open that it hears no more of.
    token : str, optional
        Is sent as a bearer token.
    ca_file : str or path, optional
        The authorities whose certificates are trusted, as PEM, in place of the system's.
    **options
        Those of `Notifier`; `remind_after`, by default '4h', is how often what is open is sent
        again.
    """

    ON: ClassVar[tuple[NoticeKind, ...]] = ("opened", "worsened", "cause changed", "resolved")
    REMIND_AFTER: ClassVar[str | None] = "4h"
    IS_MIRROR: ClassVar[bool] = True

    def __init__(
        self,
        *,
        url: str | Secret,
        labels: Mapping[str, str] | None = None,
        expires_after: str | timedelta = "3d",
        token: str | Secret | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._endpoint = read_endpoint(url, token=token, ca_file=ca_file, path=_PATH)
        self._labels = _checked({} if labels is None else labels)
        self._expires_after = timedelta(seconds=parse_age(expires_after))

    def send(self, notice: Notice) -> None:
        """Post a notice; those of a digest a few hundred at once."""
        now = datetime.now(UTC)
        alerts = [alert for part in notice.parts or (notice,) for alert in self._alerts(part, now)]
        for start in range(0, len(alerts), _AT_ONCE):
            body = msgspec.json.encode(alerts[start : start + _AT_ONCE])
            post(self._endpoint, body, headers=_FORM, seconds=self.timeout_seconds)

    @property
    def target(self) -> str:
        """The host that it posts to."""
        return self._endpoint.told

    def _alerts(self, notice: Notice, now: datetime) -> list[dict[str, Any]]:
        incident, before = notice.incident, notice.before
        labels = self._labels_of(incident, incident.cause, incident.severity)
        lasts = _TEST_LASTS if notice.kind == "test" else self._expires_after
        ends_at = incident.resolved_at or now + lasts
        alerts = [_alert(notice, labels, max(ends_at, incident.opened_at))]
        if before is not None:
            told = {alert.id: alert for alert in (incident.cause, *incident.consequences)}
            cause = told.get(before.cause_id, incident.cause)
            then = self._labels_of(incident, cause, before.severity)
            if then != labels:
                alerts.append(_alert(notice, then, max(now, incident.opened_at)))
        return alerts

    def _labels_of(
        self, incident: Incident, cause: Alert, severity: AlertSeverity
    ) -> dict[str, str]:
        labels = {
            **self._labels,
            "alertname": cause.monitor,
            "incident": incident.id,
            "severity": severity,
            "component": cause.component,
            "owner": cause.owner,
            "artifact": cause.artifact,
        }
        return {name: tidy(value) for name, value in labels.items() if value}


def _alert(notice: Notice, labels: Mapping[str, str], ends_at: datetime) -> dict[str, Any]:
    words = say(notice)
    return {
        "labels": labels,
        "annotations": {"summary": words.title, "description": plain_text(words)},
        "startsAt": notice.incident.opened_at,
        "endsAt": ends_at,
    }


def _checked(labels: Mapping[str, str]) -> dict[str, str]:
    if not isinstance(labels, Mapping):
        raise ArgumentError(f"labels = {labels!r} is no table of names and texts.")
    for name, value in labels.items():
        if not _LABEL.fullmatch(str(name)) or not isinstance(value, str):
            raise ArgumentError(
                f"labels: {name} = {value!r} cannot be; a name is of letters, digits and _, and "
                "its value a text."
            )
    return dict(labels)
