"""Runs the checks of a component at a boundary, and says in the log which do not pass."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.engine import blocking, run_checks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mltrace.capture.declaring import Component
    from mltrace.records import CheckResult, CheckWhen

QUIET_SECONDS: Final = 60
"""For so long a test that does not pass is not said again, whatever it says."""
_MOST_SAID: Final = 10_000
_logger: Final = logging.getLogger("mltrace")
_said_at: Final[dict[tuple[str, str, str, str], float]] = {}


def check_boundary(
    component: Component, when: CheckWhen, variables: Mapping[str, Any]
) -> Sequence[CheckResult]:
    """Run the checks before or after a run; those that do not pass are logged as warnings.

    Those that block the run are not: the exception says so.
    """
    checks = component.before if when == "before" else component.after
    results = run_checks(checks, when, variables)
    if any(result.status in ("failed", "error") for result in results):
        blocked = blocking(results)
        _warn(component.name, [result for result in results if result not in blocked])
    return results


def _warn(component: str, results: Iterable[CheckResult]) -> None:
    now = time.monotonic()
    for result in results:
        if result.status not in ("failed", "error"):
            continue
        key = (component, result.when, result.check, result.test)
        if now - _said_at.get(key, -QUIET_SECONDS) < QUIET_SECONDS:
            continue
        if len(_said_at) >= _MOST_SAID:
            _said_at.clear()
        _said_at[key] = now
        said = result.message.partition("\n")[0]
        verb = "failed" if result.status == "failed" else "could not be evaluated"
        _logger.warning(
            "%s: %s.%s %s %s the run: %s",
            component, result.check, result.test, verb, result.when, said,
        )  # fmt: skip
