"""The demo: run the pipeline with a silent bug, then go from an alert and a bad prediction to it.

Everything below `run_pipeline` is what a user would type; it knows nothing of the bug.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from pathlib import Path

import mltrace as mt
from flights.data import monday
from flights.faults import FAULTS
from flights.pipeline import Week, run_pipeline
from flights.report import quality_table, wrong_predictions

FOLDER = Path(".mltrace-demo")
MONITORS = Path(__file__).with_name("mltrace.toml")
WEEKS = range(7, 23)
FAULT_FROM = 21


def show(fault: str) -> None:
    """Run the demo in `.mltrace-demo` under the working directory; an earlier one is wiped."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    shutil.copy(MONITORS, FOLDER)
    os.environ["MLTRACE_URI"] = str((FOLDER / ".mltrace").resolve())
    os.environ.pop("MLTRACE_DISABLED", None)
    command = _command()
    with contextlib.chdir(FOLDER):
        weeks = _run(fault)
        incident = _show_alerts(weeks)
        _show_metrics()
        flight_id = _flag(weeks)
        _heading("5. Its trace: everything that made this prediction")
        print(mt.trace(flight_id))
        _heading("6. Its journey: this one flight, from table to table")
        print(mt.journey(flight_id))
        suspect = _show_review()
        _show_bug(fault, incident, suspect)
        _show_commands(command, flight_id, suspect, incident)


def _run(fault: str) -> list[Week]:
    _heading("1. What ran")
    print(
        "The flights pipeline: every Monday it predicts which flights of the week will\n"
        "arrive more than 30 minutes late; every four weeks it is trained anew."
    )
    began = time.monotonic()
    weeks = run_pipeline(WEEKS, fault=fault, fault_from=FAULT_FROM)
    seconds = time.monotonic() - began
    components = mt.components()
    num_runs = sum(component.num_runs for component in components)
    print(
        f"\n{quality_table(weeks)}\n\nAll {num_runs} runs of {len(components)} components are "
        f"green ({seconds:.0f} s)."
    )
    return weeks


def _show_alerts(weeks: list[Week]) -> mt.Incident:
    incident = mt.incidents()[-1]
    first = next(done.week for done in weeks if incident.cause.id in done.alerts)
    _heading("2. What the monitors said, before any label")
    print(
        f"Each Monday, once the week is predicted, `mltrace monitor run` evaluates the"
        f"\n{len(mt.list_monitors())} monitors of mltrace.toml. First in week {first}:\n"
    )
    print(incident)
    return incident


def _show_metrics() -> None:
    _heading("3. What the labels said, a week later")
    since, until = f"{monday(FAULT_FROM - 4)}", f"{monday(FAULT_FROM + 1)}"
    task = mt.Task("arrival-delay")
    print(task.metrics(["log_loss", "roc_auc"], window="7d", since=since, until=until))


def _flag(weeks: list[Week]) -> str:
    wrong = wrong_predictions(weeks)
    for row in wrong.itertuples():
        outcome = f"arrived {row.arr_delay:+.0f} minutes; predicted {row.score:.1%} to be late"
        mt.flag(str(row.flight_id), reason=outcome)
    _heading("4. A wrong prediction, flagged")
    worst = wrong.iloc[0]
    print(
        f"{worst.flight_id} to {worst.dest}: the model gave it {worst.score:.1%} to be late;\n"
        f"it arrived {worst.arr_delay:.0f} minutes after schedule."
        f" Flagged, with {len(wrong) - 1} more of that week."
    )
    return str(worst.flight_id)


def _show_review() -> mt.Run:
    _heading("7. The review: runs behind the flagged predictions and not behind others")
    review = mt.review()
    print(review)
    return review.suspects[0].run


def _show_bug(fault: str, incident: mt.Incident, suspect: mt.Run) -> None:
    planted = FAULTS[fault]
    found = (incident.component, incident.artifact, *incident.columns[:1])
    _heading("8. The bug that was planted")
    print(f"Since week {FAULT_FROM}, in `{planted.component}`:\n{planted.story}.\n")
    print(f"The monitors named  {', '.join(str(one) for one in found)}")
    print(f"The review ranks first  {suspect.component}")


def _show_commands(command: str, flight_id: str, suspect: mt.Run, incident: mt.Incident) -> None:
    _heading("9. Explore further")
    print(f"  cd {FOLDER}")
    for words in (
        "recent",
        "components",
        "alerts",
        f"alerts show {incident.id}",
        "monitor list",
        "metrics arrival-delay roc_auc --window 7d",
        "drift '2013-W*/weather.parquet'",
        f"trace {flight_id}",
        f"journey {flight_id}",
        "losses batches/2013-W21/predictions.parquet",
        "review",
        f"inspect --code {suspect.id}",
        "diff batches/2013-W20/predictions.parquet batches/2013-W21/predictions.parquet",
        "impact batches/2013-W21/weather.parquet",
        "stale",
    ):
        print(f"  {command} {words}")


def _command() -> str:
    script = Path(sys.executable).with_name("mltrace")
    if shutil.which("mltrace") == str(script):
        return "mltrace"
    return os.path.relpath(script, FOLDER) if script.exists() else f"{sys.executable} -m mltrace"


def _heading(text: str) -> None:
    print(f"\n== {text} ==\n")
