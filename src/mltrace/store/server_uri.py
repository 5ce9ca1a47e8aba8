"""The URI of a store on a database server: what it names, and how to say so without its password.

Writers read it too, so nothing of a database is loaded here.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote, unquote

from blake3 import blake3

from mltrace.errors import ConfigurationError

SCHEMES: Final = ("postgresql", "postgres", "postgresql+psycopg")
EXAMPLE: Final = "postgresql://user@host:5432/database"
_DEFAULT_PORT: Final = "5432"
_SCHEME: Final = re.compile(r"(?:[^:]*://|(?:postgres|postgresql)(?:\+psycopg)?:/?)", re.IGNORECASE)
_ONE_LOGIN: Final = re.compile(r"(?:[^@/?]*@)?[^@]*")
_ODD: Final = re.compile(r"[^A-Za-z0-9.]+")
_NAME_CHARACTERS: Final = 60


@dataclass(frozen=True, slots=True)
class ServerUri:
    """What the URI of a store on a database server says.

    Attributes
    ----------
    uri : str
        The URI as it was given, which may hold a password.
    user, hosts, database : str
        Its parts; those left out are empty, and libpq's defaults apply.
    query : tuple of (str, str)
        The parameters behind the question mark.
    """

    uri: str
    user: str
    hosts: str
    database: str
    query: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"ServerUri({self.shown!r})"

    @property
    def schema(self) -> str | None:
        """The schema that holds the tables; None for the one that the server finds first."""
        return dict(self.query).get("schema") or None

    @property
    def shown(self) -> str:
        """The URI as messages name it: without password and parameters, but with the schema."""
        user = f"{quote(self.user)}@" if self.user else ""
        schema = f"?schema={quote(self.schema)}" if self.schema else ""
        return f"postgresql://{user}{self.hosts}/{quote(self.database)}{schema}"

    @property
    def folder_name(self) -> str:
        """A name for the folder of what waits for this store: readable, and of no other store.

        Users of one database share its facts, so neither user nor password counts; what libpq
        takes from the environment does.
        """
        host, port, database = (
            self.hosts.lower() or self._from_query_or("host", "PGHOST") or "local",
            self._from_query_or("port", "PGPORT") or _DEFAULT_PORT,
            self.database or self._from_query_or("dbname", "PGDATABASE") or self.user,
        )
        if not self.hosts or ":" not in self.hosts.rpartition("]")[2]:
            host = f"{host}:{port}"
        service = self._from_query_or("service", "PGSERVICE")
        options = dict(self.query).get("options", "")
        said = "\n".join((host, database, self.schema or "", service, options))
        readable = "-".join(part for part in (host, database, self.schema) if part)
        short = _ODD.sub("-", readable).strip("-.")[:_NAME_CHARACTERS]
        return f"{short}-{blake3(said.encode()).hexdigest(6)}"

    def _from_query_or(self, key: str, variable: str) -> str:
        return dict(self.query).get(key) or os.environ.get(variable, "")


def is_server_uri(uri: str) -> bool:
    """Tell whether a URI names a store on a database server, or is meant to.

    Examples
    --------
    >>> is_server_uri("postgresql://db/team"), is_server_uri("/data/team")
    (True, False)
    """
    scheme, mark, _ = uri.partition(":")
    return bool(mark) and scheme in SCHEMES


def parse_server_uri(uri: str) -> ServerUri:
    """Take the URI of a store on a database server apart.

    Raises
    ------
    ConfigurationError
        If it is none, or holds a special character that could part a password in two.

    Examples
    --------
    >>> uri = parse_server_uri("postgresql://ann:secret@db.example.org:5433/team?schema=flights")
    >>> uri.shown
    'postgresql://ann@db.example.org:5433/team?schema=flights'
    >>> uri.folder_name
    'db.example.org-5433-team-flights-...'
    """
    scheme, mark, said = uri.partition("://")
    if not mark or scheme not in SCHEMES:
        raise ConfigurationError(f"{hide_password(uri)!r} is no URI like {EXAMPLE}.")
    if not _ONE_LOGIN.fullmatch(said):
        raise ConfigurationError(
            f"It is not clear where the login ends in {hide_password(uri)!r}; write special "
            "characters of user, password, database and parameters with %: / as %2F, ? as %3F, "
            "@ as %40."
        )
    rest, _, query = said.partition("?")
    place, _, database = rest.partition("/")
    login, _, hosts = place.rpartition("@")
    try:
        pairs = tuple(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))
    except ValueError as error:
        raise ConfigurationError(
            f"The parameters of {hide_password(uri)!r} are not of the form name=value&name=value."
        ) from error
    return ServerUri(
        uri=uri,
        user=unquote(login.partition(":")[0]),
        hosts=hosts,
        database=unquote(database),
        query=pairs,
    )


def hide_password(uri: str) -> str:
    """Leave a login and parameters, which may hold a password, out of a URI for a message.

    Examples
    --------
    >>> hide_password("mysql://ann:secret@db/team?password=secret")
    'mysql://…@db/team?…'
    """
    scheme = _SCHEME.match(uri)
    if scheme is None:
        return uri
    _, at, rest = uri[scheme.end() :].rpartition("@")  # a password may hold any other character
    host, mark, _ = rest.partition("?")
    return f"{scheme[0]}{'…@' if at else ''}{host}{'?…' if mark else ''}"
