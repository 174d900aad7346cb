"""What tests of several rooms share: a real Elasticsearch 9 and 8, started when the first test asks and ended after the last.

ZHIWEN_TEST_ELASTICSEARCH_URL names a running one to use instead of our own 9, ZHIWEN_TEST_ELASTICSEARCH_8_URL an 8. On a
machine that cannot run one the tests are skipped with one loud line, and fail when CI=true.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import pytest
from elasticsearch_download import Missing
from elasticsearch_prefix import delete_indexes, new_prefix
from elasticsearch_server import EIGHT, NINE, Server, running

_NOT_TESTED = pytest.StashKey[str]()
_ANSWERING = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_ANSWERING] = []


@pytest.fixture(scope="session")
def elasticsearch_9(request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of a running Elasticsearch 9."""
    with _one_running(request.config, NINE, given=os.environ.get("ZHIWEN_TEST_ELASTICSEARCH_URL")) as url:
        yield url


@pytest.fixture(scope="session")
def elasticsearch_8(request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of a running Elasticsearch 8."""
    given = os.environ.get("ZHIWEN_TEST_ELASTICSEARCH_8_URL")
    if not given and os.environ.get("ZHIWEN_TEST_ELASTICSEARCH_URL"):
        reason = "a server is given, so none is started; name an 8 in ZHIWEN_TEST_ELASTICSEARCH_8_URL"
        _not_here(request.config, f"version 8: {reason}")
    with _one_running(request.config, EIGHT, given=given) as url:
        yield url


@pytest.fixture
def elasticsearch_prefix(request: pytest.FixtureRequest) -> Iterator[str]:
    """A prefix for the indexes of one test, on either server; they are gone afterwards."""
    prefix = new_prefix()
    yield prefix
    for url in request.config.stash[_ANSWERING]:
        delete_indexes(url, prefix)


@pytest.fixture
def fragile_elasticsearch(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server 9 of the tests that pause, kill and stop it. Each gets it running; its data stays."""
    server: Server = request.getfixturevalue("_fragile_elasticsearch")
    if not server.alive():
        server.start_again()
    yield server
    server.resume()


@pytest.fixture(scope="session")
def _fragile_elasticsearch(own_elasticsearch: Callable[..., AbstractContextManager[Server]]) -> Iterator[Server]:
    with own_elasticsearch(running) as server:
        yield server


@pytest.fixture(scope="session")
def own_elasticsearch(request: pytest.FixtureRequest) -> Callable[..., AbstractContextManager[Any]]:
    """`with own_elasticsearch(three_nodes) as nodes: …`: servers of another kind."""

    @contextmanager
    def started(kind: Callable[..., AbstractContextManager[Any]], **options: Any) -> Iterator[Any]:
        with _or_skip(request.config), kind(**options) as made:
            yield made

    return started


@contextmanager
def _one_running(config: pytest.Config, version: str, *, given: str | None) -> Iterator[str]:
    with ExitStack() as stack:
        if given is None:
            stack.enter_context(_or_skip(config))
            given = stack.enter_context(running(version)).url
        config.stash[_ANSWERING].append(given)
        yield given


@contextmanager
def _or_skip(config: pytest.Config) -> Iterator[None]:
    """Around starting servers of any kind."""
    try:
        yield
    except Missing as missing:
        _not_here(config, str(missing))


def _not_here(config: pytest.Config, missing: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    config.stash[_NOT_TESTED] = missing
    pytest.skip(missing)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if missing := config.stash.get(_NOT_TESTED, None):
        terminalreporter.write_line(f"Elasticsearch NOT TESTED: {missing}", red=True, bold=True)
