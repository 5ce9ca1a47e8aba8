"""Logs predictions and feedback of a task: checked first, then written, never in the user's way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from mltrace.capture.guard import harmless
from mltrace.capture.identifiers import new_id
from mltrace.capture.predictions.columns import is_one_id
from mltrace.capture.predictions.declaration import Declaration
from mltrace.capture.predictions.features import is_one_row
from mltrace.capture.predictions.linking import is_linked, link, remember
from mltrace.capture.predictions.naming import run_and_model
from mltrace.capture.predictions.one_row import as_fact
from mltrace.capture.predictions.rows import Given, Rows, feedback_rows, prediction_rows
from mltrace.capture.predictions.single import SingleRows
from mltrace.capture.predictions.warning import warn_of
from mltrace.capture.recorder import current_recorder
from mltrace.errors import ArgumentError, OptionError
from mltrace.store.lake import layout
from mltrace.store.lake.columns import Same
from mltrace.store.task_facts import BatchFact, FeedbackFact, PredictionFact, TaskFact
from mltrace.times import now_ns

if TYPE_CHECKING:
    from mltrace.capture.recorder import Recorder
    from mltrace.store.fact import Fact

    Made: TypeAlias = PredictionFact | FeedbackFact | Rows
MOST_ROWS: Final = 500_000
"""How many rows a batch has, so that no database meets one that is too large for it."""
_SAID: Final = (ArgumentError, OptionError)


class TaskLogger:
    """Logs what a task predicts and what turns out, into the store in force at each call.

    Parameters
    ----------
    task : Declaration
        The task, which is declared in the store when something of it is logged.
    """

    def __init__(self, task: Declaration) -> None:
        self._task = task
        self._single = SingleRows(task)
        self._declared_to: tuple[Recorder, str] | None = None

    def log_predictions(self, ids: Any, predictions: Any, given: Given) -> None:
        """Log predictions; see `mltrace.Task.log_predictions`.

        Raises
        ------
        ArgumentError
            If a value cannot be; then nothing was written.
        """
        recorder = _recorder()
        if recorder is None:
            return
        found = self._predictions(recorder, ids, predictions, given)
        if found is not None:
            self._write(recorder, *found)

    def log_feedback(self, ids: Any, labels: Any, at: Any) -> None:
        """Log labels; see `mltrace.Task.log_feedback`.

        Raises
        ------
        ArgumentError
            If a value cannot be; then nothing was written.
        """
        recorder = _recorder()
        if recorder is None:
            return
        made = self._feedback(recorder, ids, labels, at)
        if made is not None:
            self._write(recorder, made)

    @harmless(default=None, passing=_SAID)
    def _predictions(
        self, recorder: Recorder, ids: Any, predictions: Any, given: Given
    ) -> tuple[Made, str, str]:
        self._check_kind(recorder)
        run, model = run_and_model(given.run, given.model)
        now = now_ns()
        if not is_one_id(ids):
            return prediction_rows(self._task, ids, predictions, given, now=now), run, model
        fact = self._single.prediction(ids, predictions, given, now=now, made_by=(run, model))
        if fact is not None:
            return fact, run, model
        given = given._replace(scores=_listed(given.scores), features=_each(given.features))
        rows = prediction_rows(self._task, [ids], _listed(predictions), given, now=now)
        return rows, run, model

    @harmless(default=None, passing=_SAID)
    def _feedback(self, recorder: Recorder, ids: Any, labels: Any, at: Any) -> Made:
        self._check_kind(recorder)
        now = now_ns()
        if not is_one_id(ids):
            return feedback_rows(self._task, ids, labels, at=at, now=now)
        fact = self._single.feedback(ids, labels, at=at, now=now)
        return fact or feedback_rows(self._task, [ids], [labels], at=at, now=now)

    def _check_kind(self, recorder: Recorder) -> None:
        """Refuse a task that this process declared before as one of another kind."""
        if self._is_declared(recorder):
            return
        said = recorder.said(("task", self._task.name))
        if isinstance(said, TaskFact) and said.kind != self._task.kind:
            raise ArgumentError(
                f"The task {self._task.name!r} is {said.kind} in this process, and cannot be "
                f"{self._task.kind} as well; give this one another name. Nothing was logged."
            )

    def _is_declared(self, recorder: Recorder) -> bool:
        declared = self._declared_to
        return declared is not None and declared[0] is recorder and declared[1] == recorder.process

    @harmless(default=None)
    def _write(self, recorder: Recorder, made: Made, run: str = "", model: str = "") -> None:
        if isinstance(made, Rows) and not 0 < made.num_rows <= MOST_ROWS:
            for part in made.parts(MOST_ROWS):
                self._write(recorder, part, run, model)
            return
        key = ("task", self._task.name)
        declared = None if self._is_declared(recorder) else self._task.fact()
        is_linked_now = not run or is_linked(recorder.process, run, self._task.name)
        facts: list[Fact] = [] if declared is None else [declared]
        if not is_linked_now:
            facts.append(link(run, self._task.name, now_ns()))
        facts.append(self._as_fact(recorder, made, run, model) if isinstance(made, Rows) else made)
        recorder.append(*facts)
        if declared is not None:
            recorder.remember(key, declared)
            self._declared_to = recorder, recorder.process
        if not is_linked_now:
            remember(recorder.process, run, self._task.name)

    def _as_fact(self, recorder: Recorder, rows: Rows, run: str, model: str) -> Fact:
        warn_of(self._task.name, rows.oddities, rows.num_rows)
        one = None
        if rows.num_rows == 1:
            one = as_fact(self._task.name, rows, run=run, model=model)
        return one or self._kept(recorder, rows, run, model)

    def _kept(self, recorder: Recorder, rows: Rows, run: str, model: str) -> BatchFact:
        about = BatchFact(
            uid=new_id(),
            task=self._task.name,
            kind=rows.kind,
            rows=rows.num_rows,
            logged=now_ns(),
            first=rows.first,
            last=rows.last,
        )
        columns = dict(rows.columns)
        if run:
            columns[layout.RUN] = Same(run)
        if model:
            columns[layout.MODEL] = Same(model)
        return recorder.keep_batch(about, columns)


def declared_here(name: str) -> Declaration | None:
    """Find the task as this process declared it in the store in force here, if it did."""
    recorder = _recorder()
    fact = None if recorder is None else recorder.said(("task", name))
    return Declaration.of(fact) if isinstance(fact, TaskFact) else None


@harmless(default=None)
def _recorder() -> Recorder | None:
    return current_recorder()


def _listed(value: Any) -> Any:
    return None if value is None else [value]


def _each(features: Any) -> Any:
    """Make columns of one row of the features of one id."""
    return {name: [one] for name, one in features.items()} if is_one_row(features) else features
