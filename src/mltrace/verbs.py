"""The front door's verbs: functions on the store in force here and now.

That store is `MLTRACE_URI`, else the nearest `.mltrace/` folder; see `mltrace.config`.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, Final, overload

from mltrace.config import Settings, load_settings
from mltrace.rendering.progress import progress_bar
from mltrace.store.location import Location, locate
from mltrace.workspace import Workspace
from mltrace.workspace.profiling import is_artifact

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta

    from mltrace.lineage.contents import ArtifactContent
    from mltrace.monitors.drift.methods.false_discovery import Correction
    from mltrace.profiles.reading import Mode
    from mltrace.profiles.tables import Profile
    from mltrace.records import (
        Activity,
        ArtifactVersion,
        Component,
        Diff,
        Exported,
        Flag,
        Health,
        Impact,
        Merged,
        Pin,
        RecordList,
        RetractedPredictions,
        Retraction,
        RetractionReport,
        Review,
        Run,
        SubjectSet,
        Suggestion,
        SuggestionKind,
        Synced,
        Tag,
        Trace,
        VersionProfile,
    )
    from mltrace.records.check_history import LoggedResult
    from mltrace.records.check_lists import ComponentCheck
    from mltrace.records.drift import DriftResult
    from mltrace.records.drift_history import DriftJudgement
    from mltrace.workspace.opened import Moment, Output


def recent(
    limit: int | None = 20,
    *,
    since: Moment | None = None,
    until: Moment | None = None,
    status: str | None = None,
    component: str | None = None,
) -> RecordList[Run]:
    """List the latest runs, newest first.

    Parameters
    ----------
    limit : int or None, default 20
        How many at most; None for all.
    since, until : datetime, ISO 8601 text or age such as "7d", optional
        Only runs that started in this period, its end excluded.
    status : {"running", "succeeded", "failed", "aborted"}, optional
        Only runs with this status.
    component : str, optional
        Only runs of this component.

    Raises
    ------
    ArgumentError
        If an argument has a value that cannot be.
    UnknownNameError
        If there is no such component.

    Examples
    --------
    >>> import mltrace as mt
    >>> @mt.component
    ... def count(words): return len(words)
    >>> count(["late", "early"])
    2
    >>> [(run.component, run.status) for run in mt.recent()]
    [('count', 'succeeded')]
    >>> mt.recent(limit=-1)
    Traceback (most recent call last):
    mltrace.errors.ArgumentError: ...
    """
    return default_workspace().recent(
        limit, since=since, until=until, status=status, component=component
    )


def history(
    component: str,
    limit: int | None = 10,
    *,
    since: Moment | None = None,
    until: Moment | None = None,
) -> RecordList[Run]:
    """List the latest runs of a component, newest first.

    Raises
    ------
    UnknownNameError
        If there is no such component; the message lists the nearest matches.
    ArgumentError
        If an argument has a value that cannot be.

    Examples
    --------
    >>> import mltrace as mt
    >>> @mt.component
    ... def square(n): return n * n
    >>> _ = square(2), square(3)
    >>> [run.params["n"] for run in mt.history("square")]
    [3, 2]
    >>> mt.history("sqaure")
    Traceback (most recent call last):
    mltrace.errors.UnknownNameError: No component 'sqaure'. Did you mean 'square'? ...
    """
    return default_workspace().history(component, limit, since=since, until=until)


def run(run: str | Run) -> Run:
    """Return a run by its id or a unique prefix of at least 4 characters, or by an id that it made.

    Raises
    ------
    UnknownNameError
        If there is none; `AmbiguousNameError` if there are several.

    Examples
    --------
    >>> import mltrace as mt
    >>> with mt.Component("train").start(rounds=10) as active:
    ...     active.metric("accuracy", 0.9)
    >>> dict(mt.run(active.id).metrics)
    {'accuracy': 0.9}
    """
    return default_workspace().run(run)


def components(*, owner: str | None = None, tag: str | None = None) -> RecordList[Component]:
    """List components, the one that ran last first.

    Parameters
    ----------
    owner : str, optional
        Only those of this owner.
    tag : str, optional
        Only those with this tag.

    Examples
    --------
    >>> import mltrace as mt
    >>> @mt.component(owner="data-eng", tags=["flights"])
    ... def clean(rows): return rows
    >>> _ = clean([])
    >>> [(found.name, found.num_runs) for found in mt.components(owner="data-eng")]
    [('clean', 1)]
    """
    return default_workspace().components(owner=owner, tag=tag)


def activity(
    component: str,
    *,
    since: Moment | None = None,
    until: Moment | None = None,
    every: str | timedelta | None = None,
) -> RecordList[Activity]:
    """Sum up how often a component ran, how long that took and how it ended.

    Of a component with `sample=` this counts all runs, also those that are not logged one by one.

    Parameters
    ----------
    component : str
        Its name.
    since, until : datetime, ISO 8601 text or age such as "7d", optional
        Only runs that ended in this period, its end excluded; those that are only counted are
        counted by the minute.
    every : str or timedelta, optional
        Part the period into ones of this length, such as "1h", in whole minutes; by default there
        is one record for all of it.

    Returns
    -------
    RecordList of Activity
        Newest first, without periods in which no run ended. Runs under way are not counted.

    Raises
    ------
    UnknownNameError
        If there is no such component.
    ArgumentError
        If a time is none, or `every` is no number of whole minutes.

    Examples
    --------
    >>> import mltrace as mt
    >>> @mt.component(sample=0.0)
    ... def score(x): return 2 * x
    >>> sum(score(x) for x in range(100))
    9900
    >>> (all_runs,) = mt.activity("score")
    >>> all_runs.num_runs, all_runs.num_logged, all_runs.num_failed
    (100, 0, 0)
    """
    return default_workspace().activity(component, since=since, until=until, every=every)


def check_history(
    component: str,
    *,
    check: str | None = None,
    test: str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    limit: int | None = 50,
) -> RecordList[LoggedResult]:
    """List what the checks of a component said of its latest runs, newest first.

    Parameters
    ----------
    component : str
        Its name.
    check : str, optional
        Only results of this check: 'NoNulls(delay)', or 'NoNulls' for all of that class.
    test : str, optional
        Only results of this test.
    since, until : datetime, ISO 8601 text or age such as "7d", optional
        Only runs that started in this period, its end excluded.
    limit : int or None, default 50
        The results of at most so many runs; None for all.

    Returns
    -------
    RecordList of LoggedResult
        One for each test that ran: the run's id, when it started, status, value, message. As text
        it is a chart of each test, as a frame (`.to_pandas()`) one row each.

    Raises
    ------
    UnknownNameError
        If there is no such component, or no such check or test of it.
    ArgumentError
        If a time is none, or `limit` no positive number.

    Examples
    --------
    >>> import mltrace as mt
    >>> def num_words(result): return len(result)
    >>> @mt.component(after=[num_words])
    ... def split(text): return text.split()
    >>> _ = split("late"), split("late again")
    >>> [(one.check, one.status, one.value) for one in mt.check_history("split")]
    [('num_words', 'passed', 2), ('num_words', 'passed', 1)]
    """
    return default_workspace().check_history(
        component, check=check, test=test, since=since, until=until, limit=limit
    )


def suggest_checks(
    component: str, *, false_alarms: float = 0.01, kind: SuggestionKind = "new"
) -> RecordList[Suggestion]:
    """Propose checks of a component that the history of its tables speaks for.

    Parameters
    ----------
    component : str
        Its name. Looked at are the profiles of what its runs wrote, and of what they read that no
        run wrote; without failed runs and flagged versions.
    false_alarms : float, default 0.01
        On which share of the runs some of the checks may fail although nothing is wrong.
    kind : {"new", "tighten", "loosen"}, default "new"
        New checks, or those of the file that history would make demand more, or less.

    Returns
    -------
    RecordList of Suggestion
        Each with the check and its arguments, what speaks for it in words, and the share of runs on
        which it is expected to fail without a fault; `accept_checks` takes them.

    Raises
    ------
    UnknownNameError
        If there is no such component.
    ArgumentError
        If the share is none, or the kind unknown.

    Notes
    -----
    Bounds are prediction bounds for the next partition, of the spread between partitions: the outer
    one of Student's interval and a Lomax tail. What history is too short for is left out.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> @mt.component
    ... def load(day): return pd.DataFrame({"hour": range(24), "day": day})
    >>> for day in range(40):
    ...     _ = load(day)
    >>> [(one.name, one.bound) for one in mt.suggest_checks("load")][:2]
    [('Schema', 'hour integer, day integer'), ('RowCount', 'at least 1')]
    """
    return default_workspace().suggest_checks(component, false_alarms=false_alarms, kind=kind)


def accept_checks(
    suggestions: Suggestion | Iterable[Suggestion], *, reason: str = ""
) -> RecordList[Suggestion]:
    """Write suggested checks into `mltrace-checks.toml`, from where runs take them.

    Parameters
    ----------
    suggestions : Suggestion or iterable of Suggestion
        What `suggest_checks` proposed. One that tightens or loosens a check changes it in the file.
    reason : str, optional
        Why a check is changed; the file says what it was as well.

    Returns
    -------
    RecordList of Suggestion
        What was written.

    Raises
    ------
    ConfigurationError
        If the file cannot be read.
    ArgumentError
        If a check that is to be changed is not in the file.
    """
    return default_workspace().accept_checks(suggestions, reason=reason)


def retire_checks(
    component: str, checks: str | Sequence[str], *, reason: str
) -> RecordList[ComponentCheck]:
    """Let checks of `mltrace-checks.toml` run no more; they stay in it with the reason.

    A check that is retired is not suggested again.

    Parameters
    ----------
    component : str
        Whose checks they are.
    checks : str or sequence of str
        Their names, as results bear them: 'InRange(temp)'.
    reason : str
        Why.

    Returns
    -------
    RecordList of ComponentCheck
        What was retired.

    Raises
    ------
    UnknownNameError
        If the component has no such check in the file that runs.
    ArgumentError
        If there is no reason.
    """
    return default_workspace().retire_checks(component, checks, reason=reason)


def tags() -> RecordList[Tag]:
    """List tags in alphabetical order, each with the components that bear it.

    Examples
    --------
    >>> import mltrace as mt
    >>> @mt.component(tags=["flights"])
    ... def clean(rows): return rows
    >>> _ = clean([])
    >>> mt.tags()[0].components
    ('clean',)
    """
    return default_workspace().tags()


def trace(output: Output, *, at: Moment | None = None) -> Trace:
    """Tell what made an output: every run upstream of it once, nearest first.

    Parameters
    ----------
    output : str, int, UUID, path, ArtifactRef, Flag or Run
        A name (its latest version), `name@digest-prefix`, an output id, a run id or its prefix.
    at : datetime, ISO 8601 text or age such as "7d", optional
        Trace what the output was then, not what it is now.

    Raises
    ------
    UnknownNameError
        If there is no such output, with the nearest matches; or if it was not there at that time.

    Notes
    -----
    Cost: a few milliseconds for ordinary pipelines, linear in the runs upstream.

    Examples
    --------
    >>> import mltrace as mt
    >>> with mt.Component("fetch").start() as run:
    ...     table = run.write([1, 2], name="table")
    >>> with mt.Component("train").start() as run:
    ...     table = run.read(table, name="table")
    ...     model = run.write({"mean": 1.5}, name="model")
    >>> [(step.depth, step.run.component) for step in mt.trace("model").steps]
    [(0, 'train'), (1, 'fetch')]
    """
    return default_workspace().trace(output, at=at)


def impact(output: Output, *, at: Moment | None = None) -> Impact:
    """Tell what was made from an output or run: every run downstream of it once, nearest first.

    Parameters
    ----------
    output : str, int, UUID, path, ArtifactRef, Flag or Run
        As for `trace`.
    at : datetime, ISO 8601 text or age such as "7d", optional
        Follow what the output was then, not what it is now.

    Raises
    ------
    UnknownNameError
        If there is no such output; the message lists the nearest matches.

    Examples
    --------
    >>> import mltrace as mt
    >>> with mt.Component("fetch").start() as run:
    ...     table = run.write([1, 2], name="table")
    >>> with mt.Component("train").start() as run:
    ...     table = run.read(table, name="table")
    >>> [step.run.component for step in mt.impact("table").steps]
    ['train']
    """
    return default_workspace().impact(output, at=at)


def versions(name: Output, limit: int | None = 20) -> RecordList[ArtifactVersion]:
    """List the versions of an artifact, newest first: who made each, when, and who read it.

    Parameters
    ----------
    name : str, path or ArtifactRef
        A name; or `name@digest-prefix`, for each time that just this content was made.
    limit : int or None, default 20
        How many at most; None for all.

    Raises
    ------
    UnknownNameError
        If there is no such artifact; the message lists the nearest matches.

    Examples
    --------
    >>> import mltrace as mt
    >>> for rows in ([1], [1, 2]):
    ...     with mt.Component("fetch").start() as run:
    ...         table = run.write(rows, name="table")
    >>> with mt.Component("train").start() as run:
    ...     table = run.read([1, 2], name="table")
    >>> [(version.component, dict(version.readers)) for version in mt.versions("table")]
    [('fetch', {'train': 1}), ('fetch', {})]
    """
    return default_workspace().versions(name, limit)


def stale(target: Output | None = None) -> RecordList[Run]:
    """List runs that are stale now, by themselves or upstream; `Run.stale` says why in words.

    Parameters
    ----------
    target : str, int, UUID, path, ArtifactRef, Flag or Run, optional
        Look at the run that made this output; without it, at the latest succeeded run of every
        component.

    Returns
    -------
    RecordList of Run
        Only runs with at least one reason. Their `stale` holds what was true when they ran, what is
        true now, and both of the runs upstream with the path; the most upstream first.

    Notes
    -----
    Looks at the 10,000 nearest runs upstream and at the latest 200 runs of each of their
    components, whatever the size of the store.

    Examples
    --------
    >>> import mltrace as mt
    >>> def run_of(name):
    ...     return mt.Component(name).start()
    >>> with run_of("train") as run:
    ...     old = run.write([1], name="model-1")
    >>> with run_of("train") as run:
    ...     new = run.write([2], name="model-2")
    >>> with run_of("predict") as run:
    ...     old = run.read([1], name="model-1")
    >>> [found.component for found in mt.stale()]
    ['predict']
    """
    return default_workspace().stale(target)


def diff(a: Output, b: Output) -> Diff:
    """Tell what differs between two runs, or between all that made two outputs.

    Parameters
    ----------
    a, b : str, int, UUID, path, ArtifactRef, Flag or Run
        Named as for `trace`. If both are runs (a run, its id, or a component for its latest run),
        these two runs are compared; else the traces of both.

    Returns
    -------
    Diff
        Its `pairs` are runs that did the same work, the most upstream first; each has `changes`,
        causes first. `differs` is False only if nothing differs.

    Raises
    ------
    UnknownNameError
        If there is no such run or output; the message lists the nearest matches.
    AmbiguousNameError
        If a name fits several.

    Notes
    -----
    Ids and times always differ and are no change, nor are durations that differ by less than a
    factor of 2 or a tenth of a second. Parameters are compared with their types: 1, 1.0 and True
    are three values. Cost: what both traces have is not looked at; the rest is linear.

    Examples
    --------
    >>> import mltrace as mt
    >>> @mt.component
    ... def train(depth): mt.current_run().metric("accuracy", depth / 10)
    >>> train(3), train(5)
    (None, None)
    >>> better, worse = mt.history("train")
    >>> for change in mt.diff(worse, better).changes:
    ...     print(change.aspect, change.name, change.before, change.after, change.is_consequence)
    parameter depth 3 5 False
    metric accuracy 0.3 0.5 True
    """
    return default_workspace().diff(a, b)


def flag(output: Output | Iterable[Output], reason: str = "") -> RecordList[Flag]:
    """Mark an output as bad; `review` then ranks the runs that may have caused it.

    Parameters
    ----------
    output : str, int, UUID, path, ArtifactRef or Run, or several in a list, tuple or set
        As for `trace`; a run stands for all that it wrote.
    reason : str, default ""
        Why it is bad. Flagging again replaces the reason.

    Raises
    ------
    UnknownNameError
        If there is no such output; nothing is flagged then.

    Examples
    --------
    >>> import mltrace as mt
    >>> @mt.component
    ... def predict(): return mt.Ids(["p1", "p2"])
    >>> _ = predict()
    >>> mt.flag("p1", reason="arrived early")[0].reason
    'arrived early'
    """
    return default_workspace().flag(output, reason)


def unflag(
    output: Output | Iterable[Output] | None = None,
    *,
    all: bool = False,  # noqa: A002
) -> RecordList[Flag]:
    """Take the flag of an output back, or with `all=True` every flag; return what was taken back.

    Raises
    ------
    UnknownNameError
        If the output is not flagged.

    Examples
    --------
    >>> import mltrace as mt
    >>> @mt.component
    ... def predict(): return mt.Ids(["p1", "p2"])
    >>> _ = predict(), mt.flag(["p1", "p2"])
    >>> len(mt.unflag("p1")), len(mt.unflag(all=True)), len(mt.flagged())
    (1, 1, 0)
    """
    return default_workspace().unflag(output, all=all)


def flagged() -> RecordList[Flag]:
    """List the flagged outputs, newest flag first.

    Examples
    --------
    >>> import mltrace as mt
    >>> len(mt.flagged())
    0
    """
    return default_workspace().flagged()


def review(*, method: str = "ochiai", good: Output | Iterable[Output] | None = None) -> Review:
    """Rank what may have caused the flagged outputs, the most suspect first.

    Suspects are the runs that flagged outputs depend on, and what such runs have in common: code,
    parameters, inputs, packages, hosts, git commits, partitions, days and hours.

    Parameters
    ----------
    method : {"ochiai", "tarantula", "dstar", "jaccard"}, default "ochiai"
        How well a suspect tells flagged outputs from others is scored by this formula.
    good : as for `flag`, optional
        The outputs to compare with; by default the unflagged ones of the same components.

    Raises
    ------
    UnknownNameError
        If there is no such method, or no such good output.
    ArgumentError
        If the method is no text, or a good output is flagged or made by no run.

    Notes
    -----
    Ochiai's score is, of ``num_flagged`` flagged and ``num_unflagged`` other outputs that depend on
    the suspect, and ``total`` flagged ones in all,
    ``num_flagged / sqrt(total * (num_flagged + num_unflagged))``. The lower end of its 95 %
    interval ranks, so that a score from few outputs is not above one from many by luck. Suspects of
    equal rank are a tie; in it come first the runs that differ from an earlier, good run of their
    component.
    Attributes that the same outputs depend on are one suspect, the others are its `always_with`.
    At most 5,000 other runs are compared, and `num_passed_over` says how many were not.

    References
    ----------
    Abreu, Zoeteweij, van Gemund: On the Accuracy of Spectrum-based Fault Localization,
    TAIC PART 2007, doi:10.1109/TAIC.PART.2007.13.

    Examples
    --------
    >>> import mltrace as mt
    >>> for batch in ("good", "bad"):
    ...     with mt.Component("predict").start(batch=batch) as run:
    ...         ids = run.write(mt.Ids([f"{batch}-1", f"{batch}-2"]))
    >>> _ = mt.flag("bad-1")
    >>> found = mt.review().suspects[0]
    >>> found.run.params["batch"], found.num_flagged, found.num_unflagged, round(found.score, 2)
    ('bad', 1, 1, 0.71)
    """
    return default_workspace().review(method=method, good=good)


def note(run: str | Run, text: str) -> Run:
    """Write a note on a run and return the run with its notes.

    Raises
    ------
    UnknownNameError
        If there is no such run.
    ArgumentError
        If the text is empty.

    Examples
    --------
    >>> import mltrace as mt
    >>> with mt.Component("train").start() as run:
    ...     run.note("first try")
    >>> mt.note(run.id, "too few rounds").notes
    ('first try', 'too few rounds')
    """
    return default_workspace().note(run, text)


def artifact(name: Output, *, at: Moment | None = None) -> ArtifactContent:
    """Find a version of an artifact, to load its content, or a piece of it, if that was kept.

    Parameters
    ----------
    name : str, path or ArtifactRef
        A name (its latest version), `name@digest-prefix` or a digest.
    at : datetime, ISO 8601 text or age such as "7d", optional
        Take the version that was the latest then.

    Raises
    ------
    UnknownNameError
        If there is no such artifact.

    Examples
    --------
    >>> import mltrace as mt
    >>> import numpy
    >>> with mt.Component("train").start() as run:
    ...     weights = run.write(numpy.array([1.0, 2.0]), name="weights")
    >>> mt.artifact("weights").load()
    array([1., 2.])
    >>> mt.artifact("weights").load(as_="pyarrow", rows=(1, None)).to_pylist()
    [2.0]
    """
    return default_workspace().artifact(name, at=at)


def profile(
    data: Any,
    *,
    mode: Mode = "full",
    columns: str | Iterable[str] | None = None,
    max_seconds: float | None = None,
    progress: bool = False,
) -> Profile:
    """Profile data: statistics of each column, which take the place of its rows and merge.

    Parameters
    ----------
    data : frame, table, relation, array, path, or name of an artifact
        Frames and series of pandas, polars (lazy ones too), Spark or what narwhals reads; tables,
        batches, readers and datasets of Arrow; relations of DuckDB; arrays of NumPy; lists of
        dictionaries and dictionaries of lists; paths of files (Parquet, CSV, Arrow, JSON lines),
        and of folders and patterns of Parquet files. A text that is no file is the name of an
        artifact, or `name@digest-prefix`, whose stored profile counts; so does that of the table
        which a `Run` wrote.
    mode : {'full', 'sample'}
        Whether to look at all rows or at about 100,000, spread evenly over the whole.
    columns : str or list of str, optional
        The columns to look at, in the order of the data.
    max_seconds : float, optional
        The CPU seconds that may be spent. If they do not suffice for all rows, a sample is looked
        at, as large as they allow; `num_profiled_rows` of the profile says how many rows that is.
        What is imported for the first time is not counted.
    progress : bool, default False
        Whether to draw a bar on the terminal if it takes long.

    Raises
    ------
    ArgumentError
        If the data has no rows and columns, or there is no such file.
    UnknownNameError
        If there is no such column or artifact; the message lists the nearest matches.
    UnreadableDataError
        If a file does not hold what its name says.
    ValueNotKeptError
        If there is neither a profile nor the content of an artifact.

    Notes
    -----
    Files, relations and lazy frames are read in batches, so the memory stays bounded. Each
    partition of a Spark data frame is profiled where it lies; only profiles travel.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas
    >>> profile = mt.profile(pandas.DataFrame({"delay": [3.0, -1.0, None, 8.0]}))
    >>> delay = profile.columns["delay"]
    >>> delay.kind, delay.num_nulls, delay.min, delay.max
    ('number', 1, -1.0, 8.0)
    >>> both = profile.merge(mt.profile({"delay": [21.0]}))
    >>> both.num_rows, both.columns["delay"].max
    (5, 21.0)
    """
    if not is_artifact(data):
        from mltrace.profiles.reading import profile_data

        with progress_bar(is_wanted=progress) as on_progress:
            return profile_data(
                data,
                mode=mode,
                columns=columns,
                max_seconds=max_seconds,
                on_progress=on_progress if progress else None,
            )
    return default_workspace().profile(data, mode=mode, columns=columns, max_seconds=max_seconds)


def drift(
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
    """Tell whether data has drifted: from the rows of a reference, or from what its history does.

    Parameters
    ----------
    current : frame, Profile, path, or name of an artifact
        What to judge: all that `profile` takes, a `Profile`, or one of those of `profiled`.
    reference : frame, Profile, path, or name of an artifact
        A table to compare with.
    history : list of those
        In place of a reference: earlier partitions without drift, oldest first. `profiled` lists
        those of an artifact, in whatever order.
    method : str, optional
        The name of a drift method, such as 'psi'. By default, with a history the `DriftDetector`;
        with a reference 'two-sample', the test of Cramér and von Mises for numbers and of
        chi-square for values without an order. A method that compares columns takes a history as
        one table.
    columns : str or list of str, optional
        The columns to look at.
    false_alarm_rate : float, default 0.01
        How often data that has not drifted may be told to.
    correction : str, default 'benjamini-hochberg'
        How the p-values of a two-sample test are corrected for the number of columns:
        'benjamini-hochberg', 'benjamini-yekutieli', 'holm', 'bonferroni' or 'none'.
    min_effect : float, optional
        The effect size from which on a difference is drift, for methods that compare tables or
        columns; by default that of the method. Of numbers by default it is 0.05, which a shift by
        0.17 standard deviations has.

    Returns
    -------
    DriftResult
        Whether it is drift, a score that is the larger the farther, and of each column whether it
        drifts, and in what, in words.

    Raises
    ------
    ArgumentError
        If neither or both of reference and history are given, the tables have no columns in common,
        the method needs something else, or knows no least effect size.
    UnknownNameError
        If there is no such artifact, column or method; the message lists the nearest matches.
    OptionError
        If there is no such correction.

    Notes
    -----
    Two tables differ if that is no chance, for rows that are drawn independently, and if the effect
    is large enough to matter. Days of real data mostly differ by more than chance without anything
    being wrong, which only a history tells.

    Examples
    --------
    >>> import mltrace as mt
    >>> monday = {"delay": list(range(100)), "carrier": ["AA", "UA"] * 50}
    >>> tuesday = {"delay": list(range(40, 140)), "carrier": ["UA", "AA"] * 50}
    >>> told = mt.drift(tuesday, reference=monday)
    >>> told.is_drift, told.reason
    (True, 'delay: mean 89.5, was 49.5 (1.39 sd); null share as usual')
    """
    return default_workspace().drift(
        current,
        reference=reference,
        history=history,
        method=method,
        columns=columns,
        false_alarm_rate=false_alarm_rate,
        correction=correction,
        min_effect=min_effect,
    )


def profiled(
    name: Output,
    limit: int | None = 20,
    *,
    since: Moment | None = None,
    until: Moment | None = None,
) -> RecordList[VersionProfile]:
    """List the profiles of the versions of an artifact, newest first.

    Parameters
    ----------
    name : str, path or ArtifactRef
        The artifact.
    limit : int or None, default 20
        How many to list; None for all.
    since, until : datetime, ISO 8601 text or age such as "7d", optional
        When the version was written, or first read if no run wrote it.

    Returns
    -------
    RecordList of VersionProfile
        Each with its `profile`; as a frame, a row for each column of each version.

    Raises
    ------
    UnknownNameError
        If there is no such artifact; the message lists the nearest matches.
    ArgumentError
        If an argument has a value that cannot be.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> @mt.component
    ... def late(days): return pd.DataFrame({"delay": [3.0 * day for day in range(days)]})
    >>> _ = late(2), late(4)
    >>> [one.num_rows for one in mt.profiled("late")]
    [4, 2]
    >>> mt.profiled("late").to_pandas()["num_rows"].tolist()
    [4, 2]
    """
    return default_workspace().profiled(name, limit, since=since, until=until)


def evaluate_drift(*tables: Output) -> RecordList[DriftJudgement]:
    """Judge the partitions of tables that are not judged yet, each against those before it.

    Parameters
    ----------
    *tables : str, path or ArtifactRef
        What is watched, as `DriftMonitor` takes it; by default all that was judged before. Each is
        judged as its monitors were set the last time, a table without any by the defaults.

    Returns
    -------
    RecordList of DriftJudgement
        Of what was judged now, the latest partition first; `notes` say what could not be.

    Raises
    ------
    UnknownNameError
        If there is no such table; the message lists the nearest matches.

    Notes
    -----
    See `DriftMonitor.evaluate`. Cost: that of the detector, about a millisecond to read each of
    the profiles that are compared with, and some 10 µs for every other version of the table.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> @mt.component
    ... def tolls(day): return pd.DataFrame({"toll": [4.0 + day % 3 + row for row in range(100)]})
    >>> _ = tolls(1), tolls(2)
    >>> [one.state for one in mt.evaluate_drift("tolls")]
    ['learning', 'learning']
    >>> mt.evaluate_drift("tolls")
    Nothing new to judge.
    """
    return default_workspace().evaluate_drift(*tables)


def drift_history(
    table: Output | None = None, limit: int | None = 50, *, monitor: str | None = None
) -> RecordList[DriftJudgement]:
    """List how the partitions of a table, or of all, were judged, the latest partition first.

    Parameters
    ----------
    table : str, path or ArtifactRef, optional
        What is watched, as `DriftMonitor` takes it.
    limit : int or None, default 50
        How many to list of each monitor; None for all.
    monitor : str, optional
        Only the judgements of the monitors of this name.

    Returns
    -------
    RecordList of DriftJudgement
        Each with its `state`: `ok`, `blocked` (it drifted), `accepted` (it did, and is as it should
        be), `learning` (there was too little history to say more than how it differs).

    Examples
    --------
    >>> import mltrace as mt
    >>> mt.drift_history()
    Nothing is judged yet. Judge a table: mltrace drift NAME
    """
    return default_workspace().drift_history(table, limit, monitor=monitor)


def accept_drift(
    partition: Output, *, reason: str = "", later: bool = False
) -> RecordList[DriftJudgement]:
    """Accept a partition that drifted: from now on others are compared with it, too.

    Parameters
    ----------
    partition : Run, str, path or ArtifactRef
        The run that made it, or the version of an artifact. Of a run all partitions that drifted.
    reason : str, optional
        Why it is as it should be.
    later : bool, default False
        And all of the same tables that was blocked after it: for a change that lasts.

    Returns
    -------
    RecordList of DriftJudgement
        What is accepted now.

    Raises
    ------
    UnknownNameError
        If it is not blocked; the message lists the nearest runs with a blocked partition.

    Notes
    -----
    It goes by content: equal content is accepted wherever it was judged. What was judged already
    stays as it is until `replay_drift` judges it again.

    Examples
    --------
    >>> import mltrace as mt
    >>> mt.accept_drift("no-such-run")
    Traceback (most recent call last):
    mltrace.errors.UnknownNameError: No output or run 'no-such-run'. See `mltrace recent`.
    """
    return default_workspace().accept_drift(partition, reason=reason, later=later)


def unaccept_drift(partition: Output, *, later: bool = False) -> RecordList[DriftJudgement]:
    """Take back that a partition which drifted is accepted; it is blocked again.

    Parameters
    ----------
    partition : Run, str, path or ArtifactRef
        As in `accept_drift`.
    later : bool, default False
        And all of the same tables that was accepted after it.

    Returns
    -------
    RecordList of DriftJudgement
        What is blocked again.

    Raises
    ------
    UnknownNameError
        If it is not accepted.

    Examples
    --------
    >>> import mltrace as mt
    >>> mt.unaccept_drift("no-such-run")
    Traceback (most recent call last):
    mltrace.errors.UnknownNameError: No output or run 'no-such-run'. See `mltrace recent`.
    """
    return default_workspace().unaccept_drift(partition, later=later)


def replay_drift(
    table: Output | None = None,
    partition: Output | None = None,
    *,
    later: bool = False,
    everything: bool = False,
) -> RecordList[DriftJudgement]:
    """Judge blocked partitions again, by what is accepted and known now.

    Parameters
    ----------
    table : str, path or ArtifactRef, optional
        What is watched, as `DriftMonitor` takes it; by default all that was judged before.
    partition : Run, str, path or ArtifactRef, optional
        Only this one, blocked or not: the run that made it, or the version of an artifact.
    later : bool, default False
        And all that came after the first of them.
    everything : bool, default False
        All that was judged, from the first on.

    Returns
    -------
    RecordList of DriftJudgement
        Of what was judged again, the latest partition first.

    Raises
    ------
    UnknownNameError
        If there is no such table or partition.

    Notes
    -----
    Each is compared with what was there before it, as always; among that is now what was accepted
    since, or arrived late. The judgement takes the place of the one before.

    Examples
    --------
    >>> import mltrace as mt
    >>> mt.replay_drift()
    Nothing new to judge.
    """
    return default_workspace().replay_drift(table, partition, later=later, everything=everything)


def subject(labels: Any, *, on: Any) -> SubjectSet:
    """Say whose data an artifact version holds, so that `retract` can follow it.

    Parameters
    ----------
    labels : str, int, UUID, or a list or column of them
        One label per data subject, such as a user id; 1, 1.0 and "1" are the same, repetitions are
        fine, and missing ones are left out.
    on : str, path, ArtifactRef, File, Artifact, or a value such as a data frame
        The version: a name (its latest), `name@digest-prefix`, a file as it is now, or a value,
        which is known again by its content. What is said of a version adds up.

    Returns
    -------
    SubjectSet
        The version's name and digest, how many different labels were given, how many were missing.

    Raises
    ------
    ArgumentError
        If there is no label, one is empty or of another type, or `on` has no digest.
    UnknownNameError
        If there is no such artifact; the message lists the nearest matches.

    Notes
    -----
    Kept is a compressed set of 64-bit digests of the labels: under 6 bytes a label, two seconds for
    a million. Equal sets are kept once. Values and files need no catalog, so that a component can
    say it of what it makes.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> visits = pd.DataFrame({"user": ["alice", "bob", "alice"], "minutes": [3, 5, 2]})
    >>> mt.subject(visits["user"], on=visits).num_labels
    2
    """
    return default_workspace().subject(labels, on=on)


@overload
def retract(
    label: Any,
    *,
    task: None = None,
    reason: str = "",
    grace: str | timedelta | None = None,
    undo: bool = False,
    purge: bool = False,
    dry_run: bool = False,
) -> RetractionReport: ...


@overload
def retract(
    label: Any,
    *,
    task: str,
    reason: str = "",
    grace: str | timedelta | None = None,
    undo: bool = False,
    purge: bool = False,
    dry_run: bool = False,
) -> RetractedPredictions: ...


def retract(
    label: Any,
    *,
    task: str | None = None,
    reason: str = "",
    grace: str | timedelta | None = None,
    undo: bool = False,
    purge: bool = False,
    dry_run: bool = False,
) -> RetractionReport | RetractedPredictions:
    """Retract a data subject's data, and report everything that was made from them.

    From now on, runs that read touched data warn, or are blocked, as settings say. Again on a
    label that is retracted, it reports what is touched now; another reason or grace period counts.

    With `task`, it removes predictions of that task for good instead, whoever they are of.

    Parameters
    ----------
    label : str, int or UUID
        The data subject, as given to `subject`. With `task`, an id of its predictions, or a list or
        column of ids, compared as text.
    task : str, optional
        Remove the rows that the ids have in this task (``purge=True``), or count them
        (``dry_run=True``): predictions, scores, features and labels, wherever the store has them.
        Rows that are logged again later are new ones.
    reason : str, default ''
        Why, in words.
    grace : str or timedelta, optional
        How long runs may go on to read the data, such as "30d", from when the label was first
        retracted; by default the settings say so. It means nothing under the policy "warn".
    undo : bool, default False
        Take the retraction back.
    purge : bool, default False
        Remove the copies that the store keeps of touched versions which are rebuilt, except those
        that were kept or asked for within the last hour. They cannot be loaded any more.
        With `task`, remove the rows.
    dry_run : bool, default False
        Only report what a retraction would touch, or how many rows would go.

    Returns
    -------
    RetractionReport or RetractedPredictions
        The latter with `task`. Its `left` says what could not be removed yet; call again then, and
        also where a call did not come to its end.

    Raises
    ------
    ArgumentError
        If the label or the grace period cannot be, or `purge` is given with `undo` or `dry_run`, or
        `task` with neither or with anything else.
    UnknownNameError
        If what is to be undone is not retracted, or there is no such task.

    Notes
    -----
    The label spreads from the versions that hold it to the runs that read them, what these wrote,
    and on along lineage, but not through components declared `anonymising=True`.

    Without the rows of ids, metrics of the past are others, those as of an earlier moment as well.
    Cost of removing them: the segments that hold one are written anew, and so is a SQLite catalog;
    labels are matched anew by whoever asks next.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> @mt.component
    ... def total(visits): return visits.groupby("user").sum()
    >>> visits = pd.DataFrame({"user": ["alice", "bob", "alice"], "minutes": [3, 5, 2]})
    >>> _ = mt.subject(visits["user"], on=visits), total(visits)
    >>> report = mt.retract("alice", reason="asked for it")
    >>> [(version.name, version.state) for version in report.touched]
    [('visits', 'pending'), ('total', 'pending')]

    >>> task = mt.Task("late-arrival", kind="binary")
    >>> task.log_predictions(["AA-1", "UA-2"], [1, 0])
    >>> task.log_feedback(["AA-1", "UA-2"], [1, 1])
    >>> gone = mt.retract("AA-1", task="late-arrival", purge=True)
    >>> gone.num_predictions, gone.num_labels, gone.num_pairs, gone.left
    (1, 1, 1, ())
    >>> mt.retract("AA-1", task="late-arrival", dry_run=True).num_found
    0
    """
    return default_workspace().retract(
        label, task=task, reason=reason, grace=grace, undo=undo, purge=purge, dry_run=dry_run
    )


def retracted() -> RecordList[Retraction]:
    """List the data subjects whose data must go, the one retracted last first.

    Examples
    --------
    >>> import mltrace as mt
    >>> _ = mt.retract("alice"), mt.retract("bob"), mt.retract("alice", undo=True)
    >>> [found.label for found in mt.retracted()]
    ['bob']
    """
    return default_workspace().retracted()


def pin(run_or_output: Output | Iterable[Output], reason: str = "") -> RecordList[Pin]:
    """Let retention leave a run alone, with all that it depends on.

    Its details, those of all runs upstream and the values that these read and wrote then stay,
    whatever the policy of `mltrace gc`.

    Parameters
    ----------
    run_or_output : str, int, UUID, path, ArtifactRef or Run, or several in a list, tuple or set
        As for `trace`; an output stands for the run that made it.
    reason : str, default ""
        Why it must stay. Pinning again replaces the reason.

    Raises
    ------
    UnknownNameError
        If there is no such output or run; nothing is pinned then.
    ArgumentError
        If no run made the output.

    Examples
    --------
    >>> import mltrace as mt
    >>> with mt.Component("train").start() as run:
    ...     model = run.write([0.5, 0.25], name="model")
    >>> mt.pin("model", reason="in production")[0].component
    'train'
    >>> mt.run(run.id).pinned
    True
    """
    return default_workspace().pin(run_or_output, reason)


def unpin(
    run_or_output: Output | Iterable[Output] | None = None,
    *,
    all: bool = False,  # noqa: A002
) -> RecordList[Pin]:
    """Take the pin of a run back, or with `all=True` every pin; return what was taken back.

    Raises
    ------
    UnknownNameError
        If neither the run nor one that made the output is pinned.

    Examples
    --------
    >>> import mltrace as mt
    >>> with mt.Component("train").start() as run:
    ...     pass
    >>> _ = mt.pin(run.id)
    >>> len(mt.unpin(run.id)), len(mt.unpin(all=True)), len(mt.pinned())
    (1, 0, 0)
    """
    return default_workspace().unpin(run_or_output, all=all)


def pinned() -> RecordList[Pin]:
    """List the pinned runs, the newest pin first.

    Examples
    --------
    >>> import mltrace as mt
    >>> len(mt.pinned())
    0
    """
    return default_workspace().pinned()


def sync(*, to: str | os.PathLike[str] | None = None) -> Synced:
    """Move what is pending in the spool into the catalog; other verbs do so by themselves.

    Parameters
    ----------
    to : str or path, optional
        The URI of another store, which then gets all that this one has and it has not; see `merge`.
        What is there already is passed by, so that a sync that was interrupted goes on where it
        was.

    Raises
    ------
    StoreError
        If one of the stores cannot be used.

    Examples
    --------
    >>> import mltrace as mt
    >>> mt.sync().num_skipped
    0
    >>> @mt.component
    ... def count(words): return len(words)
    >>> count(["late", "early"])
    2
    >>> mt.sync(to="team").shipped.num_new_runs
    1
    """
    return default_workspace().sync(to=to)


def doctor(*, deep: bool = False) -> Health:
    """Find out how the store fares, and what to do about it; nothing is changed.

    What is damaged, locked, read-only or away is reported rather than raised.

    Parameters
    ----------
    deep : bool, default False
        Read all kept values and check them against their checksums.

    Returns
    -------
    Health
        Its `findings` say what to do; `is_healthy` is false if one of them is a problem.

    Examples
    --------
    >>> import mltrace as mt
    >>> @mt.component
    ... def count(words): return len(words)
    >>> count(["late", "early"])
    2
    >>> health = mt.doctor()
    >>> health.is_healthy, health.pending.num_alive
    (True, 1)
    """
    return default_workspace().doctor(deep=deep)


def merge(source: str | os.PathLike[str], into: str | os.PathLike[str] | None = None) -> Merged:
    """Bring everything of one store into another: runs, lineage, notes, flags, kept values.

    Parameters
    ----------
    source : str or path
        The URI of the store that is read. What is pending there counts; it may be read-only.
    into : str or path, optional
        The URI of the store that is written; by default the one in force. It may be new.

    Raises
    ------
    StoreNotFoundError
        If there is no store at `source`.
    StoreVersionError
        If a newer mltrace wrote one of them.
    ArgumentError
        If both are the same store.

    Notes
    -----
    What is there already stays as it is, so a merge can be repeated, and one that was interrupted
    is begun again. Lineage is derived anew over the runs of both. Details that `gc` removed from
    `into` do not come back. Cost: 4,000 runs a second, ten times that where they are known already.

    Examples
    --------
    >>> import mltrace as mt
    >>> @mt.component
    ... def count(words): return len(words)
    >>> count(["late", "early"])
    2
    >>> merged = mt.merge(".mltrace", into="team")
    >>> merged.num_runs, merged.num_new_runs
    (1, 1)
    >>> mt.merge(".mltrace", into="team").num_new_runs
    0
    """
    workspace = default_workspace() if into is None else Workspace(into)
    return workspace.merge(source)


def export(folder: str | os.PathLike[str], *, format: str = "parquet") -> Exported:  # noqa: A002
    """Write all that the catalog holds as Parquet files, for DuckDB, pandas or Spark.

    Parameters
    ----------
    folder : str or path
        Where the files go: a folder that is new, empty or an earlier export, which is replaced once
        the new one is complete.
    format : {"parquet"}, default "parquet"
        The kind of files.

    Returns
    -------
    Exported
        How many rows each table has.

    Raises
    ------
    ArgumentError
        If the folder holds something else, or pyarrow is not installed.

    Notes
    -----
    Rows are written 20,000 at a time, so memory does not grow with the store. Kept values are not
    exported.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> @mt.component
    ... def count(words): return len(words)
    >>> count(["late", "early"])
    2
    >>> mt.export("exported").num_rows["runs"]
    1
    >>> pd.read_parquet("exported/runs.parquet").status.tolist()
    ['succeeded']
    """
    return default_workspace().export(folder, format=format)


_opened: dict[tuple[Settings, Location], Workspace] = {}
_opening = threading.RLock()  # a signal handler may ask as well
_of_parents: Final[list[object]] = []


def default_workspace() -> Workspace:
    """Return the workspace of the store in force here and now, which the functions use."""
    settings = load_settings()
    key = (settings, locate(settings.uri, settings.artifacts, spool=settings.spool))
    with _opening:
        found = _opened.get(key)
        if found is None:
            found = _opened[key] = Workspace()
    return found


def _forget_all() -> None:
    """Start afresh in a forked child: database connections must not be used or closed there."""
    global _opened, _opening
    _of_parents.append(_opened)
    _opened, _opening = {}, threading.RLock()


os.register_at_fork(after_in_child=_forget_all)
