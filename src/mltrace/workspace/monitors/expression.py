"""Anything that a function tells of a store."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

from mltrace.checks.limits import call_within
from mltrace.errors import ArgumentError, NotEvaluatedError
from mltrace.times import now_ns, parse_age, to_datetime
from mltrace.workspace.monitors.moments import is_news, moment_of
from mltrace.workspace.monitors.monitor import Monitor, MonitorOptions
from mltrace.workspace.monitors.registered import kinds
from mltrace.workspace.monitors.thresholds import check_thresholds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Unpack

    from mltrace.records.alerts import Observation
    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.known import Known
    from mltrace.workspace.monitors.moments import Moment

_REFERENCE: Final = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


@kinds.register("expression")
class ExpressionMonitor(Monitor):
    """Watches what a function of yours tells.

    Parameters
    ----------
    function : callable or str
        Takes the open `Workspace` and returns a number, True if all is as it should be, else False,
        or such for each subject: a mapping, or pairs. None is unknown. As text it is
        'module:function', which is found from the working folder.
    min_value, max_value : float, optional
        What a number is at least and at most.
    timeout : str, default '1m'
        How long it may take.
    **options
        As of every `Monitor`.

    Raises
    ------
    ArgumentError
        If an argument has a value that cannot be.

    Notes
    -----
    It is of the moment, and told when it stands in another way than before, and once an hour. A
    store never says which code is run here: one that is not in `mltrace.toml` is evaluated only
    where Python declares it.

    Examples
    --------
    >>> import mltrace as mt
    >>> monitor = mt.ExpressionMonitor(lambda store: len(store.components()), min_value=0)
    >>> monitor.evaluate()[0].state
    'ok'
    """

    kind = "expression"
    runs_code: ClassVar[bool] = True

    def __init__(
        self,
        function: Callable[[Workspace], Any] | str,
        *,
        min_value: float | None = None,
        max_value: float | None = None,
        timeout: str = "1m",
        **options: Unpack[MonitorOptions],
    ) -> None:
        super().__init__(**options)
        self.function, self.timeout = function, timeout
        self.min_value, self.max_value = min_value, max_value
        self._limits = check_thresholds(self, min_value, max_value)
        self._seconds = parse_age(timeout)
        is_text = isinstance(function, str)
        if not (_REFERENCE.fullmatch(str(function)) if is_text else callable(function)):
            raise ArgumentError(
                f"ExpressionMonitor({function!r}): give a function, or 'module:function'."
            )
        self.about = str(function) if is_text else getattr(function, "__qualname__", "function")

    def measure(self, workspace: Workspace, known: Known) -> Iterator[Observation]:
        """Call the function, and take what it returns."""
        function = _import(self.function) if isinstance(self.function, str) else self.function
        try:
            told = call_within(self._seconds, lambda: _pairs(function(workspace)), {})
        except TimeoutError as error:
            raise NotEvaluatedError(f"{self.about} was not done after {self.timeout}.") from error
        now = moment_of(to_datetime(now_ns()))
        for subject, value in told:
            name = self.about if subject is None else str(subject)
            one = self._observation(name, value, now=now)
            if is_news(self, known, one.subject, state=one.state, now=now):
                yield one

    def remeasure(self, workspace: Workspace) -> Iterator[Observation]:  # noqa: ARG002
        """Refuse: a function tells only of now."""
        raise NotEvaluatedError(
            f"{self.key} cannot be replayed: its function tells only of the present. Write a "
            "Monitor with a method remeasure, or ask the past by a query (kind sql)."
        )

    def _observation(self, subject: str, value: Any, *, now: Moment) -> Observation:
        if isinstance(value, bool):
            said = "as it should be" if value else "not as it should be"
            return self.observation(
                subject,
                now.point,
                at=now.at,
                state="ok" if value else "bad",
                value=value,
                message=said,
            )
        number = self._number(value)
        state, threshold = self._limits.judge(number)
        return self.observation(
            subject,
            now.point,
            at=now.at,
            state=state,
            value=number,
            threshold=threshold,
            message=self._limits.say(number),
        )

    def _number(self, value: Any) -> float | None:
        if value is None:
            return None
        if not self._limits.is_any:
            raise NotEvaluatedError(
                f"{self.about} returned a number, and nothing says what is bad: give min_value or "
                "max_value, or return True or False."
            )
        try:
            return float(value)
        except (TypeError, ValueError) as error:
            raise NotEvaluatedError(
                f"{self.about} returned a {type(value).__name__}; accepted: a number, True or "
                "False, or such for each subject."
            ) from error


def _pairs(told: Any) -> list[tuple[Any, Any]]:
    """List what was told, by subject; None is the function itself."""
    if isinstance(told, Mapping):
        return list(told.items())
    if isinstance(told, str | bytes) or not isinstance(told, Iterable):
        return [(None, told)]
    pairs = list(told)
    if not all(isinstance(one, tuple | list) and len(one) == 2 for one in pairs):
        raise NotEvaluatedError("It returned a list that holds other things than pairs.")
    return [(subject, value) for subject, value in pairs]


def _import(reference: str) -> Callable[[Workspace], Any]:
    module, _, name = reference.partition(":")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise NotEvaluatedError(f"{reference} cannot be imported: {error}") from error
    if not callable(found):
        raise NotEvaluatedError(f"{reference} is a {type(found).__name__}, not a function.")
    return found  # type: ignore[no-any-return]
