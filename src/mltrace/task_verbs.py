"""Tasks: prediction problems of which predictions are logged, and labels whenever they arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace import config
from mltrace.capture.predictions.declaration import check_kind, check_name, declare
from mltrace.errors import ArgumentError
from mltrace.importing import late

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta

    from mltrace.capture.predictions.logger import TaskLogger
    from mltrace.records import RecordList
    from mltrace.records.comparisons import Comparison
    from mltrace.records.estimates import Estimate
    from mltrace.records.tasks import MetricRow, TaskKind, TaskStatus
    from mltrace.tasks.estimating.choosing import EstimateMethod
    from mltrace.workspace.opened import Moment
    from mltrace.workspace.tasks.question import Wanted


class Task:
    """A prediction problem: what is predicted of which ids, and what turns out to be true.

    To make one writes nothing; it is declared in the store when the first row is logged.

    Parameters
    ----------
    name : str
        What it is called.
    kind : {'binary', 'multiclass', 'multilabel', 'regression', 'ranking'}, optional
        What is predicted. It may be left out of a task that was logged before, to ask about it.
    positive : object, default 1
        Of a binary task, the class that is looked for, which scores are of.
    classes : iterable, optional
        The classes, in the order of the columns of scores.
    threshold : float, default 0.5
        The score from which on a class is predicted, where scores are given alone.
    repeats : {'latest', 'all'}, default 'latest'
        Whether of several predictions of an id the latest counts, or all do.
    slices : iterable of str, default ()
        The features by whose values metrics are wanted.
    owner : str, optional
        Who answers for it.
    description : str, default ''
        What it is about.

    Raises
    ------
    ArgumentError
        If a value cannot be.
    OptionError
        If there is no such kind.

    Examples
    --------
    >>> import mltrace as mt
    >>> task = mt.Task("arrival-delay", kind="binary", positive="late", classes=["on time", "late"])
    >>> task.log_predictions(["UA-1", "UA-2"], ["late", "on time"], scores=[0.8, 0.1])
    >>> task.log_feedback("UA-1", "late")
    """

    def __init__(
        self,
        name: str,
        kind: TaskKind | None = None,
        *,
        positive: Any = 1,
        classes: Iterable[Any] | None = None,
        threshold: float = 0.5,
        repeats: str = "latest",
        slices: Iterable[str] = (),
        owner: str | None = None,
        description: str = "",
    ) -> None:
        check_name(name)
        self.name = name
        self.kind = kind
        self._logger: TaskLogger | None = None
        self._declaration = None
        if kind is not None:
            check_kind(kind)
            self._declaration = declare(
                name,
                kind,
                positive=positive,
                classes=classes,
                threshold=threshold,
                repeats=repeats,
                slices=slices,
                owner=owner,
                description=description,
            )

    def __repr__(self) -> str:
        return f"Task({self.name!r}" + (f", kind={self.kind!r})" if self.kind else ")")

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_logger": None}  # it is of this process, and a copy has its own

    def log_predictions(  # noqa: PLR0917 (this order is the contract of the front door)
        self,
        ids: Any,
        predictions: Any = None,
        scores: Any = None,
        features: Any = None,
        at: Any = None,
        run: Any = None,
        model: Any = None,
        *,
        known_at: Any = None,
    ) -> None:
        """Log predictions: one, or a column of them.

        Parameters
        ----------
        ids : str, int, UUID, or a list or column of these
            What is predicted of; the labels will come under the same ids. 5 and '5' are one id.
        predictions : value, list, array or column
            One for each id: of a binary or multiclass task a class, which is a text, a number or
            any other hashable value, and 1, 1.0 and True are one class; of a multilabel task a set
            of classes, or a matrix of 0 and 1 for each class; of a regression task a number; of a
            ranking task the ids of items, best first. It may be left out where scores decide.
        scores : number, array or data frame, optional
            Of a binary task, how likely the positive class is, or both columns of
            `predict_proba`; of the others one column for each class of the task, in their order or
            by their name; of a ranking task the scores of the items.
        features : data frame or mapping of str to values, optional
            Columns to slice, weigh and watch by.
        at : datetime, str, or a column of these, optional
            When the predictions were made; by default now.
        run : Run or str, optional
            The run that made them; by default the run around this call or this process.
        model : str, ArtifactRef or model, optional
            The model that made them; by default the one that the run around this call has read.
        known_at : datetime, str, or a column of these, optional
            From when on they were known, where that was later.

        Raises
        ------
        ArgumentError
            If a value cannot be, or columns have other lengths than `ids`; then nothing is written.

        Notes
        -----
        When this returns, the rows outlive the process. What is missing or NaN, and a score outside
        0 to 1, is logged as it is, counted, and left out of metrics, with one warning. A fault of
        the store, such as a full disk, is logged and counted, and does not reach the caller.

        Examples
        --------
        >>> import mltrace as mt
        >>> import numpy as np
        >>> task = mt.Task("fare", kind="regression")
        >>> zones = {"zone": ["a", "b", "a"]}
        >>> task.log_predictions(np.arange(3), [12.5, 8.0, 31.0], features=zones)
        >>> task.log_predictions("trip-4", 9.5, at="2026-05-01T12:00:00+02:00", model="fares-v2")
        """
        if (logger := self._writing()) is not None:
            from mltrace.capture.predictions.rows import Given

            logger.log_predictions(
                ids, predictions, Given(scores, features, at, known_at, run, model)
            )

    def log_feedback(self, ids: Any, labels: Any, at: Any = None) -> None:
        """Log labels, what turned out to be true: one, or a column of them.

        Parameters
        ----------
        ids : str, int, UUID, or a list or column of these
            As they were predicted; it does not matter which comes first.
        labels : value, list, array or column
            One for each id, as `predictions` of `log_predictions`; of a ranking task the ids of
            the relevant items, a mapping of items to gains, or an array of the gains of the items
            in the order in which they were predicted. A later label of an id corrects earlier ones.
        at : datetime, str, or a column of these, optional
            From when on the labels are known; by default now.

        Raises
        ------
        ArgumentError
            If a value cannot be, or columns have other lengths than `ids`; then nothing is written.

        Examples
        --------
        >>> import mltrace as mt
        >>> task = mt.Task("churn", kind="binary")
        >>> task.log_feedback([17, 18, 19], [0, 1, 0], at="2026-05-01")
        """
        if (logger := self._writing()) is not None:
            logger.log_feedback(ids, labels, at)

    def metrics(
        self,
        metrics: Wanted | Iterable[Wanted] | None = None,
        window: str | timedelta | None = None,
        every: str | timedelta | None = None,
        *,
        by: str | Iterable[str] | None = None,
        where: Mapping[str, Any] | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        as_of: Moment | None = None,
        confidence: float = 0.95,
        exact: bool | None = None,
        engine: Any = "local",
    ) -> RecordList[MetricRow]:
        """Tell how good predictions are, as far as their labels are known.

        Parameters
        ----------
        metrics : str, callable, or an iterable of these, optional
            Names such as 'f1', 'roc_auc', 'f_beta(beta=2)' or 'ndcg@10', and functions
            `(y_true, y_pred)`, which get scores as well if they take `y_score`; default: the usual
            ones for the kind of task.
        window : str or timedelta, optional
            How long windows are, by when predictions were made, such as '7d'; default: one window
            of all there is. Windows begin at midnight UTC, those of weeks on Mondays.
        every : str or timedelta, optional
            How much later the next window begins; default: when the one before ends.
        by : str or iterable of str, optional
            Features, or 'model', by whose values predictions are measured apart.
        where : mapping of str to value, optional
            Only predictions whose features, or 'model', have these values.
        since, until : datetime, str or timedelta, optional
            Only windows that end after the one and begin before the other; without `window` only
            predictions made from the one on and before the other.
        as_of : datetime, str or timedelta, optional
            Tell what would have been told at that moment; default: now.
        confidence : float, default 0.95
            Of the intervals.
        exact : bool, optional
            Whether to compute from all pairs what statistics tell within a bound, such as ROC AUC
            of many distinct scores; default: where there are up to 500,000.
        engine : {'local', 'spark'} or SparkSession, default 'local'
            Who reads the lake and matches labels, where that outgrows one machine. The rows are the
            same; nothing is kept of them.

        Returns
        -------
        RecordList of MetricRow
            The newest window first. Runs of more than 100 windows without predictions are left out;
            `notes` say which.

        Raises
        ------
        UnknownNameError
            If nothing was logged of the task, or there is no such metric or feature.
        ArgumentError
            If an argument cannot be.

        Notes
        -----
        Of several predictions of an id the latest counts, unless the task says `repeats='all'`; by
        'model' the latest of each model. Of several labels the one known last counts. A row whose
        labels are still to come, by how late those of the task usually are, `is_provisional`.

        Statistics of hours or days are kept, so that the next answer costs what is new.

        Examples
        --------
        >>> import mltrace as mt
        >>> task = mt.Task("returns", kind="binary")
        >>> task.log_predictions(["a", "b", "c"], [1, 0, 1], at="2026-05-04")
        >>> task.log_feedback(["a", "b"], [1, 1], at="2026-05-20")
        >>> row, = task.metrics("accuracy", window="1d")
        >>> row.value, row.num_labels, row.num_predictions
        (0.5, 2, 3)
        >>> task.metrics("accuracy", as_of="2026-05-10")[0].num_labels
        0
        """
        from mltrace.verbs import default_workspace

        return default_workspace().task_metrics(
            self.name,
            metrics,
            window=window,
            every=every,
            by=by,
            where=where,
            since=since,
            until=until,
            as_of=as_of,
            confidence=confidence,
            exact=exact,
            engine=engine,
        )

    def compare(
        self,
        a: str | tuple[Moment, Moment],
        b: str | tuple[Moment, Moment],
        metric: str | None = None,
        *,
        where: Mapping[str, Any] | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        as_of: Moment | None = None,
        sequential: bool = False,
        confidence: float = 0.95,
    ) -> Comparison:
        """Tell whether two models, or two windows, differ by more than chance.

        Parameters
        ----------
        a, b : str or tuple of two times
            Two models, as they were logged; or two windows that do not overlap, as two times or as
            text such as '2026-11-01/2026-11-08', '14d/7d' or '2026-W45'.
        metric : str, optional
            Such as 'f1' or 'roc_auc'; default: the first of the usual ones for the kind of task.
        where : mapping of str to value, optional
            Only predictions whose features have these values; of windows the 'model' as well.
        since, until : datetime, str or timedelta, optional
            Only predictions made from the one on and before the other; of models.
        as_of : datetime, str or timedelta, optional
            Tell what would have been told at that moment; default: now.
        sequential : bool, default False
            Whether to look again and again as labels come, without more false alarms. For accuracy
            and mean losses.
        confidence : float, default 0.95
            Of the interval; what is left is how often equal ones are told apart.

        Returns
        -------
        Comparison
            Models that predicted the same ids are compared on these, row by row.

        Raises
        ------
        UnknownNameError
            If nothing was logged of the task, or there is no such model, metric or feature.
        ArgumentError
            If they cannot be compared.

        Examples
        --------
        >>> import mltrace as mt
        >>> task = mt.Task("spam", kind="binary")
        >>> ids, labels = list(range(100)), [number % 2 for number in range(100)]
        >>> wrong = [1 - label if number < 30 else label for number, label in enumerate(labels)]
        >>> task.log_predictions(ids, wrong, model="rules")
        >>> task.log_predictions(ids, labels, model="trees")
        >>> task.log_feedback(ids, labels)
        >>> found = task.compare("rules", "trees")
        >>> found.winner, found.method, found.num_pairs_a
        ('trees', 'McNemar, mid-p', 100)
        """
        from mltrace.verbs import default_workspace

        return default_workspace().compare_task(
            self.name,
            (a, b),
            metric,
            where=where,
            since=since,
            until=until,
            as_of=as_of,
            sequential=sequential,
            confidence=confidence,
        )

    def estimate(
        self,
        metrics: str | Iterable[str] | None = None,
        window: str | timedelta | None = None,
        every: str | timedelta | None = None,
        *,
        reference: str | tuple[Moment, Moment] | None = None,
        features: str | Iterable[str] = (),
        where: Mapping[str, Any] | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        as_of: Moment | None = None,
        method: EstimateMethod | None = None,
        confidence: float = 0.95,
    ) -> RecordList[Estimate]:
        """Tell what metrics would be if the labels that are missing were known.

        Parameters
        ----------
        metrics : str or iterable of str, optional
            Names such as 'accuracy', 'roc_auc' or 'mae'; default: the usual ones of those that can
            be estimated for the kind of task.
        window, every : str or timedelta, optional
            Of windows, as of `metrics`; default: one window of all there is.
        reference : tuple of two times, or str, optional
            The window to learn from, such as '60d/30d'; default: what was predicted before each
            window, the latest 100,000 with labels. Labels of the window itself count as well.
        features : str or iterable of str, default ()
            Features to part predictions by, because labels are missing by them, or how good
            predictions are depends on them.
        where, since, until, as_of
            As of `metrics`.
        method : {'confidence-based', 'post-stratified'}, optional
            Default: from calibrated scores, if there are any and no features are given.
        confidence : float, default 0.95
            Of the intervals.

        Returns
        -------
        RecordList of Estimate
            The newest window first; `assumption` says what each rests on.

        Raises
        ------
        UnknownNameError
            If nothing was logged of the task, or there is no such metric or feature.
        ArgumentError
            If an argument cannot be, or a metric cannot be estimated.

        Examples
        --------
        >>> import mltrace as mt
        >>> import numpy as np
        >>> rng = np.random.default_rng(1)
        >>> task = mt.Task("refund", kind="binary")
        >>> scores = rng.random(2000)
        >>> task.log_predictions(np.arange(1500), scores=scores[:1500], at="2026-05-01")
        >>> task.log_feedback(np.arange(1500), rng.random(1500) < scores[:1500], at="2026-05-02")
        >>> task.log_predictions(np.arange(1500, 2000), scores=scores[1500:], at="2026-05-03")
        >>> newest = task.estimate("accuracy", window="1d")[0]
        >>> newest.num_labels, round(newest.value, 2)
        (0, 0.75)
        >>> round(newest.ci_low, 1), round(newest.ci_high, 1)
        (0.7, 0.8)
        """
        from mltrace.verbs import default_workspace

        return default_workspace().estimate_task(
            self.name,
            metrics,
            window=window,
            every=every,
            reference=reference,
            features=features,
            where=where,
            since=since,
            until=until,
            as_of=as_of,
            method=method,
            confidence=confidence,
        )

    def _writing(self) -> TaskLogger | None:
        """Return what logs; None if mltrace is disabled."""
        if config.is_disabled():
            return None
        if self._logger is None:
            with late():
                from mltrace.capture.predictions.logger import TaskLogger, declared_here
            declaration = self._declaration or declared_here(self.name)
            if declaration is None:
                raise ArgumentError(
                    f"The kind of the task {self.name!r} is not known in this process; give it, as "
                    f"in mt.Task({self.name!r}, kind='binary'). Nothing was logged."
                )
            self._logger = TaskLogger(declaration)
        return self._logger


def list_tasks() -> RecordList[TaskStatus]:
    """List the tasks of which something was logged, the one declared last first.

    Returns
    -------
    RecordList of TaskStatus
        How each is declared, how many predictions and labels were logged, of which time, and by
        which models.

    Examples
    --------
    >>> import mltrace as mt
    >>> mt.Task("tip", kind="regression").log_predictions(["a", "b"], [1.5, 2.0], model="tips-v1")
    >>> [one] = [one for one in mt.list_tasks() if one.name == "tip"]
    >>> one.kind, one.num_predictions, one.models
    ('regression', 2, ('tips-v1',))
    """
    from mltrace.verbs import default_workspace

    return default_workspace().list_tasks()
