"""A POST of the alert as signed JSON to a URL. docs/webhook.md is the contract for receivers.

2xx is a receipt. What may pass is retried: no answer, 408, 409, 425, 429, 5xx, and 3xx (never followed: the signed
alert goes where the operator said, and the reason names the new place). Any other 4xx will not get better: dead.
"""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from alerts.channels.base import Kind, Options, Receipt, Refusal, Setup
from alerts.payload import body
from alerts.records import Alert
from alerts.signing import HEADER, sign

if TYPE_CHECKING:
    from ssl import SSLContext

    import httpx

# 409: a receiver that follows the Idempotency-Key draft says so while it still works on the first request.
_MAY_PASS = frozenset({408, 409, 425, 429})
# Of an answer only this much is read, to tell a person why it was refused; no body can fill the memory.
_READ_BYTES = 4096
_SHOWN_CHARACTERS = 200
# A receiver that asks for more is looked at again after a day: the pause is its wish, never our silence.
_LONGEST_PAUSE = timedelta(days=1)


class WebhookOptions(Options):
    """`total_seconds` bounds a whole request: a receiver may drip a byte a second and never time out on reading."""

    url: str
    secret_env: str = Field(pattern=r"^[A-Z_][A-Z0-9_]*$")
    connect_seconds: float = Field(5, gt=0, le=30)
    read_seconds: float = Field(10, gt=0, le=60)
    total_seconds: float = Field(30, gt=0, le=60)

    @field_validator("url")
    @classmethod
    def _is_usable(cls, url: str) -> str:
        parts = urlsplit(url)  # ValueError for a broken IPv6 address, below for a port out of range
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise ValueError("expected a URL with http:// or https:// and a host")
        if "@" in parts.netloc:
            raise ValueError("user and password do not belong into a file; receivers check the signature")
        return url


class WebhookChannel:
    def __init__(self, options: WebhookOptions, secret: SecretStr) -> None:
        self._options = options
        self._secret = secret

    def __repr__(self) -> str:
        return f"WebhookChannel({urlsplit(self._options.url).netloc}, secret={self._secret})"

    def send(self, alert: Alert, *, attempt: int, now: datetime) -> Receipt | Refusal:
        import httpx  # a tenth of a second: only when something is sent

        try:
            return asyncio.run(self._post(alert, attempt=attempt, now=now))
        except TimeoutError:
            return Refusal(reason=f"no answer within {self._options.total_seconds:g} s", retryable=True)
        except httpx.HTTPError as error:
            return Refusal(reason=f"no answer: {type(error).__name__}: {error}".rstrip(": "), retryable=True)

    def close(self) -> None:
        pass

    async def _post(self, alert: Alert, *, attempt: int, now: datetime) -> Receipt | Refusal:
        """One request, one connection.

        Asynchronous for its deadline only: httpx bounds each read of a socket, and nothing but cancelling bounds all.
        """
        import httpx

        options, content = self._options, body(alert)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Accept-Encoding": "identity",  # the start of the answer is shown to people
            "User-Agent": "zhiwen",
            "Idempotency-Key": alert.id,
            "X-Zhiwen-Attempt": str(attempt),
            HEADER: sign(self._secret.get_secret_value(), content, at=now),
        }
        timeout = httpx.Timeout(options.read_seconds, connect=options.connect_seconds)
        async with (
            asyncio.timeout(options.total_seconds),
            httpx.AsyncClient(timeout=timeout, follow_redirects=False, verify=self._tls) as client,
            client.stream("POST", options.url, content=content, headers=headers) as response,
        ):
            return await _judged(response, now=now)

    @cached_property
    def _tls(self) -> SSLContext:
        """Made once: reading the certificates takes longer than many a request."""
        import httpx

        return httpx.create_ssl_context()


async def _judged(response: httpx.Response, *, now: datetime) -> Receipt | Refusal:
    if response.is_success:
        return Receipt(detail=f"HTTP {response.status_code}")
    headers = response.headers
    said = f"redirected to {headers['location']}" if "location" in headers else await _start_of(response)
    return verdict(response.status_code, said=said, retry_after=headers.get("retry-after"), now=now)


async def _start_of(response: httpx.Response) -> str:
    start = b""
    async for chunk in response.aiter_raw():
        start += chunk
        if len(start) >= _READ_BYTES:
            break
    return start[:_READ_BYTES].decode("utf-8", "replace")


def verdict(status: int, *, said: str, retry_after: str | None, now: datetime) -> Refusal:
    """What a status that is not 2xx means for the delivery. `said`: what the receiver gave as the reason."""
    # It goes into a database and a terminal: no line breaks, NUL, escapes.
    told = "".join(each if each.isprintable() else " " for each in said[:_SHOWN_CHARACTERS]).strip()
    return Refusal(
        reason=f"HTTP {status}: {told}" if told else f"HTTP {status}",
        retryable=status in _MAY_PASS or not 400 <= status < 500,
        retry_after=pause_asked_for(retry_after, now=now),
    )


def pause_asked_for(header: str | None, *, now: datetime) -> timedelta | None:
    """The pause that a Retry-After header asks for, in seconds or as a date; None for one that says neither.

    >>> pause_asked_for("120", now=datetime(2026, 1, 1, tzinfo=UTC))
    datetime.timedelta(seconds=120)
    """
    if header is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}", header.strip()):
        pause = timedelta(seconds=int(header))
    else:
        try:
            moment = parsedate_to_datetime(header)
        except ValueError:
            return None
        # RFC 9110 dates are GMT; the parser leaves those with "-0000" naive
        pause = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    return min(max(pause, timedelta()), _LONGEST_PAUSE)


def _build(options: WebhookOptions, setup: Setup) -> WebhookChannel:
    return WebhookChannel(options, SecretStr(setup.secret(options.secret_env)))


KIND = Kind(options=WebhookOptions, build=_build)
