"""What `import mltrace` costs, beside `import msgspec` and an interpreter that imports nothing.

    python -m benchmarks.import_time

Each measurement is a fresh interpreter; the cases take turns.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys

NUM_PASSES = 15
STATEMENTS = {
    "import msgspec": "import msgspec",
    "import mltrace": "import mltrace",
    "… and mltrace.component": "import mltrace; mltrace.component",
    "… and mltrace.recent": "import mltrace; mltrace.recent",
    "import sqlalchemy": "import sqlalchemy",
    "import pandas": "import pandas",
}
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "mltrace --version": ["-m", "mltrace", "--version"],
    "mltrace --help": ["-m", "mltrace", "--help"],
}


def main() -> None:
    imports: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    commands: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(NUM_PASSES):
        for name, statement in STATEMENTS.items():
            imports[name].append(_import_seconds(statement))
        for name, arguments in COMMANDS.items():
            commands[name].append(_command_seconds(arguments))
    print("CPU within the interpreter, milliseconds     best   median")
    _list(imports)
    print("CPU of the whole command, milliseconds       best   median")
    _list(commands)
    ratio = min(imports["import mltrace"]) / min(imports["import msgspec"])
    print(f"import mltrace takes {ratio:.2f} times the time of import msgspec")


def _import_seconds(statement: str) -> float:
    """Time a statement in an interpreter of its own; 0 if what it imports is not installed."""
    program = f"import time; began = time.process_time(); {statement}; "
    program += "print(time.process_time() - began)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    return float(done.stdout or 0)


def _command_seconds(arguments: list[str]) -> float:
    before = _children_seconds()
    subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
    return _children_seconds() - before


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _list(cases: dict[str, list[float]]) -> None:
    for name, seconds in cases.items():
        print(f"  {name:<38} {min(seconds) * 1e3:8.1f} {statistics.median(seconds) * 1e3:8.1f}")


if __name__ == "__main__":
    main()
