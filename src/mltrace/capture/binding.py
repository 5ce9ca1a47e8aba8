"""Binds monitors to components."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from mltrace.errors import NotEvaluatedError, OptionError

if TYPE_CHECKING:
    from mltrace.store.alert_facts import MonitorFact

_logger: Final = logging.getLogger("mltrace")


def bind_monitors(given: Any, *, of: str) -> tuple[tuple[Any, ...], tuple[MonitorFact, ...]]:
    """Take the monitors of a component, and what declares them in a store.

    Parameters
    ----------
    given : sequence of Monitor, or one
        What `monitors=` was given.
    of : str
        The component.

    Raises
    ------
    OptionError
        If it is anything else.

    Notes
    -----
    One that only Python can describe is not remembered; that is a warning of the logger `mltrace`.
    """
    monitors = tuple(given) if isinstance(given, list | tuple | set | frozenset) else (given,)
    facts: list[MonitorFact] = []
    for one in monitors:
        if isinstance(one, type) or not callable(getattr(one, "bind", None)):
            raise OptionError(
                f"monitors= takes monitors such as mt.VolumeMonitor('clean', min_rows=1), got "
                f"{type(one).__name__}."
            )
        try:
            facts.append(one.bind())
        except NotEvaluatedError:
            _logger.warning(
                "%r of the component %s is not evaluated after its runs end, for only Python can "
                "describe it: call mt.evaluate_monitors with it, or run mltrace monitor run "
                "--module MODULE.",
                one,
                of,
            )
    return monitors, tuple(facts)
