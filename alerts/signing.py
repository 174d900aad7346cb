"""The signature of a webhook, for sender and receiver. Standard library only: a receiver may copy this file.

`X-Zhiwen-Signature: t=1764057600,v1=5257a8…`: the time of sending in Unix seconds, and HMAC-SHA256 in hex, with the
shared secret as key, over the time, a full stop, and the bytes of the body as they came. The time is signed too, so a
recorded request cannot be sent again later.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

HEADER = "X-Zhiwen-Signature"


def sign(secret: str, body: bytes, *, at: datetime) -> str:
    """The value of the header.

    >>> from datetime import UTC
    >>> sign("secret", b"{}", at=datetime(2025, 11, 25, tzinfo=UTC))[:20]
    't=1764028800,v1=4bc2'
    """
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_mac(secret, seconds, body)}"


def verify(
    secret: str, body: bytes, *, header: str, now: datetime, tolerance: timedelta = timedelta(minutes=5)
) -> bool:
    """Whether `header` signs `body` with `secret`, not longer than `tolerance` ago (or ahead, for clocks differ).

    Any header is answered with False, never with an exception. Several `v1` are allowed, as while a secret changes.
    """
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    # isascii: int() would also read full-width digits, which no sender writes
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit() and len(times[0]) <= 12):
        return False
    seconds = int(times[0])
    if abs(now.timestamp() - seconds) > tolerance.total_seconds():
        return False
    wanted = _mac(secret, seconds, body).encode()
    given = [value.encode("utf-8", "replace") for name, _, value in parts if name == "v1"]
    # All are compared, each in constant time: how long this takes tells nothing about the right one.
    return any([hmac.compare_digest(wanted, each) for each in given])  # noqa: C419


def _mac(secret: str, seconds: int, body: bytes) -> str:
    key = secret.encode("utf-8", "surrogateescape")  # the very bytes of an environment variable that is not UTF-8
    return hmac.new(key, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
