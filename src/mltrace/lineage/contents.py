"""Brings back the kept content of an artifact version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mltrace.errors import ValueNotKeptError
from mltrace.store.kept.reading import ValueReader
from mltrace.values.converting import check_form
from mltrace.values.described import NOT_KEPT
from mltrace.values.wanted import Wanted, column_names, row_slice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltrace.records import ArtifactRef
    from mltrace.store.kept.blobs import Blobs
    from mltrace.values.wanted import Form


_REMEDIES: Final = {
    "over the limit of": "Raise MLTRACE_KEEP_LIMIT, or keep= of its component, and run it again.",
    "the run may keep": "Raise MLTRACE_KEEP_PER_RUN, or keep= of its component, and run it again.",
    "of this day": "Raise MLTRACE_KEEP_PER_DAY, or run its component again on another day.",
    "waiting to be written": "Run its component again.",
}
"""What to do about a reason for which a value was not kept, by a phrase in that reason."""


class ArtifactContent:
    """One version of an artifact, whose content can be loaded if it was kept.

    Attributes
    ----------
    ref : ArtifactRef
        The version.
    manifest : dict or None
        How its content is laid out; None if it was not kept.
    num_bytes_read : int
        How many bytes of the store the latest `load` read.
    """

    def __init__(self, ref: ArtifactRef, blobs: Blobs) -> None:
        self.ref = ref
        self._blobs = blobs
        self._value = blobs.value(ref.digest) if ref.digest else None
        self.manifest = None if self._value is None else self._value.manifest
        self.num_bytes_read = 0

    def load(
        self,
        *,
        as_: Form | None = None,
        columns: str | Iterable[str] | None = None,
        rows: slice | range | tuple[int | None, int | None] | None = None,
        trusted: bool = False,
    ) -> Any:
        """Bring the content back, as the value that it was or as another.

        Parameters
        ----------
        as_ : {'pandas', 'polars', 'pyarrow', 'numpy', 'bytes'}, optional
            What to load it as. The table or array in a file is read if the file ends in .parquet,
            .csv, .tsv, .arrow, .feather or .npy, or as compressed text. As bytes, a frame is a
            Parquet file, an array a .npy file, a pickled value its pickle, and bytes are
            themselves.
        columns : str or list of str, optional
            The columns to load of a frame, or of the table in a file.
        rows : slice, range or pair of int, optional
            The rows to load of a frame, an array, or the table or array in a file.
        trusted : bool, default False
            Allow unpickling, which runs whatever code the writer of the value put there.

        Notes
        -----
        Only the chunks are read that hold the columns and rows; of texts and lists, the lengths of
        all before them as well.

        Raises
        ------
        ValueNotKeptError
            If the content was not kept.
        UntrustedValueError
            If only unpickling can bring it back and `trusted` is false.
        UnknownNameError
            If there is no such column; the message lists the nearest match and some columns.
        ArgumentError
            If the value has no columns or rows, or cannot be loaded as `as_`.
        StoreCorruptError
            If what was kept is damaged.
        """
        check_form(as_)
        if self._value is None:
            raise ValueNotKeptError(self._why_not_kept())
        from mltrace.values.kinds import load

        wanted = Wanted(trusted, column_names(columns), row_slice(rows), as_, self.ref.name)
        with ValueReader(self._blobs, self._value) as reader:
            try:
                return load(self._value.manifest, reader.open_part, wanted)
            finally:
                self.num_bytes_read = reader.num_bytes_read

    def _why_not_kept(self) -> str:
        if self.ref.digest is None:
            reason = self.ref.reason or "it could not be digested"
            return f"The content of {self.ref.name!r} was not kept: {reason}."
        said = f"The content of {self.ref.name}@{self.ref.digest[:12]} is not kept"
        if self.ref.reason is None:
            return (
                f"{said}: none is with MLTRACE_KEEP=0 or keep=False, and `mltrace gc` removes "
                "that of old runs; run its component again with other settings to keep it."
            )
        reason = self.ref.reason.removeprefix(NOT_KEPT)
        remedies = [remedy for phrase, remedy in _REMEDIES.items() if phrase in reason]
        return " ".join([f"{said}: {reason}.", *remedies])

    def __repr__(self) -> str:
        digest = (self.ref.digest or "no digest")[:12]
        state = "kept" if self.manifest is not None else "not kept"
        return f"<artifact {self.ref.name}@{digest}, {self.ref.kind}, {state}>"
