"""A feed: one table of a dealer's stock, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from drivetrain.core.errors import ConflictError
from drivetrain.market.listings.domain.listing import Owner

TAKE_FEED = "market.take-feed"
"""The task that takes a feed."""


class FeedState(StrEnum):
    """How far a feed is. ``waiting`` is the beginning; ``held`` waits for a confirmation; the others are ends."""

    WAITING = "waiting"
    HELD = "held"
    TAKEN = "taken"
    UNCHANGED = "unchanged"
    PREVIEWED = "previewed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class StockSource:
    """Where tables of a dealer come from: each has a mapping and a stock of its own.

    Attributes:
        mapping_version: of the mapping that the next feed is read by; 0 while there is none.
        digest: of the file that was taken last; None before the first.
        digest_mapping: version of the mapping by which that one was read.
    """

    source_id: UUID
    owner: Owner
    name: str
    mapping_version: int = 0
    digest: str | None = None
    digest_mapping: int = 0


@dataclass(frozen=True, slots=True)
class Feed:
    """A table that a dealer sent.

    Attributes:
        source: its name.
        digest: SHA-256 of the file, hex.
        mapping_version: by which it is read; 0 for the columns' own names.
        is_preview: whether it is to change nothing.
        accepted_removals: how many cars it may remove where that is more than usual.
        report: what was read and what came of it, plain values; empty while it waits.
        code, detail: why it was refused or is held; None elsewhere.
        task_id: of the task that takes it; None where a command takes it.
    """

    feed_id: UUID
    source_id: UUID
    owner: Owner
    source: str
    digest: str
    file_name: str
    mapping_version: int
    is_preview: bool
    accepted_removals: int
    state: FeedState
    created_at: datetime
    created_by: str
    ended_at: datetime | None = None
    code: str | None = None
    detail: str | None = None
    task_id: UUID | None = None
    report: Mapping[str, Any] | None = None

    def repeats(self, source: StockSource) -> bool:
        """Whether the file was taken last, and read the same way."""
        return self.digest == source.digest and self.mapping_version == source.digest_mapping


def require_held(feed: Feed) -> None:
    """Refuse to confirm a feed that does not wait for it.

    Raises:
        ConflictError: ``market.feed_not_held``.
    """
    if feed.state is not FeedState.HELD:
        raise ConflictError(
            f"The feed is {feed.state}; only one that is held can be confirmed.", code="market.feed_not_held"
        )
