"""The webhook against a real receiver on loopback."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from alerts.channels import Receipt, Refusal
from alerts.channels.base import Setup
from alerts.channels.webhook import KIND, pause_asked_for
from alerts.payload import payload
from alerts.signing import verify

SECRET = "a shared secret of these tests"


@pytest.fixture
def open_webhook(receiver, tmp_path):
    def build(**options):
        setup = Setup(name="ops", home=tmp_path, environ={"ZHIWEN_WEBHOOK_SECRET": SECRET})
        given = {"url": receiver.url, "secret_env": "ZHIWEN_WEBHOOK_SECRET"} | options
        return KIND.build(KIND.options.model_validate(given), setup)

    return build


@pytest.fixture
def send(open_webhook, make_alert, now):
    def sent(**options):
        return open_webhook(**options).send(make_alert(), attempt=3, now=now)

    return sent


def test_alert_arrives_as_documented_json(send, receiver, make_alert) -> None:
    assert send() == Receipt(detail="HTTP 200")
    (request,) = receiver.requests
    assert json.loads(request.body) == payload(make_alert())
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert request.headers["idempotency-key"] == make_alert().id
    assert request.headers["x-zhiwen-attempt"] == "3"


def test_receiver_can_check_the_signature(send, receiver, now) -> None:
    send()
    (request,) = receiver.requests
    header = request.headers["x-zhiwen-signature"]

    assert verify(SECRET, request.body, header=header, now=now + timedelta(seconds=20))
    assert not verify(SECRET, request.body + b" ", header=header, now=now)
    assert not verify("another secret", request.body, header=header, now=now)


@pytest.mark.parametrize("code", [201, 202, 204])
def test_any_2xx_is_a_receipt(send, receiver, code: int) -> None:
    receiver.answers(receiver.status(code))

    assert isinstance(send(), Receipt)


@pytest.mark.parametrize("code", [408, 409, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_retried(send, receiver, code: int) -> None:
    receiver.answers(receiver.status(code, "try\n later\x00"))

    assert send() == Refusal(reason=f"HTTP {code}: try  later", retryable=True)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 413, 422])
def test_what_will_not_get_better_is_not_retried(send, receiver, code: int) -> None:
    receiver.answers(receiver.status(code, "no such hook"))

    assert send() == Refusal(reason=f"HTTP {code}: no such hook", retryable=False)


def test_retry_after_is_passed_on(send, receiver) -> None:
    receiver.answers(receiver.status(429, Retry_After="120"))

    assert send() == Refusal(reason="HTTP 429", retryable=True, retry_after=timedelta(minutes=2))


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_redirect_is_not_followed(send, receiver, code: int) -> None:
    """The signed alert goes where the operator said, nowhere else; the reason names the new place."""
    receiver.answers(receiver.status(code, Location="/elsewhere"))
    refusal = send()

    assert refusal == Refusal(reason=f"HTTP {code}: redirected to /elsewhere", retryable=True)
    assert [request.path for request in receiver.requests] == ["/hook"]


@pytest.mark.parametrize("misbehaviour", ["closes_early", "talks_nonsense"])
def test_broken_answer_is_no_receipt(send, receiver, misbehaviour: str) -> None:
    receiver.answers(getattr(receiver, misbehaviour))
    refusal = send()

    assert isinstance(refusal, Refusal)
    assert refusal.retryable
    assert refusal.reason.startswith("no answer: RemoteProtocolError") or "ReadError" in refusal.reason


def test_silent_receiver_times_out(send, receiver) -> None:
    receiver.answers(receiver.hangs)

    assert send(read_seconds=0.2) == Refusal(reason="no answer: ReadTimeout", retryable=True)


def test_dripping_receiver_is_left_after_the_total_time(send, receiver) -> None:
    """Each byte comes in time; all of them never would."""
    receiver.answers(receiver.drips)
    began = time.monotonic()
    refusal = send(read_seconds=5, total_seconds=0.5)

    assert refusal == Refusal(reason="no answer within 0.5 s", retryable=True)
    assert time.monotonic() - began < 3


def test_endless_answer_is_not_read_to_its_end(send, receiver) -> None:
    receiver.answers(receiver.pours)
    refusal = send()

    assert refusal.retryable
    assert refusal.reason.startswith("HTTP 500: error error")
    assert len(refusal.reason) < 300


def test_nobody_listening_is_retried(send) -> None:
    refusal = send(url="http://127.0.0.1:9/hook")

    assert refusal.retryable
    assert "ConnectError" in refusal.reason


def test_host_that_does_not_exist_is_retried(send) -> None:
    assert send(url="http://receiver.invalid/hook").retryable


def test_same_alert_is_sent_in_the_same_bytes(open_webhook, receiver, make_alert, now) -> None:
    channel = open_webhook()
    for attempt in (1, 2):
        channel.send(make_alert(), attempt=attempt, now=now + timedelta(hours=attempt))

    first, second = receiver.requests
    assert (first.body, first.headers["idempotency-key"]) == (second.body, second.headers["idempotency-key"])


def test_secret_is_never_shown(open_webhook, send, receiver, caplog) -> None:
    caplog.set_level("DEBUG")
    receiver.answers(receiver.status(500, "no"))
    channel = open_webhook()
    shown = [repr(channel), str(channel), repr(send()), caplog.text]

    assert [text for text in shown if SECRET in text] == []
    assert "**" in repr(channel)


NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        (None, None),
        ("0", timedelta()),
        ("90", timedelta(seconds=90)),
        (" 90 ", timedelta(seconds=90)),
        ("999999999", timedelta(days=1)),
        ("Mon, 02 Mar 2026 08:05:00 GMT", timedelta(minutes=5)),
        ("Mon, 02 Mar 2026 08:05:00 -0000", timedelta(minutes=5)),
        ("Sun, 01 Mar 2026 08:00:00 GMT", timedelta()),
        ("soon", None),
        ("-5", None),
        ("９０", None),
        ("1e3", None),
        ("", None),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(header: str | None, pause: timedelta | None) -> None:
    assert pause_asked_for(header, now=NOW) == pause
