"""Saying from where the table of a source is fetched, and fetching it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from drivetrain.core.access import Caller
from drivetrain.core.endpoints import Endpoint
from drivetrain.core.errors import InvalidInputError, NotFoundError, TooManyRequestsError
from drivetrain.core.time import Clock
from drivetrain.lifecycle.data.datasets import sha256_of
from drivetrain.market.listings.domain.listing import Owner, owner_of
from drivetrain.market.stock.application.keep_feeds import FeedRequest, KeepFeeds
from drivetrain.market.stock.application.ports import StockStore
from drivetrain.market.stock.domain.feed import Feed, FeedState
from drivetrain.market.stock.domain.pull import Pull, read_feed_address


class PullStore(Protocol):
    """Where pulls are kept. Blocking; every method raises UnavailableError while it cannot be reached."""

    def set_pull(self, pull: Pull) -> None:
        """Keep the pull of its source, in place of a former one."""
        ...

    def pull(self, source_id: UUID) -> Pull:
        """The pull of a source.

        Raises:
            NotFoundError: ``market.no_pull``.
        """
        ...

    def pulls(self, owner: Owner) -> Sequence[Pull]:
        """The pulls of an owner's own sources."""
        ...

    def remove_pull(self, source_id: UUID) -> None:
        """Fetch the table of a source no more.

        Raises:
            NotFoundError: ``market.no_pull``.
        """
        ...

    def defer_due(self, now: datetime) -> int:
        """Have a task fetch each table that is due, and note when it is due again; how many."""
        ...

    def note_look(self, source_id: UUID, at: datetime, failure: str | None) -> None:
        """Note how a try ended."""
        ...


class Download(Protocol):
    """Fetches files of addresses that somebody else has named. Blocking."""

    def __call__(self, endpoint: Endpoint, into: Path) -> str:
        """Write the file of an address to ``into``.

        Returns:
            Why it could not be fetched, a sentence for people; empty where it was.

        Raises:
            StorageFullError: there is no space for it.
        """
        ...


@dataclass(frozen=True, slots=True)
class KeepPulls:
    """The pulls of a dealer's sources.

    Attributes:
        allow_loopback: whether tables may be fetched from this machine itself; for development.
    """

    stock: StockStore
    pulls: PullStore
    clock: Clock
    allow_loopback: bool = False

    def set(self, source: str, url: str, every_h: int, caller: Caller) -> Pull:
        """Have the table of a source fetched, for the first time at once.

        Raises:
            NotAllowedError: ``market.no_company``.
            InvalidInputError: ``market.bad_feed_url``.
        """
        owner = owner_of(caller)
        endpoint = read_feed_address(url, allow_loopback=self.allow_loopback)
        known = self.stock.source(owner, source)
        pull = Pull(known.source_id, owner, source, endpoint.url, every_h, self.clock.now(), caller.subject)
        self.pulls.set_pull(pull)
        return pull

    def find(self, source: str, caller: Caller) -> Pull:
        """The pull of a source.

        Raises:
            NotAllowedError: ``market.no_company``.
            NotFoundError: ``market.no_pull``.
        """
        return self.pulls.pull(self._source_id(owner_of(caller), source))

    def all(self, caller: Caller) -> Mapping[str, Pull]:
        """The pulls of the caller's own sources, by source.

        Raises:
            NotAllowedError: ``market.no_company``.
        """
        return {pull.source: pull for pull in self.pulls.pulls(owner_of(caller))}

    def remove(self, source: str, caller: Caller) -> None:
        """Fetch the table of a source no more.

        Raises:
            NotAllowedError: ``market.no_company``.
            NotFoundError: ``market.no_pull``.
        """
        self.pulls.remove_pull(self._source_id(owner_of(caller), source))

    def _source_id(self, owner: Owner, source: str) -> UUID:
        known = self.stock.known_source(owner, source)
        if known is None:
            raise NotFoundError("No table is fetched for this source.", code="market.no_pull")
        return known.source_id


@dataclass(frozen=True, slots=True)
class PullStock:
    """Fetches the table of a source, and has it taken if it is another one than was taken last."""

    keep: KeepPulls
    feeds: KeepFeeds
    download: Download

    def __call__(self, source_id: UUID) -> Feed | None:
        """Fetch it once; how that ended is noted.

        Returns:
            The feed that takes it; None where there is none to take.

        Raises:
            NotFoundError: ``market.no_pull``; it was removed meanwhile.
            UnavailableError: the database cannot be reached, or the disk is full.
        """
        pull = self.keep.pulls.pull(source_id)
        with tempfile.TemporaryDirectory(prefix="drivetrain-") as folder:
            file = Path(folder) / "table"
            feed, failure = self._fetch(pull, file)
        self.keep.pulls.note_look(source_id, self.keep.clock.now(), failure or None)
        return feed

    def _fetch(self, pull: Pull, file: Path) -> tuple[Feed | None, str]:
        try:  # again: the rules may have become stricter
            endpoint = read_feed_address(pull.url, allow_loopback=self.keep.allow_loopback)
        except InvalidInputError as error:
            return None, error.detail
        failure = self.download(endpoint, file)
        if failure:
            return None, failure
        last = self._last_as(pull, file)
        if last is not None:
            if last.state in {FeedState.TAKEN, FeedState.UNCHANGED}:
                self.keep.stock.confirm_source(last.source_id, self.keep.clock.now())
            return None, ""
        name = Path(endpoint.target.partition("?")[0]).name
        try:
            return self.feeds.receive(file, FeedRequest(pull.owner, pull.created_by, pull.source, name)), ""
        except TooManyRequestsError as error:
            return None, error.detail

    def _last_as(self, pull: Pull, file: Path) -> Feed | None:
        """The last feed where it was this file, whatever came of it, and the file would be read the same way."""
        source = self.keep.stock.source(pull.owner, pull.source)
        last = self.keep.stock.last_feed(source.source_id)
        is_same = (
            last is not None
            and last.digest == sha256_of(file)
            and last.mapping_version == source.mapping_version
        )
        return last if is_same else None
