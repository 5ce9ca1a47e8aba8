"""Any other value that was named explicitly as an artifact: scalars, containers, objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from mltrace.escaping import encodable
from mltrace.values.described import NOT_KEPT, Described, UndigestibleError, over_limit
from mltrace.values.kinds import OpenPart, ValueKind, kinds
from mltrace.values.pickles import PICKLING_ERRORS, pickled_part, read_pickle
from mltrace.values.structure import Arrays, digest_structure

if TYPE_CHECKING:
    from mltrace.values.wanted import Wanted

_JSON_SCALARS = (str, int, float, bool, type(None))
_SMALL_BYTES = 64


class ObjectKind(ValueKind):
    """Values that only `Artifact` makes artifacts; no type is recognised as one of them."""

    key = "object"
    kind = "value"

    def handles(self, cls: type) -> bool:  # noqa: ARG002
        """Tell that no value is of this kind by itself."""
        return False

    def describe(self, value: Any, keep_limit_bytes: int | None = None) -> Described:
        """Describe a scalar, container or object by its structure."""
        if type(value) in _JSON_SCALARS:
            return _describe_scalar(value, keep_limit_bytes)
        return describe_object(value, self, keep_limit_bytes)

    def load(self, manifest: dict[str, Any], open_part: OpenPart, wanted: Wanted) -> Any:
        """Bring scalars, containers and arrays back, anything else by unpickling if trusted."""
        return load_object(manifest, open_part, wanted)


def load_object(manifest: dict[str, Any], open_part: OpenPart, wanted: Wanted) -> Any:
    """Bring a scalar or tree back; anything else by unpickling if trusted, or as its bytes."""
    wanted.refuse_pieces("This value")
    if "value" in manifest:
        wanted.refuse_forms("A scalar")
        return manifest["value"]
    if "tree" in manifest:
        from mltrace.values.trees import put_together

        wanted.refuse_forms("This value", *_forms_of_tree(manifest["tree"]))
        return put_together(manifest["tree"], open_part, wanted)
    wanted.refuse_forms("This value", "bytes")
    part = open_part(manifest["digest"])
    if wanted.form == "bytes":
        return bytes(part.read())
    return read_pickle(part.stream(), trusted=wanted.trusted)


def _forms_of_tree(tree: Any) -> tuple[str, ...]:
    """Tell what a tree can be loaded as: bytes as bytes, containers with arrays for tensors."""
    if isinstance(tree, bytes):
        return ("bytes",)
    return ("numpy",) if isinstance(tree, dict) and tree["kind"] != "estimator" else ()


def describe_object(value: Any, kind: ValueKind, keep_limit_bytes: int | None) -> Described:
    """Describe a value by its structure; keep it as a tree of its arrays, else as a pickle."""
    arrays: Arrays = {}
    try:
        digest, num_bytes = digest_structure(value, arrays)
    except UndigestibleError as error:
        return Described(kind.kind, reason=str(error), dtypes=(_type_name(value),))
    described = Described(
        kind.kind,
        digest=digest.hex(),
        size_bytes=num_bytes,
        dtypes=(_type_name(value),),
        trivial=kind.kind == "value" and num_bytes <= _SMALL_BYTES,
    )
    if keep_limit_bytes is None:
        return described
    if num_bytes > keep_limit_bytes:
        return replace(described, reason=over_limit(num_bytes, keep_limit_bytes))
    planted = _kept_as_tree(described, value, kind, arrays)
    if planted is not None:
        return planted
    return _pickled(described, value, kind, keep_limit_bytes)


def _kept_as_tree(
    described: Described, value: Any, kind: ValueKind, arrays: Arrays
) -> Described | None:
    from mltrace.values.trees import NoTreeError, take_apart

    try:
        tree, parts = take_apart(value, arrays)
    except NoTreeError:
        return None
    return replace(described, parts=parts, manifest={"format": kind.key, "tree": tree})


def _pickled(described: Described, value: Any, kind: ValueKind, limit: int) -> Described:
    digest = described.digest or ""
    try:
        part = pickled_part(digest, value)
    except PICKLING_ERRORS as error:
        reason = f"{NOT_KEPT}{type(error).__name__} while pickling it"
        return replace(described, reason=reason)
    if part.size > limit:
        return replace(described, size_bytes=part.size, reason=over_limit(part.size, limit))
    manifest = {"format": kind.key, "digest": digest, "type": _type_name(value)}
    return replace(described, size_bytes=part.size, parts=(part,), manifest=manifest)


def _describe_scalar(value: Any, keep_limit_bytes: int | None) -> Described:
    digest, num_bytes = digest_structure(value)
    is_kept = keep_limit_bytes is not None and num_bytes <= keep_limit_bytes
    # JSON has no infinities, whole numbers beyond 64 bits, or text outside of Unicode.
    is_json = not isinstance(value, float) or value - value == 0
    is_json &= type(value) is not int or -(2**63) <= value < 2**63
    is_json &= type(value) is not str or value == encodable(value)
    return Described(
        "value",
        digest=digest.hex(),
        size_bytes=num_bytes,
        dtypes=(type(value).__name__,),
        trivial=num_bytes <= 4 * _SMALL_BYTES,
        manifest={"format": ObjectKind.key, "value": value} if is_kept and is_json else None,
    )


def _type_name(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


kinds.add(ObjectKind.key, ObjectKind())
