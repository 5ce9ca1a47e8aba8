"""What is proposed to be checked, and why."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (msgspec reads the annotations)
from typing import Any, Literal

from mltrace.records.record import Record
from mltrace.records.runs import CheckWhen  # noqa: TC001

SuggestionKind = Literal["new", "tighten", "loosen"]


class Suggestion(Record, frozen=True, kw_only=True):
    """A check that history speaks for.

    `arguments` are those of the check `check` of the library, which results would call `name`;
    `bound` says them in words. The last `num_partitions` partitions speak for it; on the share
    `false_alarms` of the runs it is expected to fail although nothing is wrong. Of a check that is
    accepted already, `was` says the bound that would become tighter or looser.
    """

    name: str
    component: str
    when: CheckWhen
    check: str
    arguments: Mapping[str, Any]
    bound: str
    evidence: str
    false_alarms: float
    num_partitions: int
    kind: SuggestionKind = "new"
    was: str = ""
