"""Arrays: NumPy's of every type and layout, and tensors that turn into them."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from mltrace.values.described import NOT_KEPT, Described, Part, UndigestibleError, over_limit
from mltrace.values.kinds import OpenPart, ValueKind, kinds
from mltrace.values.pickles import PICKLING_ERRORS, pickled_part, read_pickle

if TYPE_CHECKING:
    from mltrace.values.wanted import Wanted


class ArrayKind(ValueKind):
    """NumPy arrays, and PyTorch tensors, which load as arrays."""

    key = "array"
    kind = "data"

    def handles(self, cls: type) -> bool:
        """Tell whether a type is an array or a tensor."""
        # Another thread may be importing numpy just now, so that it has no array type yet.
        array = getattr(sys.modules.get("numpy"), "ndarray", None)
        return is_tensor_type(cls) or (array is not None and issubclass(cls, array))

    def describe(self, value: Any, keep_limit_bytes: int | None = None) -> Described:
        """Describe an array by its type, shape and content."""
        try:
            array = tensor_to_numpy(value) if is_tensor_type(type(value)) else value
            digest, num_bytes = _digest(array)
        except UndigestibleError as error:
            return Described(self.kind, reason=str(error))
        except PICKLING_ERRORS as error:
            return Described(self.kind, reason=f"{type(error).__name__}: not readable as an array")
        parts, manifest, reason = _keep(array, digest, num_bytes, keep_limit_bytes)
        return Described(
            self.kind,
            digest=digest,
            size_bytes=num_bytes,
            num_rows=int(array.shape[0]) if array.ndim else None,
            dtypes=(str(array.dtype),),
            trivial=array.size <= 1,
            reason=reason,
            parts=parts,
            manifest=manifest,
        )

    def load(self, manifest: dict[str, Any], open_part: OpenPart, wanted: Wanted) -> Any:
        """Bring an array back; one of objects only if trusted."""
        wanted.refuse_columns("An array")
        part = open_part(manifest["digest"])
        if manifest["encoding"] == "pickle":
            array = wanted.rows_of(read_pickle(part.stream(), trusted=wanted.trusted))
        else:
            from mltrace.values.array_buffers import read_array

            array = read_array(part, wanted)
        if manifest["encoding"] == "masked":
            import numpy

            fill_value = manifest["fill_value"]
            array = numpy.ma.MaskedArray(array["data"], array["mask"], fill_value=fill_value)
        from mltrace.values.converting import convert

        return convert(array, wanted.form)


def is_tensor_type(cls: type) -> bool:
    """Tell whether a type is a PyTorch tensor, without importing PyTorch."""
    return "torch" in sys.modules and any(
        base.__name__ == "Tensor" and base.__module__.partition(".")[0] == "torch"
        for base in cls.__mro__
    )


def tensor_to_numpy(tensor: Any) -> Any:
    """Turn a tensor into an array on the CPU; types that NumPy lacks become 32-bit floats."""
    plain = tensor.detach().cpu()
    try:
        return plain.numpy()
    except TypeError:
        return plain.float().numpy()


def _digest(array: Any) -> tuple[str, int]:
    from mltrace.values.array_digests import digest_array
    from mltrace.values.structure import digest_structure

    if array.dtype.hasobject:
        digest, num_bytes = digest_structure(array)
        return digest.hex(), num_bytes
    if array.dtype.kind == "T":
        digest, num_bytes = digest_structure([array.shape, array.ravel().tolist()])
        return digest.hex(), num_bytes
    return digest_array(array), int(array.nbytes)


def _keep(
    array: Any, digest: str, num_bytes: int, keep_limit_bytes: int | None
) -> tuple[tuple[Part, ...], dict[str, Any] | None, str | None]:
    if keep_limit_bytes is None:
        return (), None, None
    if num_bytes > keep_limit_bytes:
        return (), None, over_limit(num_bytes, keep_limit_bytes)
    manifest = {"format": ArrayKind.key, "digest": digest, "encoding": "npy"}
    if array.dtype.hasobject or array.dtype.kind == "T":
        manifest["encoding"] = "pickle"
        try:
            return (pickled_part(digest, array),), manifest, None
        except PICKLING_ERRORS as error:
            return (), None, f"{NOT_KEPT}{type(error).__name__} while pickling it"
    snapshot, encoding = _snapshot(array)
    if encoding == "masked":
        manifest |= {"encoding": encoding, "fill_value": array.fill_value.item()}
    from mltrace.values.array_buffers import array_content

    return (Part(digest, num_bytes, partial(array_content, snapshot)),), manifest, None


def _snapshot(array: Any) -> tuple[Any, str]:
    import numpy

    if not isinstance(array, numpy.ma.MaskedArray):
        return numpy.array(array, copy=True, order="K"), "npy"
    pair = numpy.empty(array.shape, [("data", array.dtype), ("mask", bool)])
    pair["data"], pair["mask"] = array.data, numpy.ma.getmaskarray(array)
    return pair, "masked"


kinds.add(ArrayKind.key, ArrayKind())
