import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.signing import sign, verify

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
BODY = '{"title":"岚图智能"}'.encode()


def test_signature_is_what_the_documentation_says() -> None:
    """Receivers in other languages compute it from the description alone."""
    seconds = int(AT.timestamp())
    expected = hmac.new(b"secret", b"%d." % seconds + BODY, hashlib.sha256).hexdigest()

    assert sign("secret", BODY, at=AT) == f"t={seconds},v1={expected}"


def test_own_signature_is_accepted() -> None:
    assert verify("secret", BODY, header=sign("secret", BODY, at=AT), now=AT)


@pytest.mark.parametrize(
    ("secret", "body", "late"),
    [
        pytest.param("other", BODY, timedelta(), id="other secret"),
        pytest.param("secret", BODY + b" ", timedelta(), id="changed body"),
        pytest.param("secret", BODY, timedelta(minutes=5, seconds=1), id="replayed later"),
        pytest.param("secret", BODY, -timedelta(minutes=5, seconds=1), id="from the future"),
    ],
)
def test_what_was_not_signed_now_with_this_secret_is_refused(secret: str, body: bytes, late: timedelta) -> None:
    assert not verify(secret, body, header=sign("secret", BODY, at=AT), now=AT + late)


def test_time_is_signed_too() -> None:
    """Else a recorded request could be sent again with a fresh time."""
    old = sign("secret", BODY, at=AT)
    fresh = old.replace(f"t={int(AT.timestamp())}", f"t={int(AT.timestamp()) + 3600}")

    assert not verify("secret", BODY, header=fresh, now=AT + timedelta(hours=1))


def test_second_signature_is_accepted_while_a_secret_changes() -> None:
    old, new = sign("old", BODY, at=AT), sign("new", BODY, at=AT)
    header = f"{old},{new.partition(',')[2]}"

    assert verify("new", BODY, header=header, now=AT)
    assert verify("old", BODY, header=header, now=AT)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(), st.text(alphabet="tv1=,0123456789abc １")))
def test_no_header_raises_or_passes(header: str) -> None:
    assert not verify("secret", BODY, header=header, now=AT)
