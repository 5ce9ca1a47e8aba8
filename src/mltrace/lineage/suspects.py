"""Ranks the runs that may have caused the flagged outputs, by contrast with the unflagged ones."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import distinct, func, select

from mltrace.lineage.chosen import CHOSEN, choose
from mltrace.lineage.edges import find_edges
from mltrace.lineage.evidence import find_evidence
from mltrace.lineage.flags import list_flags
from mltrace.lineage.loading import load_runs
from mltrace.lineage.spectrum import Counts, count_dependents, ochiai
from mltrace.records import Review, Suspect
from mltrace.store import schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from mltrace.config import Settings
    from mltrace.lineage.evidence import Evidence
    from mltrace.records import Run

MOST_SUSPECTS: Final = 100
"""Suspects are listed up to here, except that a group of ties that began is finished."""

_MOST_TIES: Final = 1_000
_run, _write, _version = schema.run, schema.write, schema.version
_flag, _output, _artifact = schema.flag, schema.output_id, schema.artifact
_FLAGGED_IDS: Final = (
    select(_output.c.output, _output.c.run_id)
    .join(_flag, _flag.c.subject == _output.c.output)
    .where(_flag.c.kind == "id", _flag.c.is_flagged)
    .order_by(_output.c.at, _output.c.run_id)
)
_IDS: Final = (
    select(_output.c.run_id, func.count())
    .join(_run, _run.c.id == _output.c.run_id)
    .where(_run.c.component_id.in_(CHOSEN))
    .group_by(_output.c.run_id)
)
_is_flagged_version = (
    select(_flag.c.at)
    .join(_artifact, _artifact.c.identity == _flag.c.subject)
    .where(
        _flag.c.kind == "version",
        _flag.c.is_flagged,
        _artifact.c.id == _version.c.artifact_id,
        _flag.c.digest == _version.c.digest,
    )
    .correlate(_version)
    .exists()
)
_FLAGGED_VERSIONS: Final = (
    select(_write.c.version_id, _write.c.run_id)
    .join(_version, _version.c.id == _write.c.version_id)
    .join(_artifact, _artifact.c.id == _version.c.artifact_id)
    .join(_flag, (_flag.c.subject == _artifact.c.identity) & (_flag.c.digest == _version.c.digest))
    .where(_flag.c.kind == "version", _flag.c.is_flagged)
    .order_by(_write.c.at, _write.c.id)
)
_VERSIONS: Final = (
    select(_write.c.run_id, func.count(distinct(_write.c.version_id)))
    .join(_run, _run.c.id == _write.c.run_id)
    .join(_version, _version.c.id == _write.c.version_id)
    .where(
        _run.c.component_id.in_(CHOSEN),
        _write.c.in_place.is_(False),
        _write.c.position >= 0,  # not each file of a folder
        _version.c.kind != "ids",
        ~_is_flagged_version,
    )
    .group_by(_write.c.run_id)
)
_COMPONENTS: Final = select(_run.c.component_id).where(_run.c.id.in_(CHOSEN)).distinct()


class Population(NamedTuple):
    """How many flagged and unflagged outputs each producing run made."""

    flagged: Counter[int]
    unflagged: Counter[int]


def rank_suspects(connection: Connection, settings: Settings) -> Review:
    """Rank the runs behind the flagged outputs, the most suspect first.

    The unflagged outputs are those of the same components. Equal scores are a tie with one rank;
    inside it come first the runs that more sets apart from unaffected runs of their component, then
    those further upstream.

    Notes
    -----
    Cost: a fixed number of queries, and bit sets over the producing runs; 100,000 runs with 500
    flags take about a second of CPU. At most `MOST_SUSPECTS` suspects, and the ties of the last.
    """
    flags = list_flags(connection)
    if not flags:
        return Review()
    population = _find_population(connection)
    producing = [*population.flagged, *population.unflagged]
    neighbours = find_edges(connection, producing, is_upstream=True)
    counts = count_dependents(neighbours, population.flagged, population.unflagged)
    total = population.flagged.total()
    ranks = _rank(counts, total)
    runs = load_runs(connection, list(ranks), settings)
    evidence = find_evidence(connection, settings, runs, affected=counts.keys())
    suspects = [
        Suspect(
            run=runs[key],
            score=_score(counts[key], total),
            num_flagged=counts[key].num_flagged,
            num_unflagged=counts[key].num_unflagged,
            coverage=counts[key].num_flagged / total,
            rank=ranks[key],
            evidence=tuple(item.text for item in evidence[key]),
        )
        for key in _in_order(ranks, runs, evidence)
    ]
    return Review(
        flagged=tuple(flags),
        suspects=tuple(suspects),
        num_unflagged=population.unflagged.total(),
    )


def _find_population(connection: Connection) -> Population:
    ids, versions = _find_ids(connection), _find_versions(connection)
    return Population(ids.flagged + versions.flagged, ids.unflagged + versions.unflagged)


def _find_ids(connection: Connection) -> Population:
    """Count output ids; one made several times belongs to the run that made it last."""
    rows = connection.execute(_FLAGGED_IDS).all()
    last_maker: dict[str, int] = dict(rows)
    flagged = Counter(last_maker.values())
    made: Counter[int] = Counter()
    for run_id, count in _of_same_components(connection, flagged, _IDS):
        made[run_id] = count
    return Population(flagged, made - Counter(run_id for _, run_id in rows))


def _find_versions(connection: Connection) -> Population:
    """Count versions of artifacts; one written several times belongs to its last writer."""
    rows = connection.execute(_FLAGGED_VERSIONS).all()
    last_maker: dict[int, int] = dict(rows)
    flagged = Counter(last_maker.values())
    unflagged: Counter[int] = Counter()
    for run_id, count in _of_same_components(connection, flagged, _VERSIONS):
        unflagged[run_id] = count
    return Population(flagged, unflagged)


def _of_same_components(
    connection: Connection, runs: Iterable[int], query: Select[Any]
) -> Sequence[Any]:
    components = connection.execute(_COMPONENTS, choose(runs)).scalars().all()
    return connection.execute(query, choose(components)).all()


def _rank(counts: Mapping[int, Counts], total: int) -> dict[int, int]:
    """Rank the most suspect runs; equal scores share a rank, and ranks have no gaps."""
    scores = {key: _score(count, total) for key, count in counts.items()}
    ordered = sorted(scores, key=lambda key: -scores[key])
    ranks: dict[int, int] = {}
    rank, last = 0, -1.0
    for key in ordered:
        if scores[key] != last:
            if len(ranks) >= MOST_SUSPECTS:
                break
            rank, last = rank + 1, scores[key]
        ranks[key] = rank
        if len(ranks) >= _MOST_TIES:
            break
    return ranks


def _score(counts: Counts, total: int) -> float:
    """Score a run, rounded so that equal scores of different counts are equal."""
    return round(ochiai(counts.num_flagged, counts.num_unflagged, total), 12)


def _in_order(
    ranks: Mapping[int, int],
    runs: Mapping[int, Run],
    evidence: Mapping[int, Sequence[Evidence]],
) -> list[int]:
    """Order by rank, then the most evidence first, then upstream first."""

    def order(key: int) -> tuple[int, float, datetime, int]:
        weight = sum(item.weight for item in evidence[key])
        return ranks[key], -round(weight, 6), runs[key].started_at, key

    return sorted(runs, key=order)
