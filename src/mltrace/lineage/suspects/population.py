"""Finds the outputs that a review compares: the flagged ones, and good ones beside them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from sqlalchemy import distinct, func, select

from mltrace.errors import ArgumentError
from mltrace.lineage.edges import count_upstream
from mltrace.lineage.predictions import predictions_of
from mltrace.store.database import schema
from mltrace.store.database.chosen import (
    CHOSEN,
    CHOSEN_BESIDE,
    CHOSEN_TEXTS,
    choose,
    choose_beside,
    choose_texts,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray
    from sqlalchemy import Connection, Select

    from mltrace.lineage.flags import Subject

MOST_COMPARED: Final = 5_000
"""How many runs of the same components a review compares the flagged ones with."""

MOST_UPSTREAM: Final = 80_000
"""How many runs a review looks at; where outputs depend on more, it compares fewer outputs."""

_FEWEST_COMPARED: Final = 500

_run, _write, _version = schema.run, schema.write, schema.version
_output, _artifact = schema.output_id, schema.artifact
_VERSIONS: Final = (
    select(_version.c.id, _version.c.kind, _artifact.c.identity, _version.c.digest)
    .join(_artifact, _artifact.c.id == _version.c.artifact_id)
    .where(_version.c.digest.in_(CHOSEN_TEXTS), _artifact.c.identity.in_(CHOSEN_TEXTS))
)
_WRITERS: Final = (
    select(_write.c.version_id, _write.c.run_id)
    .where(_write.c.version_id.in_(CHOSEN))
    .order_by(_write.c.at, _write.c.id)
)
_MAKERS: Final = select(_output.c.at, _output.c.run_id, _output.c.output).where(
    _output.c.output.in_(CHOSEN_TEXTS)
)
_MAKERS_OF_VERSIONS: Final = (
    select(_output.c.at, _output.c.run_id, _output.c.output)
    .join(_write, _write.c.run_id == _output.c.run_id)
    .where(_write.c.version_id == _output.c.version_id, _write.c.version_id.in_(CHOSEN))
)
_RUNS_BESIDE: Final = (
    select(_run.c.id, _run.c.started_at)
    .where(
        _run.c.component_id.in_(select(_run.c.component_id).where(_run.c.id.in_(CHOSEN))),
        # A run without details would seem to differ in all that is forgotten.
        _run.c.pruned_at.is_(None) | _run.c.id.in_(CHOSEN),
    )
    .order_by(_run.c.started_at, _run.c.id)
)
_NUM_IDS: Final = (
    select(_output.c.run_id, func.count())
    .where(_output.c.run_id.in_(CHOSEN))
    .group_by(_output.c.run_id)
)
_NUM_VERSIONS: Final = (
    select(_write.c.run_id, func.count(distinct(_write.c.version_id)))
    .join(_version, _version.c.id == _write.c.version_id)
    .where(
        _write.c.run_id.in_(CHOSEN),
        _write.c.in_place.is_(False),
        _write.c.part == schema.WHOLE,  # not each file of a folder
        _version.c.kind != "ids",
        _version.c.id.not_in(CHOSEN_BESIDE),
    )
    .group_by(_write.c.run_id)
)


class Population(NamedTuple):
    """How many flagged and unflagged outputs each producing run made.

    `num_passed_over` counts the runs of the same components that were not compared.
    """

    flagged: Counter[int]
    unflagged: Counter[int]
    num_passed_over: int = 0


class _Made(NamedTuple):
    """Outputs and the runs that made each, the last one last; the names of those no run made.

    `predictions` counts, by run, those that are meant by the artifact that they are together.
    """

    ids: dict[str, list[int]]
    versions: dict[int, list[int]]
    predictions: Counter[int]
    unmade: list[str]

    def count_last(self) -> Counter[int]:
        """Count the outputs of the run that made each last."""
        return self.count_ids() + Counter(runs[-1] for runs in self.versions.values())

    def count_ids(self) -> Counter[int]:
        """Count the output ids of the run that made each last."""
        last = Counter(runs[-1] for runs in self.ids.values())
        return last | self.predictions


def find_population(
    connection: Connection, flagged: Sequence[Subject], good: Sequence[Subject] | None = None
) -> Population:
    """Find the runs that made the flagged outputs, and those that made the others.

    Parameters
    ----------
    good : sequence of Subject, optional
        The outputs that count as good ones; by default the unflagged outputs of the components that
        made the flagged ones.

    Raises
    ------
    ArgumentError
        If a good output is flagged, or made by no run.

    Notes
    -----
    An output made several times belongs to the run that made it last; a version that holds output
    ids stands for them. Of more than `MOST_COMPARED` unflagged runs, half are those nearest in time
    to a flagged one, which differ from it in little, and half are spread evenly over the rest,
    which show what changed slowly. Cost: a fixed number of queries.
    """
    bad = _find_made(connection, flagged)
    if good is not None:
        return Population(bad.count_last(), _find_good(connection, good, bad).count_last())
    makers = [*bad.ids.values(), *([run] for run in bad.predictions)]
    id_runs, num_passed_over = _find_beside(connection, makers)
    ids = _count(connection, _NUM_IDS, choose(id_runs)) | _count_predictions(connection, id_runs)
    ids -= Counter(run for runs in bad.ids.values() for run in runs) | bad.predictions
    runs, more_passed_over = _find_beside(connection, bad.versions.values())
    versions = _count(connection, _NUM_VERSIONS, choose(runs, **choose_beside(bad.versions)))
    return Population(bad.count_last(), ids + versions, num_passed_over + more_passed_over)


def bound_upstream(connection: Connection, population: Population) -> Population:
    """Leave out every other unflagged run as long as all together depend on too many runs."""
    kept = sorted(population.unflagged)
    while len(kept) > _FEWEST_COMPARED and (
        count_upstream(connection, [*population.flagged, *kept], most=MOST_UPSTREAM + 1)
        > MOST_UPSTREAM
    ):
        kept = kept[::2]
    return Population(
        population.flagged,
        Counter({run: population.unflagged[run] for run in kept}),
        population.num_passed_over + len(population.unflagged) - len(kept),
    )


def _find_made(connection: Connection, subjects: Sequence[Subject]) -> _Made:
    outputs = [subject for kind, subject, _ in subjects if kind == "id"]
    pairs = {(subject, digest) for kind, subject, digest in subjects if kind == "version"}
    texts = choose_texts({text for pair in pairs for text in pair})
    rows = connection.execute(_VERSIONS, texts).all()
    kinds = {key: kind for key, kind, *pair in rows if tuple(pair) in pairs}
    versions: dict[int, list[int]] = {}
    chosen = choose(key for key, kind in kinds.items() if kind != "ids")
    for version_id, run_id in connection.execute(_WRITERS, chosen):
        versions.setdefault(version_id, []).append(run_id)
    chosen = choose(key for key, kind in kinds.items() if kind == "ids")
    makers = {
        *connection.execute(_MAKERS, choose_texts(outputs)),
        *connection.execute(_MAKERS_OF_VERSIONS, chosen),
    }
    ids: dict[str, list[int]] = {}
    for _, run_id, output in sorted(makers):
        ids.setdefault(output, []).append(run_id)
    whole = {run_id for _, run_id in connection.execute(_WRITERS, chosen)}
    predictions = _count_predictions(connection, whole) if whole else Counter()
    made = {("id", output, "") for output in ids}
    made |= {("version", *pair) for key, kind, *pair in rows if kind == "ids" or key in versions}
    unmade = [subject[1] for subject in subjects if subject not in made]
    return _Made(ids, versions, predictions, unmade)


def _find_good(connection: Connection, good: Sequence[Subject], bad: _Made) -> _Made:
    found = _find_made(connection, good)
    if found.ids.keys() & bad.ids.keys() or found.versions.keys() & bad.versions.keys():
        names = [name for name in found.ids if name in bad.ids] or [name for _, name, _ in good]
        raise ArgumentError(
            f"The output {names[0]!r} is flagged and cannot be a good one as well. Leave it out of "
            "good=, or take its flag back with unflag."
        )
    if found.unmade:
        raise ArgumentError(
            f"No run made {found.unmade[0]!r}, so it cannot be a good output. Leave it out of "
            "good=, or name what a run made."
        )
    return found


def _find_beside(
    connection: Connection, makers: Collection[Sequence[int]]
) -> tuple[list[int], int]:
    """Find the runs of the same components to compare; count those that are passed over."""
    if not makers:
        return [], 0
    flagged = {run for runs in makers for run in runs}
    beside = connection.execute(_RUNS_BESIDE, choose(flagged)).all()
    chosen = _choose_runs(beside, flagged)
    return chosen, len(beside) - len(chosen)


def _count_predictions(connection: Connection, runs: Collection[int]) -> Counter[int]:
    """Count the predictions that runs logged, which the catalog lists only where one is flagged."""
    predictions = predictions_of(connection)
    return Counter() if predictions is None else predictions.count_by_run(connection, runs)


def _count(connection: Connection, query: Select[Any], chosen: Mapping[str, Any]) -> Counter[int]:
    return Counter({run: count for run, count in connection.execute(query, chosen)})  # noqa: C416


def _choose_runs(beside: Sequence[Any], flagged: Collection[int]) -> list[int]:
    """Choose the flagged runs and at most `MOST_COMPARED` others of rows of id and time."""
    keys = np.fromiter((row[0] for row in beside), dtype=np.int64, count=len(beside))
    times = np.fromiter((row[1] for row in beside), dtype=np.int64, count=len(beside))
    is_flagged = np.isin(keys, list(flagged))
    others = np.flatnonzero(~is_flagged)
    if len(others) > MOST_COMPARED:
        half = MOST_COMPARED // 2
        by_distance = np.argsort(_distances(times[others], times[is_flagged]), kind="stable")
        rest = np.sort(by_distance[half:])
        spread = rest[np.linspace(0, len(rest) - 1, MOST_COMPARED - half).astype(np.int64)]
        others = others[np.concatenate((by_distance[:half], spread))]
    return [int(key) for key in keys[np.concatenate((np.flatnonzero(is_flagged), others))]]


def _distances(times: NDArray[np.int64], near: NDArray[np.int64]) -> NDArray[np.int64]:
    """Measure how far each time is from the nearest of the sorted times `near`."""
    after = np.searchsorted(near, times).clip(0, len(near) - 1)
    before = (after - 1).clip(0)
    distances: NDArray[np.int64] = np.minimum(abs(times - near[after]), abs(times - near[before]))
    return distances
