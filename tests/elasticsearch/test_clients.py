"""Clients and servers of different major versions: client 9, installed beside the pinned 8, against servers 9 and 8."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BESIDE = Path(sys.prefix) / "elasticsearch9"  # the Makefile installs it: requirements/elasticsearch9.txt
AT_LEAST = 60  # tests of the contract: fewer means that they were not found
CONTRACT = """
import elasticsearch, pytest, sys
assert elasticsearch.__version__[0] == 9, elasticsearch.__file__
sys.exit(pytest.main(sys.argv[1:]))
"""
ONE_CALL = """
import sys
from index.elastic.client import Server
from index.elastic.engine import ElasticIndex
from zhiwen.errors import SettingsError
try:
    ElasticIndex(Server(urls=(sys.argv[1],))).position()
except SettingsError as error:
    print(error)
"""
pytestmark = pytest.mark.elasticsearch


def with_client_9(script: str, *arguments: str, url: str) -> subprocess.CompletedProcess[str]:
    assert BESIDE.is_dir(), f"client 9 is not in {BESIDE}: run `make test` once, it installs it"
    environment = {**os.environ, "PYTHONPATH": str(BESIDE), "ZHIWEN_TEST_ELASTICSEARCH_URL": url}
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=150)


def test_the_contract_holds_with_client_9_on_server_9(elasticsearch_9: str, tmp_path: Path) -> None:
    told = tmp_path / "told.xml"
    chosen = ["tests/index/test_contract.py", "-k", "elasticsearch_9", "-p", "no:cacheprovider"]

    done = with_client_9(CONTRACT, *chosen, f"--junitxml={told}", url=elasticsearch_9)

    assert done.returncode == 0, done.stdout[-5000:] + done.stderr
    counts = next(ET.parse(told).iter("testsuite")).attrib
    assert int(counts["tests"]) >= AT_LEAST
    assert (counts["failures"], counts["errors"], counts["skipped"]) == ("0", "0", "0")


def test_client_9_against_server_8_says_what_to_install(elasticsearch_8: str) -> None:
    done = with_client_9(ONE_CALL, elasticsearch_8, url=elasticsearch_8)

    assert done.stdout.strip() == (
        "the Elasticsearch client 9.5.1 does not talk to a server 8.19.5 (pip install 'elasticsearch>=8.19,<9')"
    ), done.stderr


def test_the_pinned_client_fits_both(elasticsearch_9: str, elasticsearch_8: str) -> None:
    import elasticsearch

    from index.elastic.client import Server
    from index.elastic.engine import ElasticIndex

    assert elasticsearch.__version__[0] == 8
    for url in (elasticsearch_9, elasticsearch_8):
        assert ElasticIndex(Server(urls=(url,), prefix="zhiwen-test-nobody")).position() == 0
