"""SciPy's sparse matrices and arrays."""

from __future__ import annotations

import io
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from mltrace.values.described import Described, Part, over_limit
from mltrace.values.kinds import OpenPart, ValueKind, kinds

if TYPE_CHECKING:
    from mltrace.values.wanted import Wanted


class SparseKind(ValueKind):
    """Sparse matrices, equal in every layout."""

    key = "sparse"
    kind = "data"

    def handles(self, cls: type) -> bool:
        """Tell whether a type is a sparse matrix or array of SciPy."""
        return (
            "scipy.sparse" in sys.modules
            and any(base.__module__.startswith("scipy.sparse") for base in cls.__mro__)
            and hasattr(cls, "tocsr")
        )

    def describe(self, value: Any, keep_limit_bytes: int | None = None) -> Described:
        """Describe a matrix by its type, shape and the values that are set."""
        from mltrace.values.sparse_buffers import sparse_content

        rows = value.tocsr(copy=True)
        rows.sum_duplicates()
        num_bytes = int(rows.data.nbytes + rows.indices.nbytes + rows.indptr.nbytes)
        digest = _digest(rows)
        is_kept = keep_limit_bytes is not None and num_bytes <= keep_limit_bytes
        reason = None
        if keep_limit_bytes is not None and not is_kept:
            reason = over_limit(num_bytes, keep_limit_bytes)
        return Described(
            self.kind,
            digest=digest,
            size_bytes=num_bytes,
            num_rows=int(value.shape[0]),
            dtypes=(str(value.dtype),),
            trivial=0 in value.shape,
            reason=reason,
            parts=(Part(digest, num_bytes, partial(sparse_content, rows)),) if is_kept else (),
            manifest={"format": self.key, "digest": digest, "layout": value.format}
            if is_kept
            else None,
        )

    def load(self, manifest: dict[str, Any], open_part: OpenPart, wanted: Wanted) -> Any:
        """Bring a matrix back in the layout that it had."""
        import scipy.sparse

        from mltrace.values.sparse_buffers import read_sparse

        wanted.refuse_columns("A sparse matrix")
        part = open_part(manifest["digest"])
        if part.meta:
            rows = read_sparse(part, wanted)
        else:  # as an earlier version kept it
            rows = wanted.rows_of(scipy.sparse.load_npz(io.BytesIO(part.read())))
        from mltrace.values.converting import convert

        return convert(rows.asformat(manifest["layout"]), wanted.form)


def _digest(rows: Any) -> str:
    from mltrace.values.array_digests import digest_array
    from mltrace.values.digests import digest_of_items

    arrays = [rows.data, rows.indices.astype("int64"), rows.indptr.astype("int64")]
    shape = repr(tuple(map(int, rows.shape))).encode()
    contents = [bytes.fromhex(digest_array(array)) for array in arrays]
    return digest_of_items("sparse", [shape, *contents]).hex()


kinds.add(SparseKind.key, SparseKind())
