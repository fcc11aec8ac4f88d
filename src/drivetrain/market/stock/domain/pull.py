"""A pull: fetching the table of a source from the dealer's own server, again and again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from drivetrain.core.endpoints import Endpoint, public_endpoint
from drivetrain.market.listings.domain.listing import Owner

PULL_STOCK = "market.pull-stock"
"""The task that fetches one table."""


@dataclass(frozen=True, slots=True)
class Pull:
    """From where the table of a source is fetched.

    Attributes:
        source: its name.
        url: as it is asked.
        every_h: hours between two looks, >= 1.
        next_at: when it is due.
        created_by: who asked for it; its feeds are theirs.
        looked_at: when it was fetched last, or tried; None before the first time.
        failure: why the last try failed, a sentence; None where it went well.
    """

    source_id: UUID
    owner: Owner
    source: str
    url: str
    every_h: int
    next_at: datetime
    created_by: str
    looked_at: datetime | None = None
    failure: str | None = None

    def following(self, now: datetime) -> datetime:
        """When it is due after a look."""
        return now + timedelta(hours=self.every_h)


def read_feed_address(text: str, *, allow_loopback: bool) -> Endpoint:
    """Take the address of a table apart.

    Args:
        allow_loopback: whether it may be this machine itself; for development.

    Raises:
        InvalidInputError: ``market.bad_feed_url``; it is none on the public internet.
    """
    return public_endpoint(
        text, allow_loopback=allow_loopback, subject="The URL of the table", code="market.bad_feed_url"
    )
