"""Calls a function of yours with each notice, such as one that starts a retraining."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from mltrace.errors import ArgumentError
from mltrace.notifiers.notifier import Notifier, notifiers

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records.notices import Notice


@notifiers.register("callback")
class Callback(Notifier):
    """Calls a function with each notice.

    Parameters
    ----------
    function : callable or str
        Takes a `Notice`; or `'package.module:function'`, which is imported for the first notice.
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
        if isinstance(function, str):
            module, _, name = function.partition(":")
            found: Any = importlib.import_module(module)
            for part in name.split("."):
                found = getattr(found, part)
            function = found
        function(notice)

    @property
    def target(self) -> str:
        """The name of the function."""
        function = self.function
        return (
            function
            if isinstance(function, str)
            else getattr(function, "__qualname__", type(function).__name__)
        )


def _is_name(given: object) -> bool:
    if not isinstance(given, str):
        return False
    module, colon, name = given.partition(":")
    return bool(colon) and all(
        part.isidentifier() for part in (*module.split("."), *name.split("."))
    )
