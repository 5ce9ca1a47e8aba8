"""Takes compressed sparse rows apart into buffers without offsets, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from mltrace.values.described import Buffer, Content

if TYPE_CHECKING:
    from mltrace.values.kinds import KeptPart
    from mltrace.values.wanted import Wanted


def sparse_content(rows: Any) -> Content:
    """Take rows apart: how many values each has, in which columns they are, the values."""
    arrays = [numpy.diff(rows.indptr), rows.indices.astype("i8"), rows.data]
    buffers = [Buffer(array.view("u1").data, array.itemsize) for array in arrays]
    is_array = type(rows).__name__.endswith("_array")
    meta = {"shape": list(rows.shape), "is_array": is_array, "dtype": rows.dtype.str}
    return Content(meta | {"lengths": arrays[0].dtype.str}, buffers)


def read_sparse(part: KeptPart, wanted: Wanted) -> Any:
    """Put rows together again, or those wanted."""
    import scipy.sparse

    begin, end = wanted.bounds(part.meta["shape"][0])
    width = numpy.dtype(part.meta["lengths"]).itemsize
    lengths = numpy.frombuffer(part.read(0, 0, end * width), part.meta["lengths"])
    first, last = int(lengths[:begin].sum()), int(lengths.sum())
    columns = numpy.frombuffer(part.read(1, first * 8, last * 8), "i8")
    dtype = numpy.dtype(part.meta["dtype"])
    data = numpy.frombuffer(part.read(2, first * dtype.itemsize, last * dtype.itemsize), dtype)
    starts = numpy.concatenate([[0], numpy.cumsum(lengths[begin:])])
    shape = (end - begin, part.meta["shape"][1])
    make = scipy.sparse.csr_array if part.meta["is_array"] else scipy.sparse.csr_matrix
    return make((data, columns, starts), shape=shape)
