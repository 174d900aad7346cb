"""The way to the server: who it is, whether this client fits it, and its troubles in words.

Server ─ connect ─▶ elasticsearch.Elasticsearch      asked(call): its errors become IndexError_ or InputError, with the next step
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import elasticsearch
from elastic_transport import (
    ConnectionError,  # the transport's own, and there is no other name for it
    ConnectionTimeout,
    TlsError,
    TransportError,
)
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

from zhiwen.errors import IndexError_, InputError, SettingsError

OLDEST = (8, 19)  # what the suite runs against; older servers lack what is asked of them here
CAUGHT_UP = "nothing is lost: the index catches up from the store when the server answers again"
_SHA256 = re.compile(r"(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where Elasticsearch is and how it lets us in. `urls` are nodes of one cluster: a dead one is passed over.

    prefix       of all names of indexes and aliases, so that several homes share a cluster
    ca_file      of the authority that signed the nodes' certificates, or
    fingerprint  SHA-256 of that authority's certificate, in hex, as Elasticsearch prints it on its first start
    timeout      seconds for an answer; writing gets six times as long
    shards       of an index when it is made; one holds some ten million articles
    """

    urls: tuple[str, ...]
    prefix: str = "zhiwen"
    api_key: str | None = field(default=None, repr=False)
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    fingerprint: str | None = None
    timeout: float = 10.0
    shards: int = 1

    @property
    def name(self) -> str:
        """The nodes, without the password that a URL may hold."""
        return ", ".join(url.rpartition("@" if "@" in url else "://")[2] for url in self.urls)


def connect(server: Server) -> Elasticsearch:
    """A client; nothing is sent yet. Raises SettingsError for what can be no server."""
    if not server.urls:
        raise SettingsError(
            "index engine 'elasticsearch' needs the URL of a node",
            hint="ZHIWEN_ELASTICSEARCH_URL=http://127.0.0.1:9200",
        )
    options: dict[str, Any] = {}
    if server.api_key:
        options["api_key"] = server.api_key
    elif server.user:
        options["basic_auth"] = (server.user, server.password or "")
    if server.ca_file:
        if not server.ca_file.is_file():
            raise SettingsError(f"elasticsearch.ca_file: there is no file {server.ca_file}", hint="give its full path")
        options["ca_certs"] = str(server.ca_file)
    if server.fingerprint:
        if not _SHA256.fullmatch(server.fingerprint):
            raise SettingsError(
                f"elasticsearch.fingerprint: {server.fingerprint[:20]!r} is no SHA-256 in hex",
                hint="take it from `openssl x509 -fingerprint -sha256 -noout -in http_ca.crt`",
            )
        options["ssl_assert_fingerprint"] = server.fingerprint.replace(":", "")
    try:
        # A node that does not answer is passed over for the next; every call here may safely be sent twice.
        return Elasticsearch(
            list(server.urls),
            request_timeout=server.timeout,
            retry_on_timeout=True,
            max_retries=len(server.urls),
            **options,
        )
    except (ValueError, TypeError, OSError) as error:
        raise SettingsError(
            f"Elasticsearch at {server.name} cannot be asked: {error}",
            hint="ZHIWEN_ELASTICSEARCH_URL is like https://user:password@host:9200, several with commas between",
        ) from error


def check_versions(client: Elasticsearch, server: Server) -> None:
    """Raises SettingsError, with the exact pip line, where this client and the oldest node do not fit: waiting mends nothing."""
    # Any media type will do: the client puts its version into JSON's, which a server that does not fit refuses. `GET /`
    # would do on the full distribution, but not on the one that the tests run.
    found = asked(
        lambda: client.perform_request(
            "GET", "/_nodes", params={"filter_path": "nodes.*.version"}, headers={"accept": "*/*"}
        ),
        server=server,
    )
    versions = sorted(_numbers(node["version"]) for node in found.body["nodes"].values())
    if problem := misfit(elasticsearch.__version__, versions[0]):
        raise problem


def misfit(client: tuple[int, ...], node: tuple[int, ...]) -> SettingsError | None:
    """What is wrong with the pair; None where they fit: a client talks to servers of its own major version and the next.

    >>> str(misfit((9, 5, 1), (8, 19, 5)))
    "the Elasticsearch client 9.5.1 does not talk to a server 8.19.5 (pip install 'elasticsearch>=8.19,<9')"
    >>> misfit((8, 19, 3), (9, 5, 0))
    """
    names = [".".join(map(str, version)) for version in (client, node)]
    if node < OLDEST:
        return SettingsError(
            f"the Elasticsearch server is {names[1]}: too old", hint="update it to 8.19 or a 9, or set index: embedded"
        )
    if client[0] <= node[0] <= client[0] + 1:
        return None
    wanted = "elasticsearch>=8.19,<9" if node[0] == 8 else f"elasticsearch>={node[0]},<{node[0] + 1}"
    return SettingsError(
        f"the Elasticsearch client {names[0]} does not talk to a server {names[1]}", hint=f"pip install '{wanted}'"
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.partition("-")[0].split("."))


def asked(call: Callable[[], _T], *, server: Server) -> _T:
    """What `call` answers. Raises IndexError_ for the server's troubles, InputError for a query it finds too much."""
    try:
        return call()
    except ApiError as error:
        raise said(error, server) from error
    except UnsupportedProductError as error:
        raise IndexError_(f"what answers at {server.name} is not Elasticsearch", hint="check the URL") from error
    except TlsError as error:
        raise IndexError_(
            f"the certificate of Elasticsearch at {server.name} is not trusted: {_short(error)}",
            hint="name its authority in ZHIWEN_ELASTICSEARCH_CA_FILE, or ZHIWEN_ELASTICSEARCH_FINGERPRINT",
        ) from error
    except (ConnectionError, ConnectionTimeout, TransportError) as error:
        raise IndexError_(f"Elasticsearch at {server.name} does not answer: {_short(error)}", hint=CAUGHT_UP) from error


def made(client: Elasticsearch, server: Server, *, index: str, **options: Any) -> bool:
    """Make `index`; False where there is one of that name."""

    def create() -> bool:
        try:
            client.indices.create(index=index, **options)
        except ApiError as error:
            if reason_of(error.body)[0] != "resource_already_exists_exception":
                raise
            return False
        return True

    return asked(create, server=server)


_WRAPPING = re.compile(r"^(?:[\w ]+ caused by: )?\w*(?:Error|Timeout)\((.*)\)$", re.DOTALL)


def _short(error: Exception) -> str:
    """What went wrong, out of the layers that tell of each other.

    >>> _short(Exception("Connection error caused by: NewConnectionError(HTTPConnection(host='h', port=9): refused)"))
    "HTTPConnection(host='h', port=9): refused"
    """
    said = str(error)
    while found := _WRAPPING.match(said):
        said = found[1]
    return said[:300]


_TOO_MUCH = ("too_many_nested_clauses", "too_many_clauses", "too_many_buckets_exception")
_TOO_MUCH_SAID = ("expands to too many terms", "too many clauses", "maxclausecount")


def said(error: ApiError, server: Server) -> IndexError_ | InputError:
    """What the server answered, in words, with the next step."""
    kind, reason = reason_of(error.body)
    where = f"Elasticsearch at {server.name}"
    match error.status_code:
        case 401:
            return IndexError_(
                f"{where} does not know us: {reason}",
                hint="set ZHIWEN_ELASTICSEARCH_API_KEY, or ZHIWEN_ELASTICSEARCH_USER and _PASSWORD",
            )
        case 403 if kind == "cluster_block_exception":
            return blocked(reason, server)
        case 403:
            return IndexError_(
                f"{where} does not allow it: {reason}", hint="docs/elasticsearch.md lists the privileges"
            )
        case 429:
            return IndexError_(f"{where} is too busy (429): {reason}", hint=CAUGHT_UP)
        case 502 | 503 | 504:
            return IndexError_(f"{where} is not ready ({error.status_code}): {reason}", hint=CAUGHT_UP)
        case 400 | 500 if kind in _TOO_MUCH or any(said in reason.lower() for said in _TOO_MUCH_SAID):
            return InputError(f"the query is too general: {reason}", hint="put a longer word before *, or more words")
        case 404 if kind == "index_not_found_exception":
            return IndexError_(f"{where} has lost an index: {reason}", hint="run `zhiwen index rebuild`")
    return IndexError_(f"{where} refuses ({error.status_code} {kind}): {reason}", hint="its log says more")


def blocked(reason: str, server: Server) -> IndexError_:
    return IndexError_(
        f"Elasticsearch at {server.name} takes no writing: {reason}",
        hint="free disk space there, then lift the block: PUT {index}/_settings {'index.blocks.read_only_allow_delete': null}",
    )


def reason_of(body: Any) -> tuple[str, str]:
    """Type and reason of an error, as deep as it is told: of a failed search, the shard's own."""
    error = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(error, dict):
        return "", str(error)[:300]
    causes = [failure.get("reason") for failure in error.get("failed_shards", ())]
    found = next((cause for cause in causes if isinstance(cause, dict)), error)
    while isinstance(found.get("caused_by"), dict):
        found = found["caused_by"]
    return str(found.get("type", "")), str(found.get("reason", ""))[:300]
