"""What the use cases of saved searches and alerts need."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from drivetrain.core.event_log import Offsets
from drivetrain.market.alerts.domain.alert import Alert, SeenListing
from drivetrain.market.alerts.domain.saved_search import Notice, SavedSearch
from drivetrain.market.search.domain.query import SearchQuery


@dataclass(frozen=True, slots=True)
class ReadAddress:
    """The address of a search as filters.

    Attributes:
        unread: words of its text that mean nothing; they filter nothing.
    """

    query: SearchQuery
    unread: Sequence[str] = ()


class ReadSearch(Protocol):
    """Reads the parameters of a search, its text among them."""

    def __call__(self, address: str, /) -> ReadAddress:
        """The filters.

        Raises:
            ContractError: parameters are unknown or wrong; each is named.
            UnavailableError: the listings were not read yet, by whose words a text is read.
        """
        ...


class SearchStore(Protocol):
    """Where saved searches are kept. Blocking; every method raises UnavailableError without the database."""

    def add(self, search: SavedSearch, most: int) -> None:
        """Keep one more.

        Raises:
            ConflictError: ``market.too_many_searches``; the person has as many as one may.
            NotFoundError: ``market.unknown_listing``; the listing that is watched is gone.
        """
        ...

    def of_person(self, person: UUID) -> Sequence[SavedSearch]:
        """Those of a person, oldest first."""
        ...

    def of_people(self, people: Collection[UUID]) -> Sequence[SavedSearch]:
        """Those of some people."""
        ...

    def all(self) -> Iterable[Sequence[SavedSearch]]:
        """Everybody's, in pieces."""
        ...

    def change(
        self, search_id: UUID, person: UUID, change: Callable[[SavedSearch], SavedSearch]
    ) -> SavedSearch:
        """Change one of a person's; alerts that wait are told when the search says now.

        Raises:
            NotFoundError: ``market.unknown_search``.
        """
        ...

    def remove(self, search_id: UUID, person: UUID) -> None:
        """Remove one of a person's, with its alerts.

        Raises:
            NotFoundError: ``market.unknown_search``.
        """
        ...


class ChangeBatch(Protocol):
    """Changes of listings that one process takes in, all or none of what follows from them."""

    def offsets(self) -> Offsets | None:
        """Where to read on; None at the first time."""
        ...

    def seen(self, listings: Collection[str]) -> Mapping[str, SeenListing]:
        """How some listings were last seen, by id; 32 hexadecimal digits each."""
        ...

    def remember(self, seen: Mapping[str, SeenListing]) -> None:
        """Keep how listings were seen."""
        ...

    def add(self, alerts: Sequence[Alert]) -> int:
        """Add alerts, those that are there already and those of removed searches left out; how many there were."""
        ...

    def advance(self, offsets: Offsets) -> None:
        """Read on from here the next time."""
        ...


class ChangeStore(Protocol):
    """Where the matcher keeps how far it is, and what it found."""

    def batch(self) -> AbstractContextManager[ChangeBatch | None]:
        """A transaction for one batch; None where another process works on one."""
        ...


@dataclass(frozen=True, slots=True)
class DueAlert:
    """An alert that is to be told now.

    Attributes:
        listing: 32 hexadecimal digits.
        search_name: of the search as it is called now.
        price_minor, former_price_minor: of the alert; the latter None where the price did not fall.
    """

    alert_id: UUID
    person: UUID
    search_name: str
    listing: str
    notice: Notice
    price_minor: int
    currency: str
    former_price_minor: int | None


class DueBatch(Protocol):
    """Alerts that one process tells."""

    @property
    def connection(self) -> Any:
        """Of the transaction, for the messages."""
        ...

    def due(self, now: datetime, most_people: int) -> Sequence[DueAlert]:
        """All that is due of some people, by person and age."""
        ...

    def note_told(self, alerts: Collection[UUID], at: datetime) -> None:
        """Note that alerts were told, or need not be."""
        ...


class DueStore(Protocol):
    """Where alerts wait until they are told."""

    def telling(self) -> AbstractContextManager[DueBatch | None]:
        """A transaction; None where another process tells."""
        ...


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """An alert as its person sees it."""

    alert_id: UUID
    search_id: UUID
    search_name: str
    listing: UUID
    notice: Notice
    price_minor: int
    currency: str
    former_price_minor: int | None
    created_at: datetime
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Alerts, newest first.

    Attributes:
        unseen: how many of all the person has not seen.
        next: id of the last one; None at the end.
    """

    items: Sequence[StoredAlert]
    unseen: int
    next: UUID | None


class AlertReader(Protocol):
    """Reads and marks the alerts of a person. Blocking; raises UnavailableError without the database."""

    def page(self, person: UUID, search_id: UUID | None, before: UUID | None, most: int) -> AlertPage:
        """Alerts of a person, or of one search of theirs."""
        ...

    def mark_seen(self, person: UUID, up_to: UUID, at: datetime) -> int:
        """Mark all up to one as seen; how many were not."""
        ...
