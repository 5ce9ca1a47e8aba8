"""Facts of tasks: how they are declared, predictions, and feedback.

What is logged in large batches lies in a file of the lake, of which a `BatchFact` tells.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from mltrace.store.fact import Fact

RowKind = Literal["predictions", "feedback"]
_NAME: Final = r"\A[^/\\]*\Z"
_FILE: Final = r"\A(\Z|batches/(?!\.\.\Z)[^/\\]+\Z)"
"""Other files are none of a lake, whoever says so."""


class TaskFact(Fact, frozen=True, tag="task", kw_only=True):
    """A task as it is declared; the latest fact of a name counts. `settings` is JSON."""

    name: str
    at: int
    kind: str
    settings: str = "{}"
    by: str = ""


class PredictionFact(Fact, frozen=True, tag="prediction", kw_only=True):
    """One prediction, logged by itself.

    `value` is a number, or a class as canonical text. It was made `at`, known from `known` on (left
    out where that is the same) and logged at `logged`.
    """

    task: str
    id: str
    value: Any
    at: int
    logged: int
    known: int | None = None
    score: float | None = None
    scores: list[float] | None = None
    model: str = ""
    run: str = ""
    features: dict[str, Any] = {}  # noqa: RUF012 (msgspec copies empty defaults)


class FeedbackFact(Fact, frozen=True, tag="feedback", kw_only=True):
    """One label, logged by itself, known from `known` on."""

    task: str
    id: str
    value: Any
    known: int
    logged: int


class BatchFact(Fact, frozen=True, tag="batch", kw_only=True):
    """Predictions or feedback that were logged together, each batch under an id of its own.

    Their rows are in `payload` (`mltrace.store.lake.batch`), else in the `file` of the lake of that
    `size`. `first` and `last` tell when the earliest and the latest was made (feedback: was known).
    """

    uid: Annotated[str, Meta(pattern=_NAME)]
    task: str
    kind: RowKind
    rows: Annotated[int, Meta(ge=0)]
    logged: int
    first: int
    last: int
    payload: bytes = b""
    file: Annotated[str, Meta(pattern=_FILE)] = ""
    size: int = 0
