"""kill -9 of a real process around the moment of sending: never zero times, and twice only with the same key."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from alerts.channels import load_channels
from alerts.delivery import deliver_due
from alerts.records import DeliveryState
from store.store import open_store

# The process that delivers; `when` says where in sending the power fails.
WORKER = """
import os, signal, sys, time
from datetime import timedelta
from pathlib import Path
from alerts.channels import load_channels
from alerts.delivery import deliver_due
from store.store import open_store

folder, when = Path(sys.argv[1]), sys.argv[2]
channels = load_channels(folder / "channels.yaml", home=folder)
send = channels["ops"].send

def dies(alert, **about):
    if when == "before sending":
        os.kill(os.getpid(), signal.SIGKILL)
    answer = send(alert, **about)
    if when == "before recording":
        os.kill(os.getpid(), signal.SIGKILL)
    return answer

channels["ops"].send = dies
with open_store(f"sqlite:///{folder / 'zhiwen.db'}") as store:
    end = time.monotonic() + 20
    while store.ledger.pending() and time.monotonic() < end:
        deliver_due(store.ledger, channels, lease=timedelta(seconds=1))
        if when == "once":
            break
        time.sleep(0.1)
"""


@pytest.fixture
def home(tmp_path: Path, receiver, make_alert, monkeypatch) -> Path:
    """A home with one alert that waits for the receiver."""
    monkeypatch.setenv("ZHIWEN_TEST_SECRET", "secret")
    channels = f"ops: {{kind: webhook, url: '{receiver.url}', secret_env: ZHIWEN_TEST_SECRET}}\n"
    (tmp_path / "channels.yaml").write_text(channels, encoding="utf-8")
    with open_store(f"sqlite:///{tmp_path / 'zhiwen.db'}") as store:
        store.ledger.record([(make_alert(1), ["ops"])], after=0, position=1)
    return tmp_path


def work(home: Path, when: str) -> int:
    return subprocess.run([sys.executable, "-c", WORKER, str(home), when], timeout=60, check=False).returncode


@pytest.mark.parametrize(
    ("when", "times"), [pytest.param("before sending", 1, id="before"), pytest.param("before recording", 2, id="after")]
)
def test_killed_worker_loses_nothing(home: Path, receiver, make_alert, when: str, times: int) -> None:
    assert work(home, when) == -signal.SIGKILL
    assert work(home, "never") == 0
    assert work(home, "never") == 0

    assert receiver.keys == [make_alert(1).id] * times
    assert len({request.body for request in receiver.requests}) == 1
    with open_store(f"sqlite:///{home / 'zhiwen.db'}") as store:
        (delivery,) = store.ledger.deliveries()
    assert (delivery.state, delivery.attempts) == (DeliveryState.DELIVERED, 1)


def test_retry_survives_a_restart(home: Path, receiver, make_alert) -> None:
    """The pause is in the ledger, not in the memory of who failed."""
    receiver.answers(receiver.status(500))
    assert work(home, "once") == 0

    with open_store(f"sqlite:///{home / 'zhiwen.db'}") as store:
        (waiting,) = store.ledger.deliveries()
        assert (waiting.state, waiting.attempts, waiting.last_error) == (DeliveryState.PENDING, 1, "HTTP 500")
        channels = load_channels(home / "channels.yaml", home=home)
        report = deliver_due(store.ledger, channels, clock=lambda: waiting.next_attempt_at)
    assert report.delivered == 1
    assert receiver.keys == [make_alert(1).id] * 2
    assert [request.headers["x-zhiwen-attempt"] for request in receiver.requests] == ["1", "2"]
