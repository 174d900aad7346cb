"""A server that speaks HTTPS only and knows its users, as Elasticsearch is installed since version 8."""

from __future__ import annotations

import hashlib
import json
import os
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from elasticsearch_prefix import new_prefix
from list_store import ListStore
from secured_elasticsearch import SecuredServer, secured

from index.elastic.client import Server
from index.elastic.engine import ElasticIndex
from index.records import SearchRequest
from index.sync import catch_up, rebuild
from zhiwen.errors import IndexError_, SettingsError

pytestmark = pytest.mark.elasticsearch


@pytest.fixture(scope="module")
def server(own_elasticsearch: Callable[..., AbstractContextManager[Any]]) -> Iterator[SecuredServer]:
    with own_elasticsearch(secured) as started:
        yield started


@pytest.fixture
def ca_file(server: SecuredServer, tmp_path: Path) -> Path:
    """Where an operator would copy it to."""
    copy = tmp_path / "http_ca.crt"
    copy.write_bytes(server.ca_file.read_bytes())
    return copy


@pytest.fixture
def allowed(server: SecuredServer, ca_file: Path) -> Iterator[Server]:
    """Settings that work; its indexes are deleted at the end."""
    prefix = new_prefix()
    yield Server(urls=(server.url,), prefix=prefix, user=server.user, password=server.password, ca_file=ca_file)
    for name in server.ask("GET", f"/{prefix}-*?expand_wildcards=all"):
        server.ask("DELETE", f"/{name}")


def fingerprint(ca_file: Path) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(ca_file.read_text())).hexdigest()


def found(server: Server) -> int:
    """How many documents a client with these settings finds after writing two."""
    index = ElasticIndex(server)
    try:
        catch_up(index, ListStore(2))
        return index.search(SearchRequest(query="聆讯")).total
    finally:
        index.close()


def test_with_the_authoritys_certificate(allowed: Server) -> None:
    assert found(allowed) == 2


@pytest.mark.parametrize(
    "write", [str, str.upper, lambda digest: ":".join(digest[at : at + 2] for at in range(0, 64, 2))]
)
def test_with_its_fingerprint_as_tools_print_it(write: Callable[[str], str], allowed: Server, ca_file: Path) -> None:
    assert found(replace(allowed, ca_file=None, fingerprint=write(fingerprint(ca_file)))) == 2


def test_with_user_and_password_in_the_url(allowed: Server, server: SecuredServer) -> None:
    assert found(replace(allowed, urls=(server.url_with_user,), user=None, password=None)) == 2


def test_through_the_environment(server: SecuredServer, allowed: Server, tmp_path: Path) -> None:
    """`zhiwen index status` with what an operator sets, and no password in what it prints."""
    assert allowed.ca_file
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("ZHIWEN_")},
        "ZHIWEN_HOME": str(tmp_path / "home"),
        "ZHIWEN_INDEX": "elasticsearch",
        "ZHIWEN_ELASTICSEARCH_URL": server.url,
        "ZHIWEN_ELASTICSEARCH_PREFIX": allowed.prefix,
        "ZHIWEN_ELASTICSEARCH_USER": server.user,
        "ZHIWEN_ELASTICSEARCH_PASSWORD": server.password,
        "ZHIWEN_ELASTICSEARCH_CA_FILE": str(allowed.ca_file),
    }
    command = [sys.executable, "-m", "cli.main", "index", "status", "--json"]

    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["engine"] == "elasticsearch"
    assert server.password not in done.stdout + done.stderr


def another_authority(folder: Path) -> Path:
    """A certificate that signed nothing here."""
    made = folder / "other.crt"
    subject = ["-subj", "/CN=another", "-days", "1", "-newkey", "rsa:2048", "-nodes", "-keyout", str(folder / "key")]
    subprocess.run(["openssl", "req", "-x509", *subject, "-out", made], check=True, capture_output=True)
    return made


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda folder: {"ca_file": None}, r"certificate.*is not trusted.*ZHIWEN_ELASTICSEARCH_CA_FILE"),
        (
            lambda folder: {"ca_file": another_authority(folder)},
            r"certificate.*is not trusted.*ZHIWEN_ELASTICSEARCH_CA_FILE",
        ),
        (
            lambda folder: {"ca_file": None, "fingerprint": "ab" * 32},
            r"certificate.*is not trusted.*ZHIWEN_ELASTICSEARCH_FINGERPRINT",
        ),
        (lambda folder: {"password": "wrong-horse"}, r"does not know us.*ZHIWEN_ELASTICSEARCH_API_KEY.*_USER"),
        (lambda folder: {"user": None, "password": None}, r"does not know us.*ZHIWEN_ELASTICSEARCH_API_KEY.*_USER"),
        (lambda folder: {"user": None, "password": None, "api_key": "bm86c3VjaA=="}, "does not know us"),
    ],
    ids=["no authority", "another authority", "another fingerprint", "wrong password", "nobody", "wrong key"],
)
def test_what_does_not_fit_is_said_without_secrets(
    wrong: Callable[[Path], dict[str, Any]], message: str, allowed: Server, tmp_path: Path
) -> None:
    settings = replace(allowed, **wrong(tmp_path))

    with pytest.raises(IndexError_, match=message) as raised:
        found(settings)

    assert "horse" not in str(raised.value) + repr(settings)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"ca_file": Path("/nowhere/ca.crt")}, "there is no file /nowhere/ca.crt"),
        ({"ca_file": None, "fingerprint": "not hex"}, "(?i)fingerprint"),
    ],
)
def test_settings_that_cannot_be_meant_are_said_before_anything_is_sent(
    wrong: dict[str, Any], message: str, allowed: Server
) -> None:
    with pytest.raises(SettingsError, match=message):
        found(replace(allowed, **wrong))


def test_a_file_that_is_no_certificate(allowed: Server, tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("no certificate")

    with pytest.raises((SettingsError, IndexError_), match=r"(?i)certificate|ca_file"):
        found(replace(allowed, ca_file=tmp_path / "ca.crt"))


def test_http_to_a_server_that_speaks_https(allowed: Server, server: SecuredServer) -> None:
    with pytest.raises(IndexError_, match=f"127.0.0.1:{server.port}"):
        found(replace(allowed, urls=(f"http://127.0.0.1:{server.port}",), ca_file=None))


def test_the_privileges_that_the_documents_ask_for_suffice(allowed: Server) -> None:
    """To write, search, rebuild and roll back."""
    index, store = ElasticIndex(replace(allowed, user="writer")), ListStore(3)
    catch_up(index, store)
    store.add("a1", "更正")
    rebuild(index, store)

    assert index.status().documents == 3
    assert index.rollback() == f"{allowed.prefix}-articles-000001"
    index.close()


def test_a_user_that_may_only_read(allowed: Server) -> None:
    assert found(allowed) == 2
    index = ElasticIndex(replace(allowed, user="reader"))

    assert index.search(SearchRequest(query="聆讯")).total == 2
    with pytest.raises(IndexError_, match=r"does not allow it.*docs/elasticsearch\.md"):
        catch_up(index, ListStore(3))
    index.close()
