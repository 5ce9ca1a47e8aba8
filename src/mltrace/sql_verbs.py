"""The verb that answers queries in SQL, on the store in force here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.verbs import default_workspace

if TYPE_CHECKING:
    from mltrace.records.query_results import Result


def sql(query: str, /, **params: Any) -> Result:
    """Answer a query in SQL over all that the store knows and the tables that it kept.

    Parameters
    ----------
    query : str
        One `SELECT` in DuckDB's SQL. It may name views such as `runs`, `checks`, `dependencies` or
        `profiles`, of which `SELECT * FROM views` and `SELECT * FROM columns` tell, and call kept
        data as tables: `artifact('clean@ab12')`, `artifact_at('features', TIMESTAMP '2026-01-31')`
        and `changes('features', 'ab12', 'cd34')`.
    **params : Any
        The values of its parameters: `$name` in the query.

    Returns
    -------
    Result
        The rows; `to_arrow()`, `to_pandas()`, `to_polars()`, `to_dicts()` turn them into others.

    Raises
    ------
    ArgumentError
        If it is wrong, or anything but one `SELECT` over these; the message says how, and where.
    NotEvaluatedError
        If DuckDB or pyarrow is not installed, or the query takes more than 30 seconds, 512 MiB or
        1,000,000 rows; `Workspace().sql(query, params, bounds=…)` takes other bounds.

    Notes
    -----
    Only what the query names is read: of runs, reads, writes, checks and versions, old rows come
    from a mirror in Parquet beside the store, which is made when it is first needed. DuckDB runs in
    a process of its own, which sees neither files nor the network, can change nothing and is killed
    when it takes more than it may. Cost: 30 ms and what DuckDB takes; the first query of a process
    0.3 s more.

    Examples
    --------
    >>> import mltrace as mt
    >>> @mt.component
    ... def polish(gems): return gems * 2
    >>> _ = polish(1), polish(2)
    >>> print(mt.sql("SELECT component, count(*) AS runs FROM runs "
    ...              "WHERE component = $name GROUP BY component", name="polish"))
    component  runs
    polish        2
    """
    return default_workspace().sql(query, params)
