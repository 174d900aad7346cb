"""A real Elasticsearch that speaks HTTPS only and knows its users, as it is installed since version 8.

with secured() as server:       server.url, server.ca_file, server.user, server.password
"""

from __future__ import annotations

import base64
import json
import ssl
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from elasticsearch_server import EIGHT, Server, free_ports, installed, stopped_at_the_end

# Users of the same name and password: what docs/elasticsearch.md asks for, and less than that.
_WRITING = ["read", "write", "create_index", "manage", "monitor"]
_READING = ["read", "view_index_metadata", "monitor"]
ROLES = {
    name: {"cluster": ["monitor"], "indices": [{"names": ["zhiwen-test-*"], "privileges": privileges}]}
    for name, privileges in (("writer", _WRITING), ("reader", _READING))
}
# What `elasticsearch-users useradd` makes of the password: the program is a Java that takes seconds.
_SCRAMBLED = "$2a$10$PgspdgW35TaZwfbEz2PXvOpKJ8n6lcMedyy.htiDvgTdPnY609pp6"


class SecuredServer(Server):
    """Makes its certificates on the first start; its users are in a file."""

    user, password = "zhiwen", "correct-horse"
    scheme = "https"

    @property
    def ca_file(self) -> Path:
        return self.config / "certs" / "http_ca.crt"

    @property
    def url_with_user(self) -> str:
        return self.url.replace("://", f"://{self.user}:{self.password}@")

    def add_users(self) -> None:
        """Before the first start: it reads them then."""
        users = {self.user: "superuser", **dict(zip(ROLES, ROLES, strict=True))}
        self._append("users", (f"{user}:{_SCRAMBLED}" for user in users))
        self._append("users_roles", (f"{role}:{user}" for user, role in users.items()))
        self._append("roles.yml", (f"{role}: {json.dumps(allowed)}" for role, allowed in ROLES.items()))

    def _append(self, name: str, lines: Iterator[str]) -> None:
        with (self.config / name).open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)

    def _authorize(self, request: urllib.request.Request) -> None:
        token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        request.add_header("Authorization", f"Basic {token}")

    def _opener(self) -> urllib.request.OpenerDirector:
        context = ssl.create_default_context(cafile=str(self.ca_file))  # OSError until the server has written it
        https = urllib.request.HTTPSHandler(context=context)
        return urllib.request.build_opener(urllib.request.ProxyHandler({}), https)


@contextmanager
def secured(version: str = EIGHT) -> Iterator[SecuredServer]:
    """Security is left unset, which is what makes the first start write certificates."""
    with installed(version) as home:
        http, transport = free_ports(2)
        settings = {"discovery.type": "single-node", "transport.port": str(transport)}
        server = SecuredServer(home, "node-1", port=http, settings=settings)
        server.add_users()
        with stopped_at_the_end([server]):
            server.start()
            yield server
