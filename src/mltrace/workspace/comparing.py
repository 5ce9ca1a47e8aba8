"""The verb that tells whether data has drifted from a reference, or from a history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.rendering.wording import versioned
from mltrace.workspace.profiling import ProfileVerbs, is_artifact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltrace.monitors.drift.methods.false_discovery import Correction
    from mltrace.records.drift import DriftResult


class ComparisonVerbs(ProfileVerbs):
    """How far data is from other data."""

    def drift(
        self,
        current: Any,
        *,
        reference: Any = None,
        history: Iterable[Any] | None = None,
        method: str | None = None,
        columns: str | Iterable[str] | None = None,
        false_alarm_rate: float = 0.01,
        correction: Correction = "benjamini-hochberg",
        min_effect: float | None = None,
    ) -> DriftResult:
        """Tell whether data, or an artifact by its name, has drifted; see `mltrace.drift`."""
        from mltrace.monitors.drift.answering import Question, as_names, scope_of  # numpy

        is_of_rows = reference is not None and scope_of(method) == "table"
        find = self._rows_of if is_of_rows else self.profile
        partition = None
        if is_artifact(current):
            partition = versioned(self._find(current)[0].ref)
            current = find(current)
        if is_artifact(reference):
            reference = find(reference)
        if isinstance(history, list | tuple):
            history = [find(one) if is_artifact(one) else one for one in history]
        return Question(
            method=method,
            columns=None if columns is None else as_names(columns),
            false_alarm_rate=false_alarm_rate,
            correction=correction,
            min_effect=min_effect,
            partition=partition,
        ).answer(current, reference, history)

    def _rows_of(self, output: Any) -> Any:
        """Load the content of an artifact that has rows."""
        content = self._find(output)[0]
        return content.load(as_=None if content.ref.kind == "data" else "pyarrow")
