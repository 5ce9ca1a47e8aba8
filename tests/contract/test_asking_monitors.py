"""Monitors that ask: a query in SQL, a function; and what these must not be able to do."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt
from mltrace.monitors.alerts import as_facts
from mltrace.query.asking import Bounds

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Cli = Callable[..., subprocess.CompletedProcess[str]]

FAILURES = (
    "SELECT component AS subject, component, count(*) FILTER (status = 'failed') AS value "
    "FROM runs GROUP BY component"
)


@pytest.fixture
def pay(store: Path) -> Callable[..., None]:
    @mt.component
    def pay(amount: int) -> float:
        return 1 / amount

    def run(*amounts: int) -> None:
        for amount in amounts:
            try:
                pay(amount)
            except ZeroDivisionError:
                continue

    run(1)
    return run


def evaluate(monitor: mt.Monitor) -> mt.Evaluation:
    return mt.evaluate_monitors(monitor)


def test_a_query_opens_and_resolves_alerts_by_its_thresholds(pay: Callable[..., None]) -> None:
    monitor = mt.SqlMonitor(FAILURES, max_value=1, name="failures")
    assert [one.state for one in evaluate(monitor).observations] == ["ok"]
    pay(0, 0, 2)
    (alert,) = evaluate(monitor).alerts
    assert (alert.subject, alert.value, alert.threshold) == ("pay", 2.0, 1.0)
    assert alert.component == "pay"
    assert evaluate(monitor).observations == ()


def test_rows_say_what_they_are_of(pay: Callable[..., None]) -> None:
    pay(0)
    monitor = mt.SqlMonitor(
        "SELECT component AS subject, run_id, started_at AS at, status = 'failed' AS is_bad, "
        "duration_seconds AS value, 'took long' AS message FROM runs ORDER BY started_at",
        name="runs",
    )
    bad, ok = evaluate(monitor).observations
    assert (ok.state, bad.state, bad.message) == ("ok", "bad", "took long")
    run = mt.recent(limit=1)[0]
    assert (bad.point, bad.run_id, bad.at) == (run.id, run.id, run.started_at)


def test_a_query_is_declared_in_the_file_and_remembered(
    pay: Callable[..., None], cli: Cli, cli_json: Callable[..., Any]
) -> None:
    Path("mltrace.toml").write_text(
        f'[[monitors]]\nkind = "sql"\nname = "failures"\nmax_value = 0\nquery = """{FAILURES}"""\n'
    )
    pay(0)
    assert "1 alert opened" in cli("monitor", "run").stdout
    Path("mltrace.toml").unlink()
    evaluate(mt.SqlMonitor(FAILURES, max_value=0, name="again"))
    assert [one["name"] for one in cli_json("monitor", "list")] == ["again"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT 1 AS value, 2 AS other", "has a column 'other', of which nothing is known"),
        ("SELECT 1", "Nothing says what is bad"),
        ("SELECT 'a' AS value, true AS is_bad", "value is a str"),
        ("SELECT 1 AS value, true AS is_bad, 'x' AS at", "column at holds a str"),
        ("SELECT nothing FROM runs", "cannot be answered"),
        ("FROM runz", "Did you mean 'runs'"),
    ],
)
def test_a_wrong_query_is_a_fault_of_its_monitor(
    pay: Callable[..., None], query: str, said: str
) -> None:
    (fault,) = evaluate(mt.SqlMonitor(query, name="wrong")).faults
    assert said in fault.message


ATTACKS = (
    "COPY (SELECT 1) TO '{leak}'",
    "WITH x AS (COPY (SELECT 1) TO '{leak}') SELECT 1 AS value",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{leak}'",
    "ATTACH '{leak}'",
    "SELECT count(*) AS value FROM read_text('{secret}')",
    "SELECT count(*) AS value FROM '{secret}'",
    "SELECT (SELECT content FROM read_text('{secret}')) AS value",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM sqlite_scan('{secret}', 'runs')",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA database_list",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "SELECT 1; DROP VIEW runs",
    "DELETE FROM runs",
    "UPDATE runs SET status = 'succeeded'",
    "EXPORT DATABASE '{leak}'",
    "CALL pragma_version()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM secret_of_the_process",
)


@pytest.mark.sqlite_only("DuckDB sees neither kind of catalog")
@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_no_question_does_nothing(
    pay: Callable[..., None], workdir: Path, attack: str
) -> None:
    secret_of_the_process = {"value": [1]}
    secret, leak = workdir / "secret.csv", workdir / "leak"
    secret.write_text("value\n1\n")
    query = attack.format(secret=secret, leak=leak)
    (fault,) = evaluate(mt.SqlMonitor(query, max_value=-1, name="attack")).faults
    assert fault.message
    assert not leak.exists()
    assert [run.status for run in mt.recent()] == ["succeeded"]
    assert secret_of_the_process


@pytest.mark.sqlite_only("DuckDB sees neither kind of catalog")
@pytest.mark.parametrize(
    "bomb",
    [
        "WITH RECURSIVE t AS (SELECT 1 n UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
        "SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000) c",
        "SELECT a.range FROM range(1000000) a, range(1000000) b ORDER BY random()",
    ],
)
def test_what_would_never_end_is_ended(pay: Callable[..., None], bomb: str) -> None:
    with pytest.raises(mt.NotEvaluatedError, match=r"was not done after|needs more than"):
        mt.Workspace().sql(bomb, bounds=Bounds(seconds=0.5, memory_mib=64))


@pytest.mark.sqlite_only("DuckDB sees neither kind of catalog")
def test_an_answer_and_what_is_read_for_it_are_bounded(pay: Callable[..., None]) -> None:
    with pytest.raises(mt.NotEvaluatedError, match="more than 10 rows"):
        mt.Workspace().sql("SELECT * FROM range(11)", bounds=Bounds(num_rows=10))
    with pytest.raises(mt.ArgumentError, match="The table runs has more than 0 rows"):
        mt.Workspace().sql("FROM runs", bounds=Bounds(num_rows_read=0))


def test_a_function_tells_numbers_truths_or_pairs(pay: Callable[..., None]) -> None:
    told: dict[str, Any] = {"value": 3}
    monitor = mt.ExpressionMonitor(lambda store: told["value"], max_value=5, name="mine")
    assert [one.state for one in evaluate(monitor).observations] == ["ok"]
    told["value"] = 7
    (alert,) = evaluate(monitor).alerts
    assert (alert.message, alert.threshold) == ("7; at most 5 is expected", 5.0)
    told["value"] = {"a": True, "b": False, "c": None, "d": 9.5}
    found = {one.subject: one.state for one in evaluate(monitor).observations}
    assert found == {"a": "ok", "b": "bad", "c": "unknown", "d": "bad"}
    told["value"] = [("a", False)]
    assert [one.subject for one in evaluate(monitor).observations] == ["a"]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (3, "nothing says what is bad"),
        ("three", "returned a str"),
        ([1, 2], "other things than pairs"),
    ],
)
def test_what_a_function_must_not_tell_is_a_fault(
    pay: Callable[..., None], told: Any, said: str
) -> None:
    most = None if told == 3 else 1
    (fault,) = evaluate(mt.ExpressionMonitor(lambda _: told, name="wrong", max_value=most)).faults
    assert said in fault.message


def test_a_function_that_raises_hangs_or_exits_stops_no_other(pay: Callable[..., None]) -> None:
    gate = threading.Event()

    def hang(_: Any) -> bool:
        return gate.wait(60)

    def fail(_: Any) -> bool:
        raise ValueError("of mine")

    found = mt.evaluate_monitors(
        mt.ExpressionMonitor(hang, timeout="50ms"),
        mt.ExpressionMonitor(fail),
        mt.ExpressionMonitor(lambda _: sys.exit(3), name="exits"),
        mt.ExpressionMonitor(lambda _: True, name="good"),
    )
    gate.set()
    hangs, fails, exits = (one.message for one in found.faults)
    assert "was not done after 50ms" in hangs
    assert fails.startswith("ValueError: of mine (")
    assert exits.startswith("SystemExit: 3")
    assert [one.monitor for one in found.observations] == ["good"]


def test_a_function_is_named_in_the_file(pay: Callable[..., None], cli: Cli) -> None:
    Path("health.py").write_text("def count(store):\n    return len(store.recent())\n")
    declared = '[[monitors]]\nkind = "expression"\nfunction = "health:count"\nmax_value = {}\n'
    Path("mltrace.toml").write_text(declared.format(0))
    answer = cli("monitor", "run")
    assert answer.returncode == 1
    assert "health:count" in answer.stdout
    Path("mltrace.toml").write_text(declared.format(0).replace("health:", "wealth:"))
    wrong = cli("monitor", "run")
    assert wrong.returncode == 3
    assert "wealth:count cannot be imported" in " ".join(wrong.stdout.split())
    Path("mltrace.toml").write_text(declared.format(0).replace("health:", "health "))
    assert "give a function, or 'module:function'" in cli("monitor", "run").stderr


def test_no_store_says_which_code_is_run(pay: Callable[..., None], cli: Cli) -> None:
    evaluate(mt.ExpressionMonitor("os:getpid", min_value=0))
    assert mt.list_monitors() == []
    workspace = mt.Workspace()
    table = {"kind": "expression", "function": "os:abort", "min_value": 0}
    workspace._append([as_facts.monitor_fact("expression:os:abort", table, by="mallory")])
    workspace.close()
    answer = cli("monitor", "run")
    assert answer.returncode == 3
    assert "A store must not say which code is run" in " ".join(answer.stdout.split())


def test_monitors_that_only_python_describes_are_found_in_modules(
    pay: Callable[..., None], cli: Cli
) -> None:
    Path("monitors.py").write_text(
        "import mltrace as mt\n"
        "print('imported')\n"
        "many = mt.ExpressionMonitor(lambda store: len(store.recent()) < 2, name='many')\n"
        "class Mine(mt.Monitor):\n"
        "    def measure(self, workspace, known):\n"
        "        for run in workspace.recent(limit=1):\n"
        "            yield self.observation('it', run.id, at=run.started_at, state='ok')\n"
        "mine = Mine(name='mine')\n"
    )
    pay(1)
    answer = cli("monitor", "run", "--module", "monitors", "--all")
    assert answer.returncode == 1
    assert "imported" in answer.stderr
    assert "2 monitors evaluated: 2 new points, 1 bad" in answer.stdout
    Path("empty.py").write_text("")
    none = cli("monitor", "run", "--module", "empty.py")
    assert none.returncode == 2
    assert "holds no monitor" in none.stderr
    assert cli("monitor", "run", "--module", "not_there").returncode == 3
