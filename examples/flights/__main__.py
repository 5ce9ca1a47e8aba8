"""`python -m flights run` runs weeks of the pipeline; `python -m flights demo` shows mltrace."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

from flights.faults import DEFAULT, FAULTS

FAULT_LINES = "\n".join(f"  {name:16} {fault.story}" for name, fault in FAULTS.items())


def main() -> None:
    """Run a command of the flights pipeline."""
    parser = argparse.ArgumentParser(
        prog="python -m flights",
        description="Predict which flights from New York will arrive late.",
        epilog=f"faults, each a silent bug that leaves every job green:\n{FAULT_LINES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run weeks of the pipeline")
    run.add_argument("--weeks", type=_weeks, default="15-22", help="ISO weeks of 2013, as in 15-22")
    run.add_argument("--fault", choices=FAULTS, help="deploy this silent bug")
    run.add_argument("--from-week", type=int, help="its first week; default: the last but one")
    run.add_argument("--dir", type=Path, default=Path("flights-data"), help="where files are kept")
    demo = commands.add_parser("demo", help="run, flag a wrong prediction and find its cause")
    demo.add_argument("--fault", choices=FAULTS, default=DEFAULT, help="the bug to look for")
    options = parser.parse_args()
    if options.command == "demo":
        _demo(options.fault)
    else:
        _run(options)


def _demo(fault: str) -> None:
    from flights.demo import show

    show(fault)


def _run(options: argparse.Namespace) -> None:
    from flights.pipeline import run_pipeline
    from flights.report import quality_table

    options.dir.mkdir(parents=True, exist_ok=True)
    with contextlib.chdir(options.dir):
        weeks = run_pipeline(options.weeks, fault=options.fault, fault_from=options.from_week)
        print(quality_table(weeks))


def _weeks(text: str) -> range:
    first, _, last = text.partition("-")
    weeks = range(int(first), int(last or first) + 1)
    if not weeks or weeks[0] < 5 or weeks[-1] > 51:
        raise argparse.ArgumentTypeError(f"{text!r} is no span of weeks within 5-51, as in 15-22")
    return weeks


if __name__ == "__main__":
    main()
