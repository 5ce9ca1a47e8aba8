"""What differs between two runs, causes first."""

from __future__ import annotations

import math
import posixpath
import re
from dataclasses import dataclass, field
from textwrap import dedent
from typing import TYPE_CHECKING, Any, Final, get_args

from mltrace.lineage.diffing.artifact_differences import (
    Difference,
    compare_refs,
    match_refs,
    tolerate_refs,
)
from mltrace.lineage.diffing.code_diffs import unified_diff
from mltrace.lineage.diffing.matching import is_same, match
from mltrace.records import Change, DiffPair
from mltrace.records.differences import Aspect

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from mltrace.lineage.diffing.artifact_differences import RefPair
    from mltrace.records import ArtifactRef, CheckResult, Run

LEAST_FACTOR: Final = 2.0
LEAST_SECONDS: Final = 0.1
"""A run takes longer if it takes twice as long and at least a tenth of a second more."""

_ORDER: Final = {aspect: at for at, aspect in enumerate(get_args(Aspect))}
_CAUSES: Final = frozenset({"run", "code", "package", "git", "parameter", "stale", "input"})
_VARYING: Final = re.compile(r"\S*\d\S*")
_BY_CHANCE: Final = (
    "code, parameters, packages and inputs are the same: the run is not deterministic, or depends "
    "on what was not logged of it"
)
_UNEXPLAINED: Final = "nothing that is known of the run explains it"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What comparing two runs needs to know besides them, and what many pairs have in common.

    Attributes
    ----------
    packages : mapping of str to mapping
        The version of each package, by the digest of the environment.
    runs_a, runs_b : collection of str
        All runs of the diff: what differs between their outputs is told there.
    """

    packages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    runs_a: Collection[str] = ()
    runs_b: Collection[str] = ()
    _found: dict[tuple[str | None, ...], Any] = field(default_factory=dict)

    def compare_packages(self, a: str | None, b: str | None) -> list[Difference]:
        """List what differs between two environments."""
        if (a, b) not in self._found:
            ours, theirs = self.packages.get(a or ""), self.packages.get(b or "")
            if ours is None or theirs is None:
                self._found[a, b] = [Difference("package", "", a, b)]
            else:
                self._found[a, b] = [*_compare_values("package", ours, theirs)]
        found: list[Difference] = self._found[a, b]
        return found

    def compare_code(self, a: Run, b: Run) -> str:
        """Write the unified diff of the code of two runs, if both are known."""
        key = a.code_digest, b.code_digest, a.component, b.component
        if key not in self._found:
            text = ""
            if a.code is not None and b.code is not None:
                labels = f"A/{a.component}", f"B/{b.component}"
                # A function that moved into a class or out of it is indented otherwise.
                text = unified_diff(dedent(a.code), dedent(b.code), labels=labels)
            self._found[key] = text
        found: str = self._found[key]
        return found


def compare_runs(a: Run | None, b: Run | None, surroundings: Surroundings) -> DiffPair:
    """Tell what differs between two runs that did the same work.

    Notes
    -----
    Ids, processes and times always differ and are no change, nor is a duration below
    `LEAST_FACTOR` and `LEAST_SECONDS`. Notes and flags say what somebody thinks of a run.
    Cost: linear in inputs, outputs, parameters and packages; code see `unified_diff`.
    """
    if a is None or b is None:
        return _alone(a, b)
    inputs, outputs = match_refs(a.inputs, b.inputs), match_refs(a.outputs, b.outputs)
    changes = [
        *_changes(b.component, _compare_making(a, b, surroundings)),
        *_input_changes(b.component, inputs, surroundings),
    ]
    has_cause = any(change.aspect in _CAUSES for change in changes)
    changes += _changes(b.component, _compare_outcome(a, b), is_consequence=has_cause)
    has_cause = has_cause or a.status != b.status
    made = [one for pair in outputs for one in compare_refs(*pair, "output")]
    leeway = [*_changes(b.component, _tolerate(a, b, inputs, outputs))]
    if made and not has_cause:
        is_known = not any(one.aspect in _CAUSES and one.before is None for one in leeway)
        made[0] = made[0]._replace(text=_BY_CHANCE if is_known else _UNEXPLAINED)
    changes += _changes(b.component, made, is_consequence=has_cause)
    return DiffPair(
        component=b.component,
        run_a=a,
        run_b=b,
        changes=tuple(sorted(changes, key=_importance)),
        leeway=tuple(leeway),
    )


def compare_sources(mine: ArtifactRef, other: ArtifactRef) -> DiffPair:
    """Tell what differs between two artifacts that no run made."""
    found, tolerated = compare_refs(mine, other, "input"), tolerate_refs(mine, other, "input")
    return DiffPair(
        component="", changes=tuple(_changes("", found)), leeway=tuple(_changes("", tolerated))
    )


def _alone(a: Run | None, b: Run | None) -> DiffPair:
    run = a or b
    component = "" if run is None else run.component
    ids = [None if one is None else one.id for one in (a, b)]
    change = Change(component=component, aspect="run", before=ids[0], after=ids[1])
    return DiffPair(component=component, run_a=a, run_b=b, changes=(change,))


def _compare_making(a: Run, b: Run, surroundings: Surroundings) -> Iterator[Difference]:
    """Compare what made the runs do what they did, but for their inputs."""
    if a.component != b.component:
        yield Difference("run", "component", a.component, b.component)
    if a.code_digest != b.code_digest:
        text = surroundings.compare_code(a, b)
        yield Difference("code", "", a.code_digest, b.code_digest, text)
    if a.python_version != b.python_version:
        yield Difference("package", "Python", a.python_version, b.python_version)
    if a.environment != b.environment:
        yield from surroundings.compare_packages(a.environment, b.environment)
    if a.git_commit != b.git_commit:
        yield Difference("git", "commit", a.git_commit, b.git_commit)
    if _uncommitted(a) != _uncommitted(b):
        yield Difference("git", "uncommitted changes", _uncommitted(a), _uncommitted(b))
    if not _lacks_params(a, b):
        yield from _compare_values("parameter", *_settings(a, b))
    if _steady(a.stale) != _steady(b.stale):
        yield Difference("stale", "", a.stale or None, b.stale or None)
    if a.host != b.host:
        yield Difference("host", "", a.host, b.host)


def _compare_outcome(a: Run, b: Run) -> Iterator[Difference]:
    """Compare how the runs went, but for what they wrote."""
    if a.status != b.status:
        yield Difference("status", "", a.status, b.status)
    if _is_much_longer(a.duration_seconds, b.duration_seconds):
        yield Difference("duration", "", a.duration_seconds, b.duration_seconds)
    if _lacks_details(a, b):
        return
    if _error(a) != _error(b):
        yield Difference("error", "", _error(a), _error(b))
    for mine, other in match(a.checks, b.checks, [_check_name]):
        before, after = _result(mine), _result(other)
        if not is_same(before, after):
            name = _check_name(mine or other)
            yield Difference("check", name, before, after)
    yield from _compare_values("metric", _numbers(a.metrics), _numbers(b.metrics))


def _input_changes(
    component: str, pairs: list[RefPair], surroundings: Surroundings
) -> Iterator[Change]:
    for mine, other in pairs:
        is_consequence = (
            mine is not None
            and other is not None
            and (
                mine.produced_by in surroundings.runs_a or other.produced_by in surroundings.runs_b
            )
        )
        found = compare_refs(mine, other, "input")
        yield from _changes(component, found, is_consequence=is_consequence)


def _compare_values(
    aspect: Aspect, ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> Iterator[Difference]:
    for name in sorted(ours.keys() | theirs.keys()):
        before, after = ours.get(name), theirs.get(name)
        if (name in ours) != (name in theirs) or not is_same(before, after):
            yield Difference(aspect, name, before, after, _text_diff(name, before, after))


def _settings(a: Run, b: Run) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Leave out the paths to what only one run found in place: to the other they are parameters."""
    refs = (*a.inputs, *a.outputs, *b.inputs, *b.outputs)
    paths = {posixpath.normpath(name) for ref in refs for name in (ref.name, ref.identity) if name}
    alone = a.params.keys() ^ b.params.keys()

    def settings_of(run: Run) -> dict[str, Any]:
        return {
            name: value
            for name, value in run.params.items()
            if not (name in alone and isinstance(value, str) and posixpath.normpath(value) in paths)
        }

    return settings_of(a), settings_of(b)


def _text_diff(name: str, before: object, after: object) -> str:
    """Write the unified diff of two texts of several lines, such as queries."""
    if isinstance(before, str) and isinstance(after, str) and "\n" in before + after:
        return unified_diff(before, after, labels=(f"A/{name}", f"B/{name}"))
    return ""


def _tolerate(
    a: Run, b: Run, inputs: list[RefPair], outputs: list[RefPair]
) -> Iterator[Difference]:
    """Yield what counts as no change, and what of both runs nobody knows."""
    if a.code_digest is None and b.code_digest is None:
        yield Difference("code")
    if a.environment is None and b.environment is None:
        yield Difference("package")
    if _lacks_params(a, b):
        yield Difference("parameter")
    if _lacks_details(a, b):
        yield from (Difference("metric"), Difference("check"), Difference("error"))
    for pair in inputs:
        yield from tolerate_refs(*pair, "input")
    for pair in outputs:
        yield from tolerate_refs(*pair, "output")
    seconds = a.duration_seconds, b.duration_seconds
    if None not in seconds and not _is_much_longer(*seconds):
        yield Difference("duration", "", *seconds)


def _changes(
    component: str, found: Iterable[Difference], *, is_consequence: bool = False
) -> Iterator[Change]:
    for aspect, name, before, after, text in found:
        yield Change(
            component=component,
            aspect=aspect,
            name=name,
            before=before,
            after=after,
            text=text,
            is_consequence=is_consequence,
        )


def _importance(change: Change) -> tuple[bool, int]:
    return change.is_consequence, _ORDER[change.aspect]


def _lacks_details(a: Run, b: Run) -> bool:
    """Tell whether retention removed what would be compared."""
    return any(run.details_removed_at is not None for run in (a, b))


def _lacks_params(a: Run, b: Run) -> bool:
    """Tell whether retention removed the parameters, which it may keep."""
    return any(run.details_removed_at is not None and not run.params for run in (a, b))


def _uncommitted(run: Run) -> str | None:
    if not run.git_dirty:
        return None if run.git_dirty is None else "none"
    return run.git_diff_digest or "some"


def _steady(reasons: tuple[str, ...]) -> list[str]:
    """Take what differs in each run out of words: times, ages and ids."""
    return [_VARYING.sub("#", reason) for reason in reasons]


def _numbers(metrics: Mapping[str, float | None]) -> dict[str, float]:
    """Turn back into NaN what JSON cannot say of a number."""
    return {name: math.nan if value is None else value for name, value in metrics.items()}


def _error(run: Run) -> str | None:
    return None if run.error is None else f"{run.error.type}: {run.error.message}"


def _check_name(check: CheckResult | None) -> str:
    return "" if check is None else f"{check.check}.{check.test} {check.when}"


def _result(check: CheckResult | None) -> dict[str, Any] | None:
    if check is None:
        return None
    return {
        "status": check.status,
        "severity": check.severity,
        "value": check.value,
        "message": check.message,
    }


def _is_much_longer(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is not other
    short, long = sorted((one, other))
    return long - short >= LEAST_SECONDS and long >= LEAST_FACTOR * short
