"""A small pipeline for faults to strike, and its lineage in words that any two runs of it share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltrace.records import Run

STEPS = '''
import os, sys
from pathlib import Path
import numpy
import mltrace as mt

@mt.component(owner="faults", tags=["file"])
def prepare(key: str, source: Path, target: Path) -> Path:
    target.write_text(source.read_text()[-100:] + key)
    return target

@mt.component(owner="faults", tags=["value"])
def train(key: str, source: Path, array: numpy.ndarray) -> numpy.ndarray:
    return numpy.append(array[-20:], [hash(key) % 1_000_003, len(source.read_text())])

@mt.component
def score(key: str, array: numpy.ndarray) -> float:
    return float(array.sum())

def work(writer, number, before):
    """Make a link of a chain of files and of values; return its array."""
    key = f"{writer}:{number}"
    source, target = Path(f"{writer}-{number - 1}.txt"), Path(f"{writer}-{number}.txt")
    if number == 0:
        source.write_text(f"raw {writer}")
    prepare(key, source, target)
    array = train(key, target, before)
    score(key, array)
    return array

def start_of(writer):
    return numpy.array([hash(writer) % 1_000_003, 1.0])
'''
"""Code that logs, for each link `writer:number` of a chain, runs of prepare, train and score."""


def key_of(run: Run) -> tuple[str, int]:
    """Tell the writer and the number of the link that a run belongs to."""
    writer, _, number = str(run.params["key"]).rpartition(":")
    return writer, int(number)


def lineage_of(runs: Iterable[Run]) -> dict[str, dict[int, Any]]:
    """Say for each writer and link which runs each of its runs got its inputs from, by input."""
    runs = list(runs)
    made_by = {run.id: (run.component, *key_of(run)) for run in runs}
    found: dict[str, dict[int, Any]] = {}
    for run in runs:
        writer, number = key_of(run)
        inputs = [(ref.name, made_by.get(ref.produced_by or "")) for ref in run.inputs]
        said = [
            (
                "file" if name.endswith(".txt") else name,
                made and (made[0], made[2], made[1] == writer),
            )
            for name, made in inputs
        ]
        found.setdefault(writer, {}).setdefault(number, {})[run.component] = said
    return found
