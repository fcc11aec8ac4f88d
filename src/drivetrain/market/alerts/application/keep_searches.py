"""Keeping searches, and saying what one wants to be told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from drivetrain.core.access import Caller
from drivetrain.core.errors import NotAllowedError
from drivetrain.core.ids import new_id
from drivetrain.core.time import Clock
from drivetrain.market.alerts.application.ports import ReadAddress, ReadSearch, SearchStore
from drivetrain.market.alerts.domain.saved_search import (
    MOST_SEARCHES,
    SavedSearch,
    SearchWishes,
    require_filters,
)
from drivetrain.market.listings.application.keep_listings import KeepListings


def person_of(caller: Caller) -> UUID:
    """Whose searches a caller keeps.

    Raises:
        NotAllowedError: ``market.no_person``; the credential is no person's.
    """
    if caller.person is None:
        raise NotAllowedError(
            "This key belongs to no person, and only people keep searches.", code="market.no_person"
        )
    return caller.person


@dataclass(frozen=True, slots=True)
class KeepSearches:
    """A person's searches; another person's answers like one that does not exist."""

    store: SearchStore
    read: ReadSearch
    listings: KeepListings
    clock: Clock

    def create(self, wishes: SearchWishes, caller: Caller) -> tuple[SavedSearch, Sequence[str]]:
        """Keep a search.

        Returns:
            The search, and the words of its text that mean nothing.

        Raises:
            NotAllowedError: ``market.no_person``.
            ContractError: the search is wrong, or has no filter.
            NotFoundError: ``market.unknown_listing``.
            ConflictError: ``market.too_many_searches``.
        """
        person, now = person_of(caller), self.clock.now()
        read = self._read(wishes, caller)
        search = SavedSearch(
            UUID(new_id()),
            person,
            wishes.name,
            None if read is None else read.query,
            wishes.listing,
            wishes.notices,
            wishes.least_drop,
            wishes.frequency,
            now,
            now,
        )
        self.store.add(search, MOST_SEARCHES)
        return search, () if read is None else read.unread

    def change(
        self, search_id: UUID, wishes: SearchWishes, caller: Caller
    ) -> tuple[SavedSearch, Sequence[str]]:
        """Replace what is said of a search.

        Raises:
            NotAllowedError, ContractError: as for ``create``.
            NotFoundError: ``market.unknown_search``, ``market.unknown_listing``.
        """
        person, now = person_of(caller), self.clock.now()
        read = self._read(wishes, caller)
        search = self.store.change(
            search_id,
            person,
            lambda former: replace(
                former,
                name=wishes.name,
                query=None if read is None else read.query,
                listing=wishes.listing,
                notices=wishes.notices,
                least_drop=wishes.least_drop,
                frequency=wishes.frequency,
                changed_at=now,
            ),
        )
        return search, () if read is None else read.unread

    def own(self, caller: Caller) -> Sequence[SavedSearch]:
        """The caller's, oldest first.

        Raises:
            NotAllowedError: ``market.no_person``.
        """
        return self.store.of_person(person_of(caller))

    def remove(self, search_id: UUID, caller: Caller) -> None:
        """Remove a search with its alerts.

        Raises:
            NotAllowedError: ``market.no_person``.
            NotFoundError: ``market.unknown_search``.
        """
        self.store.remove(search_id, person_of(caller))

    def _read(self, wishes: SearchWishes, caller: Caller) -> ReadAddress | None:
        """The filters that are wished; None where a listing is watched, which the caller must be able to see."""
        if wishes.listing is not None:
            self.listings.find(wishes.listing, caller)
            return None
        read = self.read(wishes.address)
        require_filters(read.query)
        return read
