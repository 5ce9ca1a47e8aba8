"""Anything that a query in SQL tells of a store."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from mltrace.errors import ArgumentError, NotEvaluatedError
from mltrace.times import now_ns, parse_age, to_datetime
from mltrace.workspace.monitors.moments import is_news, moment_of
from mltrace.workspace.monitors.monitor import Monitor, MonitorOptions
from mltrace.workspace.monitors.registered import kinds
from mltrace.workspace.monitors.thresholds import check_thresholds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Unpack

    from mltrace.records.alerts import Observation
    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.known import Known

_TEXTS: Final = ("component", "run_id", "artifact", "message")
_COLUMNS: Final = ("value", "is_bad", "subject", "point", "at", *_TEXTS)
_MOST_ROWS: Final = 10_000


@kinds.register("sql")
class SqlMonitor(Monitor):
    """Watches what a query in SQL tells of the store.

    Parameters
    ----------
    query : str
        One `SELECT` over the views of `mltrace sql`, in DuckDB's SQL. Each row is measured: a
        column `value`, or the only one, is a number; the columns `subject`, `point`, `at`,
        `component`, `run_id`, `artifact` and `message` say what it is of, where there are any.
    min_value, max_value : float, optional
        What the value is at least and at most. Without them a column `is_bad` has to say it.
    timeout : str, default '30s'
        How long the query may take.
    **options
        As of every `Monitor`; it needs a name.

    Raises
    ------
    ArgumentError
        If an argument has a value that cannot be.

    Notes
    -----
    The query sees neither files nor the network, and can change nothing. Rows without `point`,
    `run_id` and `at` are of the moment, and are told when they stand in another way than before,
    and once an hour. It needs DuckDB: `pip install "mltrace[sql]"`.

    Examples
    --------
    >>> import mltrace as mt
    >>> @mt.component
    ... def settle(amount): return amount / 0
    >>> for amount in range(3):
    ...     try:
    ...         settle(amount)
    ...     except ZeroDivisionError:
    ...         pass
    >>> failures = mt.SqlMonitor(
    ...     "SELECT component AS subject, count(*) AS value FROM runs "
    ...     "WHERE status = 'failed' AND component = 'settle' GROUP BY component",
    ...     max_value=2, name="failures of settle",
    ... )
    >>> [(one.subject, one.state, one.value) for one in failures.evaluate()]
    [('settle', 'bad', 3.0)]
    """

    kind = "sql"

    def __init__(
        self,
        query: str,
        *,
        min_value: float | None = None,
        max_value: float | None = None,
        timeout: str = "30s",
        **options: Unpack[MonitorOptions],
    ) -> None:
        super().__init__(**options)
        self.query, self.timeout = query, timeout
        self.min_value, self.max_value = min_value, max_value
        self._limits = check_thresholds(self, min_value, max_value)
        self._seconds = parse_age(timeout)
        if not isinstance(query, str) or not query.strip():
            raise ArgumentError(f"SqlMonitor({query!r}): give a SELECT.")
        if self.given_name is None:
            raise ArgumentError('SqlMonitor(…): give it a name, such as name="failures per day".')

    def measure(self, workspace: Workspace, known: Known) -> Iterator[Observation]:
        """Ask the query, and take its rows."""
        from mltrace.query.asking import Bounds

        bounds = Bounds(seconds=self._seconds, num_rows=_MOST_ROWS)
        answer = workspace.sql(self.query, bounds=bounds)
        for row in answer:
            yield from self._row(self._checked(row), known)

    def _checked(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        if len(row) == 1 and "is_bad" not in row:
            row = {"value": next(iter(row.values()))}
        for name in row:
            if name not in _COLUMNS:
                raise NotEvaluatedError(
                    f"The query has a column {name!r}, of which nothing is known; accepted: "
                    f"{', '.join(_COLUMNS)}. Name a single column anyhow."
                )
        if not self._limits.is_any and "is_bad" not in row:
            raise NotEvaluatedError(
                "Nothing says what is bad: give min_value or max_value, or a column is_bad."
            )
        return row

    def _row(self, row: Mapping[str, Any], known: Known) -> Iterator[Observation]:
        value = _number(row.get("value"))
        state, threshold = self._limits.judge(value)
        if "is_bad" in row:
            bad = row["is_bad"]
            state = "unknown" if bad is None else "bad" if bad else "ok"
        subject = str(row["subject"]) if row.get("subject") is not None else self.key
        now = moment_of(to_datetime(now_ns()))
        at = now.at if row.get("at") is None else _time(row["at"])
        named = next((row[name] for name in ("point", "run_id") if row.get(name) is not None), None)
        if named is None and row.get("at") is None:
            if not is_news(self, known, subject, state=state, now=now):
                return
            named = now.point
        yield self.observation(
            subject,
            at.isoformat() if named is None else str(named),
            at=at,
            state=state,
            value=value,
            threshold=threshold,
            **{"message": self._limits.say(value), **_words(row)},
        )


def _words(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(row[name]) for name in _TEXTS if row.get(name) is not None}


def _number(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError) as error:
        raise NotEvaluatedError(
            f"The query's value is a {type(value).__name__}; give a number."
        ) from error


def _time(at: Any) -> datetime:
    if isinstance(at, datetime):
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    if isinstance(at, date):
        return datetime(at.year, at.month, at.day, tzinfo=UTC)
    raise NotEvaluatedError(f"The query's column at holds a {type(at).__name__}; give a time.")
