"""What a notifier is, and where all of them are registered."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from mltrace.errors import ArgumentError, nearest
from mltrace.records.alerts import SEVERITIES
from mltrace.records.notices import NEWS
from mltrace.registry import Registry
from mltrace.times import parse_age

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

    from mltrace.records.alerts import AlertSeverity, Incident
    from mltrace.records.notices import Notice, NoticeKind

T = TypeVar("T", bound=str)
DEFAULT_MAX_PER_HOUR: Final = 20
_MODULES: Final = (
    "alertmanager",
    "callback",
    "email",
    "log",
    "slack",
    "stdout",
    "teams",
    "webhook",
)


class Notifier:
    """Tells somebody of incidents; a way of its own is a subclass with `send`.

    Parameters
    ----------
    name : str, default ''
        What it is known by; in `mltrace.toml` the NAME of `[notifiers.NAME]`.
    min_severity : {'info', 'warning', 'critical'}, default 'warning'
        Incidents that are less severe are not told.
    on : iterable of str, default ('opened', 'worsened', 'resolved')
        What it tells of: 'opened', 'worsened' (more severe than was told), 'cause changed',
        'acknowledged', 'resolved'.
    components, owners, monitors : str or iterable of str, default ()
        Shell patterns: only incidents are told whose cause is in such a component, of such an
        owner, found by such a monitor. Who was told of an incident hears how it goes on, though.
    remind_after : str or timedelta, optional
        How often an incident is told again that is open and not acknowledged; by default never.
    max_per_hour : int, default 20
        How many messages there may be in an hour; what is more is put together into digests.
    timeout : str or timedelta, default '10s'
        How long one message may take, whatever the receiver does.

    Raises
    ------
    ArgumentError
        If an option has a value that cannot be.

    Examples
    --------
    >>> import mltrace as mt
    >>> class Pager(mt.Notifier):
    ...     def __init__(self, *, number, **options):
    ...         super().__init__(**options)
    ...         self.number = number
    ...
    ...     def send(self, notice):
    ...         print(f"to {self.number}: {notice.incident.title}")
    >>> Pager(number="555 0100", name="night", min_severity="critical")
    Pager('night')
    """

    ON: ClassVar[tuple[NoticeKind, ...]] = ("opened", "worsened", "resolved")
    """What it tells of by default."""
    REMIND_AFTER: ClassVar[str | None] = None
    """How often it reminds by default."""
    IS_MIRROR: ClassVar[bool] = False
    """Whether the receiver keeps what is open: it is reminded of what somebody took on, too."""

    def __init__(
        self,
        *,
        name: str = "",
        min_severity: AlertSeverity = "warning",
        on: str | Iterable[str] | None = None,
        components: str | Iterable[str] = (),
        owners: str | Iterable[str] = (),
        monitors: str | Iterable[str] = (),
        remind_after: str | timedelta | None = None,
        max_per_hour: int = DEFAULT_MAX_PER_HOUR,
        timeout: str | timedelta = "10s",
    ) -> None:
        self.name = name
        self.min_severity = _one_of("min_severity", min_severity, SEVERITIES)
        told = self.ON if on is None else _texts("on", on)
        self.on = frozenset(_one_of("on", kind, NEWS) for kind in told)
        self.components = _texts("components", components)
        self.owners = _texts("owners", owners)
        self.monitors = _texts("monitors", monitors)
        again = self.REMIND_AFTER if remind_after is None else remind_after
        self.remind_after_seconds = None if again is None else _seconds("remind_after", again)
        self.max_per_hour = _at_least_one("max_per_hour", max_per_hour)
        self.timeout_seconds = _seconds("timeout", timeout)

    def send(self, notice: Notice) -> None:
        """Tell one notice; return once it is told.

        Parameters
        ----------
        notice : Notice
            What is to be told: its `kind` and its `incident`, or for a digest its `parts`.

        Raises
        ------
        NotDeliveredError
            If it could not be told. It is tried again, unless the error is permanent. Any other
            exception counts as one that is not.
        """
        raise NotImplementedError(f"{type(self).__name__} has no method send(notice).")

    def is_for(self, incident: Incident) -> bool:
        """Tell whether it tells of such an incident, by its severity and its cause."""
        if SEVERITIES.index(incident.severity) < SEVERITIES.index(self.min_severity):
            return False
        return (
            _fits(incident.component, self.components)
            and _fits(incident.owner, self.owners)
            and _fits(incident.cause.monitor, self.monitors)
        )

    @property
    def target(self) -> str:
        """To whom it tells, in a few words that hold no secret."""
        return ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


notifiers: Final[Registry[type[Notifier]]] = Registry(
    "notifier", tuple(f"mltrace.notifiers.{module}" for module in _MODULES)
)


def _fits(name: str | None, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(fnmatchcase(name or "", pattern) for pattern in patterns)


def _texts(option: str, given: str | Iterable[str]) -> tuple[str, ...]:
    try:
        texts = (given,) if isinstance(given, str) else tuple(given)
    except TypeError:
        texts = (given,)  # type: ignore[assignment]
    for text in texts:
        if not isinstance(text, str) or not text:
            raise ArgumentError(f"{option} = {text!r} is no text; give a text or a list of texts.")
    return texts


def _one_of(option: str, given: str, known: tuple[T, ...]) -> T:
    for one in known:
        if one == given:
            return one
    hint = "".join(f" Did you mean {match!r}?" for match in nearest(str(given), known, limit=1))
    raise ArgumentError(f"{option} = {given!r} is unknown.{hint} Accepted: {', '.join(known)}.")


def _at_least_one(option: str, given: int) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise ArgumentError(f"{option} = {given!r} cannot be; give a whole number from 1 on.")
    return given


def _seconds(option: str, given: str | timedelta) -> float:
    seconds = parse_age(given if not isinstance(given, int | float) else f"{given}s")
    if seconds <= 0:
        raise ArgumentError(f"{option} = {given!r} cannot be; give an age above 0, such as '10s'.")
    return seconds
