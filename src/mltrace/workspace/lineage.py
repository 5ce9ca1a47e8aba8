"""Verbs that follow lineage and look at versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from mltrace.lineage import listing, targets, walking
from mltrace.lineage.contents import ArtifactContent
from mltrace.lineage.diffing import comparing
from mltrace.lineage.limits import find_idle_limits
from mltrace.lineage.loading import load_runs
from mltrace.lineage.refs import load_refs
from mltrace.lineage.staleness import spreading
from mltrace.lineage.staleness.reasons import say
from mltrace.lineage.staleness.watching import watch_runs
from mltrace.lineage.versions import list_versions
from mltrace.records import ArtifactVersion, Diff, Impact, RecordList, Run, Trace
from mltrace.workspace.opened import OpenStore, moment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mltrace.lineage.staleness.watching import Watched
    from mltrace.workspace.opened import Moment, Output


class LineageVerbs(OpenStore):
    """Where outputs come from, what they went into, and whether that is stale."""

    def trace(self, output: Output, *, at: Moment | None = None) -> Trace:
        """Walk upstream; see `mltrace.trace`."""
        with self._reading() as connection:
            target = targets.resolve(connection, output, at=moment(at))
            return walking.walk_upstream(connection, target, self.settings)

    def impact(self, output: Output, *, at: Moment | None = None) -> Impact:
        """Walk downstream; see `mltrace.impact`."""
        with self._reading() as connection:
            target = targets.resolve(connection, output, at=moment(at))
            return walking.walk_downstream(connection, target, self.settings)

    def diff(self, a: Output, b: Output) -> Diff:
        """Tell what differs between two runs or outputs; see `mltrace.diff`."""
        with self._reading() as connection:
            target_a, target_b = (targets.resolve(connection, one) for one in (a, b))
            return comparing.diff_targets(connection, target_a, target_b, settings=self.settings)

    def stale(self, target: Output | None = None) -> RecordList[Run]:
        """List runs that are stale, by themselves or upstream; see `mltrace.stale`."""
        with self._reading() as connection:
            if target is None:
                keys = listing.latest_succeeded(connection)
            else:
                key = targets.resolve(connection, target).run_id
                keys = [] if key is None else [key]
            reasons = spreading.find_reasons(connection, keys, self.settings.stale_after)
            runs = load_runs(connection, list(reasons), self.settings)
        stale = (replace(run, stale=say(reasons[key])) for key, run in runs.items())
        return RecordList(stale, of=Run, drawn_as="StaleRun")

    def watch_staleness(
        self, components: Sequence[str] | None, *, since: Callable[[str], int]
    ) -> list[Watched]:
        """Tell of succeeded runs whether they are stale; see `watch_runs`."""
        with self._reading() as connection:
            return watch_runs(connection, self.settings, components, since=since)

    def idle_limits(self) -> tuple[str, ...]:
        """Say which limits of `stale_after` fit no component or artifact that is known."""
        with self._reading() as connection:
            policy = self.settings.stale_after
            return find_idle_limits(
                connection,
                "stale_after",
                components=[name for name, _ in policy.components],
                patterns=[pattern for pattern, _ in policy.artifacts],
            )

    def versions(self, name: Output, limit: int | None = 20) -> RecordList[ArtifactVersion]:
        """List the versions of an artifact; see `mltrace.versions`."""
        with self._reading() as connection:
            found = list_versions(connection, name, limit=listing.check_limit(limit))
        return RecordList(
            (replace(one, is_kept=self._is_kept(one.digest)) for one in found), of=ArtifactVersion
        )

    def artifact(self, name: Output, *, at: Moment | None = None) -> ArtifactContent:
        """Find a version of an artifact; see `mltrace.artifact`."""
        with self._reading() as connection:
            version_id = targets.resolve_version(connection, name, at=moment(at))
            ref = load_refs(connection, [version_id])[version_id]
        return ArtifactContent(ref, self.store.blobs)

    def _is_kept(self, digest: str | None) -> bool:
        return digest is not None and self.store.blobs.has_manifest(digest)
