"""Calls a function of yours with each notice, such as one that starts a retraining."""

from __future__ import annotations

import importlib
import operator
import os
import sys
from typing import TYPE_CHECKING, Any, Final, TypedDict, TypeVar, overload

from mltrace.errors import ArgumentError, NotDeliveredError
from mltrace.notifiers.notifier import Notifier, notifiers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import timedelta
    from typing import Unpack

    from mltrace.records.alerts import AlertSeverity
    from mltrace.records.notices import Notice

F = TypeVar("F", bound="Callable[[Notice], object]")


@notifiers.register("callback")
class Callback(Notifier):
    """Calls a function with each notice.

    Parameters
    ----------
    function : callable or str
        Takes a `Notice`; or `'package.module:function'`, which is imported for the first notice, if
        need be from the working folder.
    **options
        Those of `Notifier`.

    Notes
    -----
    It is called in the process that evaluates monitors, never in a run's. That process waits for
    it, so a long work should be started there and not done. Where it raises, it is called again
    later, as every notifier is that could not deliver.

    Examples
    --------
    >>> calls = []
    >>> Callback(function=calls.append, on="opened").target
    'list.append'
    """

    def __init__(self, *, function: Callable[[Notice], object] | str, **options: Any) -> None:
        super().__init__(**options)
        if not callable(function) and not _is_name(function):
            raise ArgumentError(
                f"function = {function!r} can be neither called nor imported; give a function, or "
                "'package.module:function'."
            )
        self.function = function

    def send(self, notice: Notice) -> None:
        """Call the function."""
        function = self.function
        (_imported(function) if isinstance(function, str) else function)(notice)

    @property
    def target(self) -> str:
        """The name of the function."""
        function = self.function
        return function if isinstance(function, str) else _name_of(function)


bound: Final[dict[str, Notifier]] = {}
"""The notifiers of this process that `on_alert` made, by name."""


class NewsWanted(TypedDict, total=False):
    """What a function is told."""

    name: str
    on: str | Iterable[str]
    min_severity: AlertSeverity
    components: str | Iterable[str]
    owners: str | Iterable[str]
    monitors: str | Iterable[str]
    remind_after: str | timedelta


@overload
def on_alert(function: F, /, **wanted: Unpack[NewsWanted]) -> F: ...


@overload
def on_alert(**wanted: Unpack[NewsWanted]) -> Callable[[F], F]: ...


def on_alert(function: F | None = None, /, **wanted: Unpack[NewsWanted]) -> F | Callable[[F], F]:
    """Call a function with the news of incidents, when monitors are evaluated in this process.

    Parameters
    ----------
    function : callable
        Takes a `Notice`. It is returned, so that this is a decorator, with options or without.
    name : str, optional
        Under which it is remembered what the function was told; by default its module and name.
        A function that is bound under the name of another takes its place.
    on, min_severity, components, owners, monitors, remind_after
        What it is told, as of a `Notifier`.

    Raises
    ------
    ArgumentError
        If an option has a value that cannot be.

    Notes
    -----
    It is told what is open that it was not told yet, even of long ago. For evaluations in other
    processes, such as `mltrace monitor run`, name the function in `mltrace.toml`, as a notifier of
    the kind `callback`.

    Examples
    --------
    >>> import mltrace as mt
    >>> @mt.on_alert(on="opened", components="train", min_severity="critical")
    ... def retrain(notice):
    ...     print("retrain because", notice.incident.title)
    """

    def bind(given: F) -> F:
        options: NewsWanted = {"name": f"{given.__module__}.{_name_of(given)}", **wanted}
        bound[options["name"]] = Callback(function=given, **options)
        return given

    return bind if function is None else bind(function)


def _imported(name: str) -> Callable[[Notice], object]:
    """Import a function, from the working folder as well, which a command does not look into."""
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    module, _, path = name.partition(":")
    try:
        found: Any = operator.attrgetter(path)(importlib.import_module(module))
    except (ImportError, AttributeError) as error:
        raise NotDeliveredError(f"{name} cannot be imported: {error}") from error
    return found  # type: ignore[no-any-return]


def _name_of(function: object) -> str:
    return getattr(function, "__qualname__", type(function).__name__)


def _is_name(given: object) -> bool:
    if not isinstance(given, str):
        return False
    module, colon, name = given.partition(":")
    return bool(colon) and all(
        part.isidentifier() for part in (*module.split("."), *name.split("."))
    )
