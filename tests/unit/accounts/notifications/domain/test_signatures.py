"""Signatures of webhooks, against the published example of Standard Webhooks."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from drivetrain.accounts.notifications.domain.signatures import (
    new_secret,
    read_secret,
    signed_headers,
    written_secret,
)

AT = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_the_example_of_the_standard() -> None:
    assert signed_headers(MESSAGE, AT, BODY, [read_secret(SECRET)]) == {
        "webhook-id": MESSAGE,
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_while_a_secret_is_changed_both_sign() -> None:
    first, second = new_secret(), new_secret()
    both = signed_headers(MESSAGE, AT, BODY, [second, first])["webhook-signature"].split(" ")
    alone = [signed_headers(MESSAGE, AT, BODY, [secret])["webhook-signature"] for secret in (second, first)]
    assert both == alone
    assert both[0] != both[1]


@pytest.mark.parametrize(
    ("message", "at", "body"),
    [("other", AT, BODY), (MESSAGE, datetime.fromtimestamp(1614265331, UTC), BODY), (MESSAGE, AT, b"{}")],
)
def test_id_time_and_body_are_all_signed(message: str, at: datetime, body: bytes) -> None:
    secrets = [read_secret(SECRET)]
    changed, genuine = signed_headers(message, at, body, secrets), signed_headers(MESSAGE, AT, BODY, secrets)
    assert changed["webhook-signature"] != genuine["webhook-signature"]


def test_a_secret_is_read_as_it_was_written() -> None:
    secret = new_secret()
    assert len(secret) == 32
    assert read_secret(written_secret(secret)) == secret


@pytest.mark.parametrize("text", ["", "whsec_***", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_what_is_no_secret_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        read_secret(text)
