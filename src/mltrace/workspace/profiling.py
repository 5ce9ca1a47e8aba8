"""The verb that profiles data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.errors import UnknownNameError
from mltrace.lineage import targets
from mltrace.lineage.contents import ArtifactContent
from mltrace.lineage.refs import load_refs
from mltrace.profiles.sources.files import is_path, missing_file
from mltrace.records import ArtifactRef
from mltrace.workspace.opened import OpenStore

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltrace.profiles.reading import Mode
    from mltrace.profiles.tables import Profile


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
            data = self._content(data).load(as_="pyarrow")
        return profile_data(
            data,
            mode=mode,
            columns=columns,
            max_seconds=max_seconds,
            on_progress=self.store.on_progress,
        )

    def _content(self, output: str | ArtifactRef) -> ArtifactContent:
        with self._reading() as connection:
            try:
                version_id = targets.resolve_version(connection, output)
            except UnknownNameError as error:
                if not isinstance(output, str):
                    raise
                raise UnknownNameError(f"{error} {missing_file(output)}") from error
            ref = load_refs(connection, [version_id])[version_id]
        return ArtifactContent(ref, self.store.blobs)


def is_artifact(data: object) -> bool:
    """Tell whether something names an artifact: a reference, or a text that is no file."""
    return isinstance(data, ArtifactRef) or (isinstance(data, str) and not is_path(data))
