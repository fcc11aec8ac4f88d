"""Signing webhooks, so that a receiver knows who sent one and that it is not an old one again.

Source:
    Standard Webhooks 1.0 (https://www.standardwebhooks.com), symmetric signatures.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

_PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> bytes:
    """A random secret, 32 bytes."""
    return secrets.token_bytes(_SECRET_BYTES)


def written_secret(secret: bytes) -> str:
    """The secret as a receiver keeps it: ``whsec_`` and base64."""
    return _PREFIX + base64.b64encode(secret).decode("ascii")


def read_secret(text: str) -> bytes:
    """The secret of a written one.

    Raises:
        ValueError: it is not one.
    """
    if not text.startswith(_PREFIX):
        raise ValueError("not a webhook secret")
    try:
        return base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("not a webhook secret") from None


def signed_headers(
    message_id: str, sent_at: datetime, body: bytes, signing_secrets: Iterable[bytes]
) -> dict[str, str]:
    """The three headers of a webhook.

    Args:
        message_id: the same for every repeat of a message.
        sent_at: of this attempt; a receiver refuses one that is minutes away from its own clock.
        signing_secrets: one signature each; two while a receiver changes from one to the next.
    """
    timestamp = str(int(sent_at.timestamp()))
    content = b".".join([message_id.encode("ascii"), timestamp.encode("ascii"), body])
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{_signature(secret, content)}" for secret in signing_secrets),
    }


def _signature(secret: bytes, content: bytes) -> str:
    return base64.b64encode(hmac.digest(secret, content, hashlib.sha256)).decode("ascii")
