"""What checks say of a run, as facts and as the error that blocks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.errors import CheckFailed
from mltrace.store.facts import CheckFact

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mltrace.records import CheckResult


def check_failed(component: str, results: Sequence[CheckResult]) -> CheckFailed:
    """Make the error of a run that blocking checks stop."""
    first = results[0]
    more = f" (and {len(results) - 1} more)" if len(results) > 1 else ""
    return CheckFailed(
        f"{component}: {first.check}.{first.test} failed {first.when} the run: "
        f"{first.message}{more}",
        tuple(results),
    )


def is_passed(results: Iterable[CheckResult]) -> bool:
    """Tell whether no check failed or could not run."""
    return not any(result.status in ("failed", "error") for result in results)


def check_facts(results: Iterable[CheckResult]) -> list[CheckFact]:
    """Turn results into the facts to log."""
    return [
        CheckFact(
            check=result.check,
            test=result.test,
            when=result.when,
            status=result.status,
            severity=result.severity,
            message=result.message,
            value=result.value,
            seconds=result.seconds,
        )
        for result in results
    ]
