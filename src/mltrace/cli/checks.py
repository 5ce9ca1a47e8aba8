"""Verbs about checks: `mltrace check list` and what else can be done with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mltrace.cli.check_history import check_history
from mltrace.cli.verbs import Noun, verb

if TYPE_CHECKING:
    from mltrace.records import RecordList
    from mltrace.records.check_lists import LibraryCheck
    from mltrace.workspace import Workspace

SECTION: Final = "Quality"


@verb("list", "mltrace check list", "mltrace check list --format json", section=SECTION)
def list_checks(_workspace: Workspace) -> RecordList[LibraryCheck]:
    """List the checks that there are."""
    from mltrace.checks.listing import list_library

    return list_library()


VERBS: Final = (
    Noun(
        "check",
        "Run and list the checks of components.",
        section=SECTION,
        verbs=(list_checks, check_history),
    ),
)
