"""Verbs that profile data, and find the profiles that are stored with runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.errors import UnknownNameError, ValueNotKeptError
from mltrace.lineage import profiles
from mltrace.lineage.contents import ArtifactContent
from mltrace.lineage.refs import load_refs
from mltrace.profiles.sources.files import is_path, missing_file
from mltrace.records import ArtifactRef, Run
from mltrace.workspace.opened import OpenStore, moment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltrace.profiles.reading import Mode
    from mltrace.profiles.tables import Profile
    from mltrace.records import RecordList, VersionProfile
    from mltrace.workspace.opened import Moment, Output


class ProfileVerbs(OpenStore):
    """What the columns of data hold."""

    def profile(
        self,
        data: Any,
        *,
        mode: Mode = "full",
        columns: str | Iterable[str] | None = None,
        max_seconds: float | None = None,
    ) -> Profile:
        """Profile data, or an artifact by its name; see `mltrace.profile`."""
        from mltrace.profiles.reading import profile_data  # numpy, which other verbs do without

        if is_artifact(data):
            content, stored = self._find(data)
            is_sample = stored is not None and stored.num_profiled_rows < stored.num_rows
            if stored is not None and columns is None and (mode == "sample" or not is_sample):
                return stored
            try:
                data = content.load(as_=None if content.ref.kind == "data" else "pyarrow")
            except ValueNotKeptError:
                if stored is None or columns is not None:
                    raise
                return stored
        return profile_data(
            data,
            mode=mode,
            columns=columns,
            max_seconds=max_seconds,
            on_progress=self.store.on_progress,
        )

    def profiled(
        self,
        name: Output,
        limit: int | None = 20,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> RecordList[VersionProfile]:
        """List the profiles of the versions of an artifact; see `mltrace.profiled`."""
        with self._reading() as connection:
            return profiles.list_profiles(
                connection, name, limit=limit, since=moment(since), until=moment(until)
            )

    def _find(self, output: str | ArtifactRef | Run) -> tuple[ArtifactContent, Profile | None]:
        """Find a version of an artifact, or the table that a run wrote, and its stored profile."""
        with self._reading() as connection:
            try:
                version_id = profiles.find_version(connection, output)
            except UnknownNameError as error:
                if not isinstance(output, str):
                    raise
                raise UnknownNameError(f"{error} {missing_file(output)}") from error
            ref = load_refs(connection, [version_id])[version_id]
            stored = profiles.find_profile(connection, version_id)
        return ArtifactContent(ref, self.store.blobs), stored


def is_artifact(data: object) -> bool:
    """Tell whether something names an artifact: a reference, a run, or a text that is no file."""
    return isinstance(data, ArtifactRef | Run) or (isinstance(data, str) and not is_path(data))
