"""Receiving the tables of a dealer, confirming those that would remove much, and looking at what came of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from drivetrain.core.access import Caller
from drivetrain.core.errors import ConflictError
from drivetrain.core.ids import new_id
from drivetrain.core.progress import Progress
from drivetrain.core.text import shortened
from drivetrain.core.time import Clock
from drivetrain.lifecycle.data.datasets import sha256_of
from drivetrain.market.listings.domain.listing import Owner, owner_of
from drivetrain.market.stock.application.ports import ChangePage, FeedPage, StockStore
from drivetrain.market.stock.application.take_feed import TakeFeed
from drivetrain.market.stock.domain.difference import ChangeKind
from drivetrain.market.stock.domain.feed import Feed, FeedState, require_held

MAIN = "main"
"""The source of a dealer who has one."""

_LONGEST_NAME = 200
_FILE = "table"


@dataclass(frozen=True, slots=True)
class FeedRequest:
    """A table that somebody sends.

    Attributes:
        source: its name.
        file_name: as its sender calls it; may be empty.
        accepted_removals: how many cars it may remove where that is more than usual, >= 0.
    """

    owner: Owner
    by: str
    source: str = MAIN
    file_name: str = ""
    is_preview: bool = False
    accepted_removals: int = 0


@dataclass(frozen=True, slots=True)
class KeepFeeds:
    """Keeps the files of feeds until they have been taken.

    Attributes:
        folder: where they lie, each in a folder called by the feed's id.
    """

    store: StockStore
    folder: Path
    clock: Clock

    def receive(self, file: Path, request: FeedRequest) -> Feed:
        """Have a file taken in the background; the file is moved away.

        Raises:
            TooManyRequestsError: ``market.feeds_waiting``.
            UnavailableError: the file or the database cannot be reached.
        """
        feed = self._begun(file, request)
        place = self.file_of(feed)
        place.parent.mkdir(parents=True)
        try:
            shutil.move(file, place)
            return self.store.add_feed(feed)
        except BaseException:
            self.forget(feed)
            raise

    def take_now(
        self,
        file: Path,
        request: FeedRequest,
        take: TakeFeed,
        transaction: Callable[[], AbstractContextManager[Any]],
        progress: Progress,
    ) -> Feed:
        """Take a file in this process; it stays where it is.

        Raises:
            UnavailableError: the database cannot be reached, or the file cannot be read now; nothing was changed.
        """
        feed = self._begun(file, request)
        self.store.note_feed(feed)
        table = take.prepare(feed, file, progress)
        with transaction() as connection:
            return take(connection, feed, table, progress)

    def confirm(self, feed_id: UUID, removals: int, caller: Caller) -> Feed:
        """Have a held feed taken although it removes many cars.

        Args:
            removals: how many cars it may remove, as the caller was shown; with more it is held again.

        Raises:
            NotFoundError: ``market.unknown_feed``.
            ConflictError: ``market.feed_not_held``, or ``market.feed_file_gone``.
        """
        feed = self.find(feed_id, caller)
        require_held(feed)
        if not self.file_of(feed).exists():
            raise ConflictError(
                "The file of the feed is not kept any more; send it again.", code="market.feed_file_gone"
            )
        waiting = replace(
            feed, state=FeedState.WAITING, accepted_removals=removals, code=None, detail=None, ended_at=None
        )
        return self.store.confirm(waiting)

    def find(self, feed_id: UUID, caller: Caller) -> Feed:
        """A feed of the caller's company, or branch.

        Raises:
            NotAllowedError: ``market.no_company``.
            NotFoundError: ``market.unknown_feed``.
        """
        return self.store.feed(feed_id, owner_of(caller))

    def own(self, caller: Caller, *, before: UUID | None, most: int) -> FeedPage:
        """The caller's feeds, newest first.

        Raises:
            NotAllowedError: ``market.no_company``.
        """
        return self.store.feeds(owner_of(caller), before, most)

    def changes(
        self, feed_id: UUID, caller: Caller, *, kind: ChangeKind | None, after: UUID | None, most: int
    ) -> ChangePage:
        """What a feed of the caller changed.

        Raises:
            NotAllowedError, NotFoundError: as for ``find``.
        """
        return self.store.changes(self.find(feed_id, caller).feed_id, kind, after, most)

    def file_of(self, feed: Feed) -> Path:
        """Where the file of a feed lies while it waits or is held."""
        return self.folder / str(feed.feed_id) / _FILE

    def forget(self, feed: Feed) -> None:
        """Remove the file of a feed."""
        shutil.rmtree(self.file_of(feed).parent, ignore_errors=True)

    def _begun(self, file: Path, request: FeedRequest) -> Feed:
        source = self.store.source(request.owner, request.source)
        return Feed(
            UUID(new_id()),
            source.source_id,
            request.owner,
            source.name,
            sha256_of(file),
            shortened(request.file_name, longest=_LONGEST_NAME),
            source.mapping_version,
            request.is_preview,
            request.accepted_removals,
            FeedState.WAITING,
            self.clock.now(),
            request.by,
        )
