"""Says what sets a suspect run apart from unaffected runs of its component.

A score alone cannot tell apart the runs that led only to flagged outputs: ingest, clean and predict
of one week share their fate. What changed in just one of them can.
"""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import select, true

from mltrace.lineage.loading import load_runs
from mltrace.lineage.parameters import is_path, is_volatile, short_value
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, CHOSEN_BESIDE, choose, choose_beside

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Select

    from mltrace.config import Settings
    from mltrace.records import ArtifactRef, Run

HISTORY: Final = 20
"""How many unaffected runs of its component a suspect is compared with."""

_FEWEST_BEFORE: Final = 5
_FEWEST_FOR_RATES: Final = 5
_WEIGHTS: Final = {"code": 5.0, "parameter": 4.0, "environment": 2.0, "git commit": 1.0}
_run = schema.run
_other, _near = _run.alias("other"), _run.alias("near")


def _select_nearest(*, is_before: bool, is_lateral: bool) -> Select[Any]:
    """Select the unaffected runs of the component nearest to each chosen run on one side of it.

    PostgreSQL asks for them once a run only if that is said by LATERAL, which SQLite does not know.
    """
    is_earlier = _near.c.started_at < _run.c.started_at
    started_at = _near.c.started_at
    nearest = (
        select(_near.c.id, started_at)
        .where(
            _near.c.component_id == _run.c.component_id,
            is_earlier if is_before else ~is_earlier,
            _near.c.status == "succeeded",
            _near.c.pruned_at.is_(None),
            _near.c.id.not_in(CHOSEN_BESIDE),
        )
        .order_by(started_at.desc() if is_before else started_at)
        .limit(HISTORY)
        .correlate(_run)
    )
    other: Any = nearest.lateral("other") if is_lateral else _other
    is_near = true() if is_lateral else _other.c.id.in_(nearest.with_only_columns(_near.c.id))
    far_to_near = other.c.started_at if is_before else other.c.started_at.desc()
    return (
        select(_run.c.id, other.c.id)
        .select_from(_run)
        .join(other, is_near)
        .where(_run.c.id.in_(CHOSEN))
        .order_by(far_to_near, other.c.id)
    )


_NEAREST: Final = {
    is_lateral: tuple(
        _select_nearest(is_before=is_before, is_lateral=is_lateral) for is_before in (True, False)
    )
    for is_lateral in (False, True)
}
"""The queries for the runs before and after, with LATERAL or without."""


class Evidence(NamedTuple):
    """A difference in words, and how much it makes a run suspect."""

    weight: float
    text: str


def find_evidence(
    connection: Connection,
    settings: Settings,
    runs: Mapping[int, Run],
    *,
    affected: Collection[int],
) -> dict[int, list[Evidence]]:
    """Find what sets each run apart, the strongest first.

    Parameters
    ----------
    runs : mapping of int to Run
        The suspects by row id.
    affected : collection of int
        The runs that flagged outputs depend on; the others are what suspects are compared with.

    Notes
    -----
    Cost: a fixed number of queries, and the records of at most `HISTORY` runs for each suspect.
    """
    before, after = _find_near(connection, list(runs), affected)
    wanted = {other for near in (before, after) for keys in near.values() for other in keys}
    others = load_runs(connection, sorted(wanted), settings)
    found = {}
    for key, run in runs.items():
        earlier = [others[other] for other in before.get(key, ()) if other in others]
        later = [others[other] for other in after.get(key, ()) if other in others]
        history = earlier or later
        near = [*earlier, run, *reversed(later)]
        evidence = sorted(compare(run, history, near), key=lambda item: -item.weight)
        if evidence and history:
            closest = history[-1]
            weight, text = evidence[0]
            evidence[0] = Evidence(weight, f"{text} (vs {closest.id[:13]})")
        found[key] = evidence
    return found


def compare(run: Run, history: Sequence[Run], near: Sequence[Run]) -> Iterator[Evidence]:
    """Yield what sets a run apart from unaffected runs, of which the closest comes last.

    `near` are the run and those around it, in order of time: what changes in nearly each of them
    says nothing.
    """
    yield from _compare_outcome(run, history)
    yield from _compare_features(run, history, near)
    if history:
        yield from _compare_shapes(run, history)
        yield from _compare_sizes(run, history)


def _find_near(
    connection: Connection, runs: Sequence[int], affected: Collection[int]
) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """List unaffected runs of the component before each run, and if these are few those after it.

    The closest come last.
    """
    before: defaultdict[int, list[int]] = defaultdict(list)
    after: defaultdict[int, list[int]] = defaultdict(list)
    beside = choose_beside(affected)
    runs_before, runs_after = _NEAREST[connection.dialect.name == "postgresql"]
    for run, other in connection.execute(runs_before, choose(runs, **beside)).all():
        before[run].append(other)
    lonely = [run for run in runs if len(before[run]) < _FEWEST_BEFORE]
    for run, other in connection.execute(runs_after, choose(lonely, **beside)).all():
        after[run].append(other)
    return before, after


def _compare_outcome(run: Run, history: Sequence[Run]) -> Iterator[Evidence]:
    if run.status in {"failed", "aborted"}:
        yield Evidence(4.0, f"run {run.status}")
    before = (
        {_check_name(check) for check in history[-1].checks if check.status == "failed"}
        if (history)
        else set()
    )
    for check in run.checks:
        if check.status in {"failed", "error"} and _check_name(check) not in before:
            verb = "failed" if check.status == "failed" else "could not be evaluated"
            yield Evidence(4.0, f"check {_check_name(check)} {verb}")
    if run.stale and not (history and history[-1].stale):
        yield Evidence(3.0, f"stale: {run.stale[0]}")


def _check_name(check: Any) -> str:
    return f"{check.check}.{check.test}"


def _features(run: Run) -> dict[tuple[str, str], Any]:
    """List what should not differ between runs of a component, by kind and name."""
    features: dict[tuple[str, str], Any] = {
        ("parameter", name): value for name, value in run.params.items()
    }
    features["code", ""] = run.code_digest
    features["environment", ""] = run.environment
    features["git commit", ""] = run.git_commit
    return features


def _compare_features(run: Run, history: Sequence[Run], near: Sequence[Run]) -> Iterator[Evidence]:
    mine = _features(run)
    theirs = [_features(other) for other in history]
    around = [mine if other is run else _features(other) for other in near]
    names = dict.fromkeys([*mine, *(theirs[-1] if theirs else ())])
    for kind, name in names:
        value = mine.get((kind, name))
        values = [features.get((kind, name)) for features in theirs]
        if is_volatile([features.get((kind, name)) for features in around]):
            continue
        share = _strength(value, values)
        if share and not (kind != "parameter" and value is None):
            words = _change_text(kind, name, value, values)
            yield Evidence(_WEIGHTS[kind] * share, words)


def _strength(value: Any, values: Sequence[Any]) -> float:
    """Say how strongly a value differs from earlier ones: 0 not at all, 1 new and unheard of.

    Notes
    -----
    A path says nothing. With fewer than three runs to compare, nobody can tell, so a change counts
    half. A value that came before the closest unaffected runs but after most of them counts nearly
    as much as a new one.
    """
    if not values or is_path(value):
        return 0.0
    if value != values[-1]:
        if len(values) < 3:
            return 0.5
        return 0.5 if value in values else 1.0
    return 0.8 if values.count(value) < len(values) / 2 else 0.0


def _change_text(kind: str, name: str, value: Any, values: Sequence[Any]) -> str:
    if value == values[-1]:
        changed = "changed a few runs before"
        return f"{kind} {name} {changed}" if name else f"{kind} {changed}"
    if kind == "parameter":
        return f"parameter {name} changed from {short_value(values[-1])} to {short_value(value)}"
    if kind == "git commit" and values[-1] is not None:
        return f"git commit changed from {values[-1][:8]} to {value[:8]}"
    return f"{kind} changed"


def _compare_shapes(run: Run, history: Sequence[Run]) -> Iterator[Evidence]:
    """Compare the columns of what was written, and of what came from outside, by position.

    A shape that any of the runs had is no evidence: a component may serve training and inference.
    """
    mine = [*run.outputs, *_sources(run)]
    theirs = [[*other.outputs, *_sources(other)] for other in history]
    for position, ref in enumerate(mine):
        known = [refs[position] for refs in theirs if len(refs) > position]
        known = [other for other in known if other.columns is not None]
        if ref.columns is None or not known or any(_has_shape(other, ref) for other in known):
            continue
        other = known[-1]
        gone = [column for column in other.columns or () if column not in ref.columns]
        new = [column for column in ref.columns if column not in (other.columns or ())]
        for verb, columns in (("lacks", gone), ("has the new", new)):
            if columns:
                noun = "column" if len(columns) == 1 else "columns"
                yield Evidence(3.0, f"{ref.name} {verb} {noun} {', '.join(columns[:5])}")
        yield from _compare_types(ref, other)


def _has_shape(one: ArtifactRef, other: ArtifactRef) -> bool:
    return (one.columns, one.dtypes) == (other.columns, other.dtypes)


def _sources(run: Run) -> list[ArtifactRef]:
    return [ref for ref in run.inputs if ref.produced_by is None]


def _compare_types(mine: ArtifactRef, other: ArtifactRef) -> Iterator[Evidence]:
    before = dict(zip(other.columns or (), other.dtypes or (), strict=False))
    for column, dtype in zip(mine.columns or (), mine.dtypes or (), strict=False):
        if before.get(column, dtype) != dtype:
            text = f"{mine.name}: {column} changed from {before[column]} to {dtype}"
            yield Evidence(3.0, text)


def _compare_sizes(run: Run, history: Sequence[Run]) -> Iterator[Evidence]:
    """Compare row counts, and the share of its input rows that a run writes, with the usual."""
    for position, ref in enumerate(run.outputs):
        if ref.num_rows is None:
            continue
        earlier = [other for other in history if len(other.outputs) > position]
        rows = [other.outputs[position].num_rows for other in earlier]
        usual = [count for count in rows if count is not None]
        if _is_far(ref.num_rows, usual, floor=0.1):
            yield Evidence(
                2.0, f"{ref.name} has {ref.num_rows:,} rows, usually about {median(usual):,.0f}"
            )
        shares = [share for other in earlier if (share := _share(other, position)) is not None]
        share = _share(run, position)
        if share is not None and _is_far(share, shares, floor=0.02):
            yield Evidence(
                2.5,
                f"{ref.name} has {share:.1%} as many rows as the input, "
                f"usually {median(shares):.1%}",
            )


def _share(run: Run, position: int) -> float | None:
    """Divide the rows of an output by those of the largest input."""
    sizes = [ref.num_rows for ref in run.inputs if ref.num_rows]
    num_rows = run.outputs[position].num_rows
    return num_rows / max(sizes) if sizes and num_rows is not None else None


def _is_far(value: float, usual: Sequence[float], *, floor: float) -> bool:
    """Tell whether a value is more than 3 scaled median absolute deviations from the median.

    `floor` is the relative difference up to which no value counts as far, nor one that is as near
    to any of the usual ones.
    """
    if len(usual) < _FEWEST_FOR_RATES:
        return False
    if any(abs(value - other) <= floor * abs(other) for other in usual):
        return False
    middle = median(usual)
    spread = 1.4826 * median(abs(other - middle) for other in usual)
    return abs(value - middle) > max(3 * spread, floor * abs(middle))
