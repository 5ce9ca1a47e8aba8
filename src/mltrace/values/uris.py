"""URIs: recorded by name and, if the URI says it, version; nothing is ever fetched."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from mltrace.errors import ValueNotKeptError
from mltrace.escaping import encodable
from mltrace.values.described import Described
from mltrace.values.files import describe_path
from mltrace.values.identity import is_uri, local_path_of_uri
from mltrace.values.kinds import OpenPart, ValueKind, kinds

if TYPE_CHECKING:
    from mltrace.values.wanted import Wanted

_NO_VERSION = "not local; give a version or etag in the URI to tell its versions apart"
_VERSIONS = ("etag", "versionid", "version", "version_id", "generation", "snapshot-id", "snapshot")
_SECRET = re.compile(r"sig|token|secret|password|passwd|credential|api_?key|accesskey", re.I)
_HASH = re.compile(r"[0-9a-fA-F]{16,}")


class UriKind(ValueKind):
    """Texts of the form `scheme://…`; `file://` names a local file."""

    key = "uri"
    kind = "file"
    precedence = 1  # a URI could be the name of a file

    def handles(self, cls: type) -> bool:
        """Tell whether a type is text."""
        return issubclass(cls, str)

    def accepts(self, value: Any) -> bool:
        """Tell whether a text is a URI."""
        return is_uri(value)

    def describe(self, value: Any, keep_limit_bytes: int | None = None) -> Described:
        """Describe a URI without reading what it names; passwords and signatures are left out."""
        local = local_path_of_uri(value)
        if local is not None:
            return describe_path(local, keep_limit_bytes, name=encodable(value))
        name, identity, versions = split_uri(value)
        version = next((versions[key] for key in _VERSIONS if versions.get(key)), None)
        is_hash = bool(versions.get("etag")) and _HASH.fullmatch(version or "") is not None
        return Described(
            self.kind,
            digest=version,
            # Version 3 of one object says nothing of version 3 of another, but a hash does.
            trivial=version is not None and not is_hash,
            reason=_NO_VERSION if version is None else None,
            name=name,
            identity=identity,
        )

    def load(self, manifest: dict[str, Any], open_part: OpenPart, wanted: Wanted) -> Any:  # noqa: ARG002
        """Refuse: nothing is fetched, so nothing is kept."""
        raise ValueNotKeptError("What a URI names is not kept; read it from where it is.")


def split_uri(uri: str) -> tuple[str, str, dict[str, str]]:
    """Split a URI into its name without secrets, its identity without versions, and its versions.

    Examples
    --------
    >>> split_uri("s3://bucket/raw.csv?versionId=3#etag=0a1b")
    ('s3://bucket/raw.csv?versionId=3#etag=0a1b', 's3://bucket/raw.csv',
     {'versionid': '3', 'etag': '0a1b'})
    >>> split_uri("postgresql://me:pass@host/db?sslmode=on")[0]
    'postgresql://me:***@host/db?sslmode=on'
    """
    try:
        parts = urlsplit(uri)
    except ValueError:
        # Brackets that are no IPv6 address, for example; such a text is its own name.
        return encodable(uri), encodable(uri), {}
    query, fragment = parse_qsl(parts.query, keep_blank_values=True), parse_qsl(parts.fragment)
    versions = {
        key.lower(): value.strip("\"'")
        for key, value in (*query, *fragment)
        if key.lower() in _VERSIONS
    }
    host = re.sub(r"(?<=:)[^@/]*(?=@)", "***", parts.netloc)
    named = [(key, "***" if _SECRET.search(key) else value) for key, value in query]
    plain = [(key, value) for key, value in named if key.lower() not in _VERSIONS]
    is_version = bool(fragment) and all(key.lower() in _VERSIONS for key, _ in fragment)
    rest = "" if is_version else parts.fragment
    name = urlunsplit((parts.scheme, host, parts.path, _query(named), parts.fragment))
    identity = urlunsplit((parts.scheme, host, parts.path, _query(plain), rest))
    return encodable(name), encodable(identity), versions


def _query(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{key}={quote(value, safe='/*:,=+-_.~')}" for key, value in pairs)


kinds.add(UriKind.key, UriKind())
