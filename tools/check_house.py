"""Checks the house rules that no other tool knows; prints each breach and exits 1 if there is one.

Files have at most 400 lines, tests 500; modules are named after a topic; a broad `except` stands
only at the edges that may have one; pickles are read in one place; SQL is never put together from
text; texts name no place on somebody's machine.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDERS: Final = ("src", "tests", "examples", "benchmarks", "tools", "docs")
MAX_LINES: Final = 400
MAX_TEST_LINES: Final = 500
VAGUE_NAMES: Final = frozenset({"utils", "util", "common", "helpers", "helper", "misc", "base"})
BROAD: Final = frozenset({"Exception", "BaseException"})
BROAD_ALLOWED: Final = {
    "src/mltrace/capture/guard.py": "the guard",
    "src/mltrace/capture/wrapping.py": "hands the user's exception on",
    "src/mltrace/checks/engine.py": "a check is the user's code",
    "src/mltrace/workspace/monitoring.py": "a monitor is the user's code",
    "src/mltrace/checks/limits.py": "hands on what a check raised in its thread",
    "src/mltrace/cli/component_modules.py": "a module is the user's code",
    "src/mltrace/cli/outcome.py": "the edge of the process",
    "src/mltrace/tasks/metrics/custom.py": "a metric is the user's code",
    "src/mltrace/notifiers/delivering.py": "a notifier may be somebody else's code",
}
PICKLES: Final = "src/mltrace/values/pickles.py"
LONG_ALLOWED: Final = {
    "src/mltrace/verbs.py": "one documented function of one line for each verb",
    "src/mltrace/task_verbs.py": "one documented method of one line for each verb",
    "src/mltrace/monitor_verbs.py": "one documented function of one line for each verb",
}
_HOME: Final = re.compile(r"/(?:home|Users)/[a-z]\w*/")


def main() -> int:
    """Check every file of the repository."""
    breaches = [breach for path in _files() for breach in _breaches(path)]
    for breach in breaches:
        print(breach)
    return 1 if breaches else 0


def _files() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".md", ".sh"}:
                yield path


def _breaches(path: Path) -> Iterator[str]:
    name = path.relative_to(ROOT).as_posix()
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if _HOME.search(line):
            yield f"{name}:{number}: names a home folder"
    if path.suffix != ".py":
        return
    most = MAX_TEST_LINES if name.startswith("tests/") else MAX_LINES
    if len(lines) > most and name not in LONG_ALLOWED:
        yield f"{name}: {len(lines)} lines, at most {most}; part it by topic"
    if path.stem in VAGUE_NAMES:
        yield f"{name}: name the module after its topic"
    if name.startswith("src/"):
        yield from _breaches_in_code(name, ast.parse(text, name))


def _breaches_in_code(name: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node) and name not in BROAD_ALLOWED:
            if not _reraises(node):
                yield f"{name}:{node.lineno}: a broad except belongs into the guard"
        elif isinstance(node, ast.Attribute) and name != PICKLES and _reads_pickle(node):
            yield f"{name}:{node.lineno}: pickles are read in {PICKLES} only"
        elif isinstance(node, ast.Call) and _runs_built_sql(node):
            yield f"{name}:{node.lineno}: SQL is put together from text; use SQLAlchemy's terms"


def _is_broad(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    return any(isinstance(node, ast.Name) and node.id in BROAD for node in ast.walk(handler.type))


def _reraises(handler: ast.ExceptHandler) -> bool:
    """Tell whether the handler ends by handing on what it caught."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def _reads_pickle(node: ast.Attribute) -> bool:
    is_pickle = isinstance(node.value, ast.Name) and node.value.id in {"pickle", "cloudpickle"}
    return is_pickle and node.attr in {"load", "loads", "Unpickler"}


def _runs_built_sql(node: ast.Call) -> bool:
    if not isinstance(node.func, ast.Attribute) or not node.args:
        return False
    statement = node.args[0]
    if isinstance(statement, ast.Call) and getattr(statement.func, "id", "") == "text":
        statement = statement.args[0] if statement.args else statement
    is_run = node.func.attr in {"execute", "exec_driver_sql", "executescript"}
    return is_run and isinstance(statement, ast.JoinedStr | ast.BinOp)


if __name__ == "__main__":
    sys.exit(main())
