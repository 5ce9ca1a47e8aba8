"""Looks upstream for rows that a table has no more, by whatever name their key had there."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from mltrace.lineage.journeys.comparing import have_keys_in_common, pair_up
from mltrace.lineage.journeys.correspondence import Correspondence
from mltrace.lineage.journeys.keyed_tables import KeyedTable
from mltrace.lineage.journeys.opening import NOT_THERE, Missing, followed, version_key
from mltrace.lineage.journeys.renaming import find_former
from mltrace.lineage.journeys.starting import Start, find_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mltrace.lineage.journeys.corresponding import Correspondences
    from mltrace.records import ArtifactRef, Run
    from mltrace.records.journeys import KeySource

    Key = Mapping[str, Any]


class Cut(NamedTuple):
    """What a run read, in which a key could not be looked for, and why."""

    ref: ArtifactRef
    run: Run
    missing: Missing


class Found(NamedTuple):
    """The nearest tables upstream that have rows of a key, or where the search ended."""

    starts: list[Start]
    cuts: list[Cut]


def search_upstream(
    read_by: Correspondences, runs: Mapping[str, Run], refs: Sequence[ArtifactRef], key: Key
) -> Found:
    """Find the nearest tables that a key is in, going back from tables that have no row of it.

    A column that had another name before it was renamed is followed, where it is the only one with
    the same values. What is not kept is passed by, with the key as it was called.
    """
    waiting = [(ref, key) for ref in refs]
    seen = {version_key(ref) for ref in refs}
    cuts: list[Cut] = []
    while waiting:
        starts: list[Start] = []
        further: list[tuple[ArtifactRef, Key]] = []
        for ref, named in waiting:
            run = runs.get(ref.produced_by or "")
            sources = [] if run is None else [*followed(run.inputs)]
            before = [(one, _former_key(read_by, run, ref, one, named)) for one in sources if run]
            lacking = [(one, former) for one, former in before if isinstance(former, Missing)]
            if run and len(lacking) == len(before):
                cuts += [Cut(one, run, missing) for one, missing in lacking]
            for one, former in before:
                if version_key(one) in seen:
                    continue
                seen.add(version_key(one))
                if not isinstance(former, Missing):
                    found_by: KeySource = "given" if former.keys() == key.keys() else "content"
                    starts += _rows_of(read_by, one, former, found_by=found_by)
                    further.append((one, former))
                elif former.reason == "not kept":
                    further.append((one, named))
        if starts:
            return Found(starts, [])
        waiting = further
    return Found([], cuts)


def _rows_of(
    read_by: Correspondences, ref: ArtifactRef, key: Key, *, found_by: KeySource
) -> list[Start]:
    table = read_by.tables.open(ref)
    with suppress(*NOT_THERE):
        if isinstance(table, KeyedTable) and len(places := find_rows(table, key)):
            return [Start(ref, places, tuple(key), found_by)]
    return []


def _former_key(
    read_by: Correspondences, run: Run, written: ArtifactRef, read: ArtifactRef, key: Key
) -> Key | Missing:
    """Name the columns of a key as they were called in what a run read."""
    output, source = read_by.tables.open(written), read_by.tables.open(read)
    if isinstance(source, Missing):
        return source
    if isinstance(output, Missing):
        lacking = next((name for name in key if name not in source.types), None)
        return key if lacking is None else Missing("no key", f"it has no column {lacking}")
    try:
        known = read_by.find(run, written, read)
        pairs = (
            dict(zip(known.written, known.read, strict=True))
            if isinstance(known, Correspondence)
            else {}
        )
        former = {name: pairs.get(name) or _former(output, source, name) for name in key}
    except NOT_THERE as error:
        return Missing("not kept", str(error))
    lacking = next((name for name, its in former.items() if its is None), None)
    if lacking is not None:
        why = f"it has no {lacking}"
        if lacking in source.types:
            before, after = source.key_type(lacking), output.key_type(lacking)
            why = f"its {lacking} has other values"
            if before != after:
                why = f"its {lacking} is of type {before}, that of {written.name} {after}"
        said = f"{why}, and no other column of it is the {lacking} of {written.name} for sure"
        return Missing("no key", said)
    return {str(its): key[name] for name, its in former.items()}


def _former(output: KeyedTable, source: KeyedTable, name: str) -> str | None:
    if name in source.types:
        pair = pair_up(output, [name], source, [name])
        if pair is not None and have_keys_in_common(pair):
            return name
    return find_former(output, source, name)
