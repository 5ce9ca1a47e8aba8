"""Finds of the tables of runs how their rows answer to each other, once for each pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.lineage.journeys.comparing import ENOUGH, why_apart
from mltrace.lineage.journeys.correspondence import find_correspondence
from mltrace.lineage.journeys.keyed_tables import KeyedTable
from mltrace.lineage.journeys.opening import Missing, followed, version_key
from mltrace.lineage.journeys.renaming import why_unsure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mltrace.lineage.journeys.correspondence import Correspondence
    from mltrace.lineage.journeys.opening import Tables, VersionKey
    from mltrace.records import ArtifactRef, Run


class Correspondences:
    """How the rows of what runs wrote answer to the rows of what they read.

    Parameters
    ----------
    tables : Tables
        Opens kept tables.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._known: dict[tuple[str, VersionKey, VersionKey], Correspondence | Missing | None] = {}

    def find(
        self, run: Run, written: ArtifactRef, read: ArtifactRef, carried: Sequence[str] = ()
    ) -> Correspondence | Missing | None:
        """Find the columns by which rows of an output answer to rows of an input.

        Returns
        -------
        Correspondence, Missing or None
            The columns; or why there are none; or None if the input went into other outputs only.

        Raises
        ------
        ValueNotKeptError, UntrustedValueError, UnreadableDataError, StoreCorruptError
            If one of the two turns out to be damaged.
        """
        key = (run.id, version_key(written), version_key(read))
        if key not in self._known:
            self._known[key] = self._find(run, written, read, carried)
        return self._known[key]

    def _find(
        self, run: Run, written: ArtifactRef, read: ArtifactRef, carried: Sequence[str]
    ) -> Correspondence | Missing | None:
        output, source = self.tables.open(written), self.tables.open(read)
        if isinstance(output, Missing):
            return output
        if isinstance(source, Missing):
            return source
        known = find_correspondence(
            output,
            source,
            declared=self.tables.declared(run.component, read),
            carried=carried,
            others=self._other_tables(run, read),
        )
        if known is None:
            why = why_apart((written.name, output), (read.name, source))
            why = why or why_unsure(output, source)
            return Missing("no key", f"{read.name} and {written.name} share no key{why}")
        if known.found_by != "declared" and self._is_for_others(known, run, written, read):
            return None
        return known

    def _other_tables(self, run: Run, ref: ArtifactRef) -> list[KeyedTable]:
        """List the tables that a run read, but for one."""
        return self._all_but(run.inputs, ref)

    def _all_but(self, refs: Iterable[ArtifactRef], ref: ArtifactRef) -> list[KeyedTable]:
        others = [one for one in followed(refs) if version_key(one) != version_key(ref)]
        return [one for one in map(self.tables.open, others) if isinstance(one, KeyedTable)]

    def _is_for_others(
        self, known: Correspondence, run: Run, written: ArtifactRef, read: ArtifactRef
    ) -> bool:
        """Tell whether an output took nothing of an input, of which another output took more.

        It then has but the columns by which it could have looked rows of the input up, or another
        input has all that it has of this one, and more of it.
        """
        output, source = self.tables.open_or_raise(written), self.tables.open_or_raise(read)
        shared = output.types.keys() & source.types.keys()
        if not any(
            len(one.types.keys() & source.types.keys()) > len(shared)
            for one in self._all_but(run.outputs, written)
        ):
            return False
        if any(
            shared < output.types.keys() & one.types.keys() for one in self._other_tables(run, read)
        ):
            return True
        return shared <= set(known.read) and output.uniqueness(known.written) < ENOUGH
