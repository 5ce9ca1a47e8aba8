"""Which checks there are."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (msgspec reads the annotations)
from datetime import date  # noqa: TC003
from typing import Any

from mltrace.records.record import Record
from mltrace.records.runs import CheckWhen, Severity  # noqa: TC001


class LibraryCheck(Record, frozen=True, kw_only=True):
    """A check that can be used by its name, with its arguments and what it fails for in a line."""

    name: str
    arguments: tuple[str, ...] = ()
    summary: str = ""


class ComponentCheck(Record, frozen=True, kw_only=True):
    """A check of a component, and where it stands.

    `rule` is its name in the library, or its class or function; `file` and `line` tell where the
    file of checks has it, and are None of a check that is declared in code.
    """

    component: str
    when: CheckWhen
    check: str
    rule: str
    arguments: Mapping[str, Any] = {}
    severity: Severity = "warn"
    file: str | None = None
    line: int | None = None
    evidence: str = ""
    reason: str = ""
    accepted_at: date | None = None
    accepted_by: str = ""
    retired_at: date | None = None
