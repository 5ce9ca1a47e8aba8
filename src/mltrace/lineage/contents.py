"""Brings back the kept content of an artifact version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.errors import ValueNotKeptError

if TYPE_CHECKING:
    from mltrace.records import ArtifactRef
    from mltrace.store.blobs import Blobs


class ArtifactContent:
    """One version of an artifact, whose content can be loaded if it was kept.

    Attributes
    ----------
    ref : ArtifactRef
        The version.
    manifest : dict or None
        How its content is laid out; None if it was not kept.
    """

    def __init__(self, ref: ArtifactRef, blobs: Blobs) -> None:
        self.ref = ref
        self._blobs = blobs
        self.manifest: dict[str, Any] | None = blobs.manifest(ref.digest) if ref.digest else None

    def load(self, *, trusted: bool = False) -> Any:
        """Bring the content back as the value that it was.

        Parameters
        ----------
        trusted : bool, default False
            Allow unpickling, which runs whatever code the writer of the value put there.

        Raises
        ------
        ValueNotKeptError
            If the content was not kept.
        UntrustedValueError
            If only unpickling can bring it back and `trusted` is false.
        """
        if self.manifest is None:
            raise ValueNotKeptError(self._why_not_kept())
        from mltrace.values.kinds import load

        return load(self.manifest, self._blobs.open, trusted=trusted)

    def _why_not_kept(self) -> str:
        if self.ref.digest is None:
            reason = self.ref.reason or "it could not be digested"
            return f"The content of {self.ref.name!r} was not kept: {reason}."
        name = f"{self.ref.name}@{self.ref.digest[:12]}"
        reason = f": {self.ref.reason}" if self.ref.reason else ""
        return (
            f"The content of {name} was not kept{reason}. Values larger than MLTRACE_KEEP_LIMIT "
            "bytes are not, none is with MLTRACE_KEEP=0, and `mltrace gc` removes those of old "
            "runs; run its component again with other settings to keep it."
        )

    def __repr__(self) -> str:
        digest = (self.ref.digest or "no digest")[:12]
        state = "kept" if self.manifest is not None else "not kept"
        return f"<artifact {self.ref.name}@{digest}, {self.ref.kind}, {state}>"
