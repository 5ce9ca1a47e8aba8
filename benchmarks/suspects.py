"""How often a review finds a seeded fault, in generated pipelines of 5 to 40 components.

    python -m benchmarks.suspects [NUM_PIPELINES]      # 90 by default, some minutes

Each pipeline has one fault: in a run, or in what runs have in common. All outputs downstream of it
are bad; some are flagged. The fault is found if the first group of ties holds it, as a suspect or
folded into one. Beside the methods of mltrace stand the count-based ranking of the prototype
(loglabs/mltrace: runs by the number of flagged outputs that depend on them; an attribute counts as
found if any run that bears it is in the first group) and a random order of all candidates.
"""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.seeded import KINDS, Cause, generate, seed_fault

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.seeded import Fault, Pipeline

DEFAULT: Final = "ochiai"
METHODS: Final = (DEFAULT, "tarantula", "dstar", "jaccard")


class Condition(NamedTuple):
    """How a user flags: how many outputs, how many of them wrongly, and good ones beside them."""

    name: str
    num_flags: int
    num_wrong: int = 0
    num_good: int | None = None


CONDITIONS: Final = (
    Condition("20 flags, 200 outputs known to be good", 20, num_good=200),
    Condition("20 flags, other bad outputs unflagged", 20),
    Condition("20 flags, 2 of them wrong, others unflagged", 20, num_wrong=2),
    Condition("5 flags, other bad outputs unflagged", 5),
    Condition("50 flags, other bad outputs unflagged", 50),
)


class Result(NamedTuple):
    """Whether the first group holds the fault, its size, and the share of candidates before it."""

    is_found: float
    size: float
    effort: float


def main() -> None:
    num_pipelines = int(sys.argv[1]) if len(sys.argv) > 1 else 90
    results: dict[tuple[str, str, str], list[Result]] = defaultdict(list)
    for seed in range(num_pipelines):
        kind = KINDS[seed % len(KINDS)]
        pipeline = generate(seed)
        fault = seed_fault(pipeline, kind)
        if fault is None:
            continue
        with tempfile.TemporaryDirectory() as folder:
            pipeline.log.spool(Path(folder))
            workspace = mt.Workspace(folder)
            for condition in CONDITIONS:
                for ranking, result in _judge(workspace, pipeline, fault, condition).items():
                    results[condition.name, ranking, kind].append(result)
            workspace.close()
    _report(results)


def _judge(
    workspace: mt.Workspace, pipeline: Pipeline, fault: Fault, condition: Condition
) -> dict[str, Result]:
    """Flag as the condition says, and see where each ranking places the fault."""
    random = pipeline.random
    num_bad = min(condition.num_flags, len(fault.bad)) - condition.num_wrong
    flagged = random.sample(fault.bad, num_bad) + random.sample(fault.good, condition.num_wrong)
    good = None
    if condition.num_good is not None:
        good = random.sample(fault.good, min(condition.num_good, len(fault.good)))
    workspace.flag(flagged)
    results = {}
    for method in METHODS:
        review = workspace.review(method=method, good=good)
        results[method] = _place(review, pipeline, fault)
    workspace.unflag(all=True)
    results["count of the prototype"] = _prototype(pipeline, fault, set(flagged))
    results["random order"] = Result(1 / review.num_candidates, 1, 0.5)
    return results


def _place(review: mt.Review, pipeline: Pipeline, fault: Fault) -> Result:
    """Find the fault among the suspects; one that is not listed comes last."""
    ranks = [suspect.rank for suspect in review.suspects]
    size = ranks.count(1)
    for suspect in review.suspects:
        if _says(suspect, pipeline, fault):
            before = sum(rank < suspect.rank for rank in ranks)
            middle = before + (ranks.count(suspect.rank) + 1) / 2
            return Result(suspect.rank == 1, size, middle / review.num_candidates)
    return Result(0, size, 1)


def _says(suspect: mt.Suspect, pipeline: Pipeline, fault: Fault) -> bool:
    """Tell whether a suspect is the fault, or folds it in."""
    if suspect.attribute is None:
        return Cause("run", None, suspect.run.id) in fault.causes
    said = {(suspect.scope, suspect.attribute)}
    for text in suspect.always_with:
        scope, _, rest = text.partition(": ")
        said.add(
            (None if scope == "any component" else scope, rest) if rest else (suspect.scope, text)
        )
    steps = {pipeline.runs[run].step for run in fault.bearers}
    alone = steps.pop() if len(steps) == 1 else None
    return any(
        (scope, cause.text) in said
        for cause in fault.causes
        for scope in {cause.scope, cause.scope or alone}
    )


def _prototype(pipeline: Pipeline, fault: Fault, flagged: set[str]) -> Result:
    counts: defaultdict[int, int] = defaultdict(int)
    for run in pipeline.runs:
        if num_flagged := len(flagged.intersection(run.outputs)):
            for upstream in run.upstream:
                counts[upstream] += num_flagged
    best = [counts[run] for run in fault.bearers if run in counts]
    first = max(counts.values())
    before = sum(count > max(best, default=0) for count in counts.values())
    ties = sum(count == max(best, default=0) for count in counts.values())
    size = sum(count == first for count in counts.values())
    return Result(first in best, size, (before + (ties + 1) / 2) / len(counts))


def _report(results: dict[tuple[str, str, str], list[Result]]) -> None:
    rankings = dict.fromkeys(ranking for _, ranking, _ in results)
    for condition in CONDITIONS:
        print(f"\n{condition.name:<46} {'found':>8} {'ties':>7} {'effort':>8}")
        for ranking in rankings:
            _print_mean(
                ranking, [r for kind in KINDS for r in results[condition.name, ranking, kind]]
            )
    for condition in CONDITIONS[:3]:
        print(f"\n{DEFAULT}, {condition.name}")
        for kind in KINDS:
            _print_mean(kind, results[condition.name, DEFAULT, kind])


def _print_mean(name: str, results: Sequence[Result]) -> None:
    if results:
        found, size, effort = (mean(column) for column in zip(*results, strict=True))
        text = f"{name} ({len(results)})"
        print(f"  {text:<44} {found:8.1%} {size:7.1f} {effort:8.2%}")


if __name__ == "__main__":
    main()
