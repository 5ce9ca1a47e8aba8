"""Verbs about checks, under one noun: `mltrace check`."""

from __future__ import annotations

from typing import Final

from mltrace.cli.check_gate import run_gate
from mltrace.cli.check_history import check_history
from mltrace.cli.check_lists import list_checks
from mltrace.cli.check_suggestions import accept_checks, retire_checks, suggest_checks
from mltrace.cli.verbs import Noun

VERBS: Final = (
    Noun(
        "check",
        "Run, list and suggest checks of components, and chart what they measured.",
        section="Quality",
        verbs=(
            run_gate,
            list_checks,
            check_history,
            suggest_checks,
            accept_checks,
            retire_checks,
        ),
    ),
)
