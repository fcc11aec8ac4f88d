"""Subscriptions to webhooks: where messages go, and the text of a message."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from drivetrain.core.endpoints import Endpoint, public_endpoint
from drivetrain.core.time import iso_utc


class SubscriptionState(StrEnum):
    """Whether messages are sent."""

    ENABLED = "enabled"
    DISABLED = "disabled"


def read_endpoint(text: str, *, allow_loopback: bool) -> Endpoint:
    """Take the address of a receiver apart.

    Args:
        allow_loopback: whether this machine itself may be a receiver, over plain HTTP too; for development.

    Raises:
        InvalidInputError: ``notifications.bad_url``; it is none that a webhook may go to.
    """
    subject, code = "The URL of the receiver", "notifications.bad_url"
    return public_endpoint(text, allow_loopback=allow_loopback, subject=subject, code=code)


def event_body(kind: str, sequence: int, at: datetime, data: Mapping[str, str]) -> str:
    """The body of a webhook: the same text at every attempt.

    Args:
        sequence: 1-based place in the subscription's sequence; a receiver that misses none has them all.
    """
    event = {"type": kind, "sequence": sequence, "timestamp": iso_utc(at), "data": dict(data)}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))
