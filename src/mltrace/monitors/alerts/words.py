"""The words by which alerts are stored; a catalog of somebody else may hold others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_args

from mltrace.records.alerts import AlertRole, AlertVerdict, ChangeKind, ObservationState

if TYPE_CHECKING:
    from collections.abc import Sequence

CHANGES: Final = get_args(ChangeKind)
OBSERVED: Final = get_args(ObservationState)
ROLES: Final = get_args(AlertRole)
VERDICTS: Final = get_args(AlertVerdict)


def known(word: str | None, words: Sequence[Any], mildest: Any) -> Any:
    """Take a word that is none of those known for the mildest.

    Examples
    --------
    >>> known("ok", OBSERVED, "unknown"), known("blue", OBSERVED, "unknown")
    ('ok', 'unknown')
    """
    return word if word in words else mildest
