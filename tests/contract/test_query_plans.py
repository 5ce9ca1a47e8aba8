"""No question looks at every run: what it costs must not grow with the store."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LARGE = ("run", "artifact", "version", "read", "write", "output_id", "check_result", "note")
QUESTIONS: dict[str, Callable[[], object]] = {
    "recent": mt.recent,
    "recent of a status": lambda: mt.recent(status="failed"),
    "recent of a period": lambda: mt.recent(since="7d"),
    "history": lambda: mt.history("train"),
    "run": lambda: mt.run(mt.recent(1)[0]),
    "components": mt.components,
    "tags": mt.tags,
    "flagged": mt.flagged,
    "trace": lambda: mt.trace("scores.csv"),
    "trace of an output id": lambda: mt.trace("p1"),
    "impact": lambda: mt.impact("raw.csv"),
    "versions": lambda: mt.versions("model.txt"),
    "stale": mt.stale,
    "diff": lambda: mt.diff("p1", "p2"),
    "flag": lambda: mt.flag("p2"),
    "review": mt.review,
}


@pytest.mark.sqlite_only("asks SQLite for its plans")
@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.usefixtures("pipeline")
def test_no_question_scans_a_large_table(question: str, store: Path) -> None:
    with mt.Component("serve").start() as run:
        run.write(mt.Ids(["p1", "p2", "p3"]))
    mt.flag("p1")
    with statements() as asked:
        QUESTIONS[question]()
    assert asked
    with mt.Workspace(store).store.catalog.read() as connection:
        plans = {
            statement: [
                row[3]
                for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", bound)
            ]
            for statement, bound in asked
        }
    assert [plan for plan in plans.items() if looks_at_all(*plan)] == []


def looks_at_all(statement: str, plan: list[str]) -> bool:
    """Tell whether a query goes through a large table, unless it stops after the first rows."""
    scans = [step for step in plan if re.match(rf"SCAN ({'|'.join(LARGE)})\b", step)]
    has_limit = "LIMIT" in statement and not any("TEMP B-TREE" in step for step in plan)
    return any(not has_limit or "USING" not in step for step in scans)


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Gather the queries that are sent to a database."""
    asked: list[tuple[str, Any]] = []

    def gather(_connection: Any, _cursor: Any, statement: str, bound: Any, *_more: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            asked.append((statement, bound))

    event.listen(Engine, "before_cursor_execute", gather)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", gather)
