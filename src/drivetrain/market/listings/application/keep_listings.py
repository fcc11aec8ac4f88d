"""Putting cars on offer, and changing what is said and asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from drivetrain.core.access import Caller
from drivetrain.core.errors import ContractError, FieldError
from drivetrain.core.ids import new_id
from drivetrain.core.time import Clock
from drivetrain.lifecycle.data.contracts import FieldWarning
from drivetrain.lifecycle.kit.branches import Branches
from drivetrain.market.listings.application.contract import read_listing
from drivetrain.market.listings.application.ports import ListingPage, ListingStore
from drivetrain.market.listings.domain.listing import (
    Listing,
    ListingState,
    Owner,
    PriceChange,
    edited,
    moved,
    owner_of,
)


@dataclass(frozen=True, slots=True)
class KeepListings:
    """A company's listings, or those of a branch of it: what the caller's credential acts for.

    Attributes:
        branches: of companies; None where nobody names one.
    """

    store: ListingStore
    clock: Clock
    branches: Branches | None = None

    def create(
        self, raw: Mapping[str, object], caller: Caller, branch: UUID | None = None
    ) -> tuple[Listing, Sequence[FieldWarning]]:
        """Make a draft.

        Args:
            branch: whose it is to be; None for what the caller acts for.

        Raises:
            ContractError: the car is not what the contract asks for, or ``market.unknown_branch``.
            NotAllowedError: ``market.no_company``.
            UnavailableError: the database cannot be reached.
        """
        owner = self._owner(caller, branch)
        car, price, warnings = read_listing(raw)
        now = self.clock.now()
        listing = Listing(
            UUID(new_id()),
            owner,
            car,
            price,
            ListingState.DRAFT,
            1,
            now,
            now,
            caller.subject,
            prices=(PriceChange(price, now),),
        )
        self.store.add([listing])
        return listing, warnings

    def _owner(self, caller: Caller, branch: UUID | None) -> Owner:
        """Whose a new listing is: who acts for a whole company may name a branch of it."""
        own = owner_of(caller)
        if branch is None or branch == own.branch:
            return own
        known = self.branches if own.branch is None else None
        if known is None or not known.has(own.company, branch):
            detail = "Your company has no such branch, or you act for another one."
            raise ContractError([FieldError("market.unknown_branch", detail, "/branch_id")])
        return Owner(own.company, branch)

    def edit(
        self, listing_id: UUID, version: int, raw: Mapping[str, object], caller: Caller
    ) -> tuple[Listing, Sequence[FieldWarning]]:
        """Replace what is said of a car and asked for it.

        Args:
            version: on which the change was made.

        Raises:
            ContractError, NotAllowedError: as for ``create``.
            NotFoundError: ``market.unknown_listing``.
            ConflictError: ``market.listing_changed``, ``market.listing_sold``.
        """
        owner = owner_of(caller)
        car, price, warnings = read_listing(raw)
        now = self.clock.now()
        listing = self.store.change(
            listing_id,
            owner,
            lambda former: edited(former, version, car, price, at=now, by=caller.subject),
        )
        return listing, warnings

    def move(self, listing_id: UUID, version: int, state: ListingState, caller: Caller) -> Listing:
        """Bring a listing to another state.

        Raises:
            NotAllowedError: ``market.no_company``.
            NotFoundError: ``market.unknown_listing``.
            ConflictError: ``market.listing_changed``, ``market.state_not_possible``.
        """
        now = self.clock.now()
        return self.store.change(
            listing_id,
            owner_of(caller),
            lambda former: moved(former, version, state, at=now, by=caller.subject),
        )

    def find(self, listing_id: UUID, caller: Caller) -> Listing:
        """A listing that everybody may see, or that is the caller's own, with its price history.

        Raises:
            NotFoundError: ``market.unknown_listing``.
        """
        return self.store.find(listing_id, None if caller.company is None else owner_of(caller))

    def own(
        self, caller: Caller, *, state: ListingState | None, before: UUID | None, most: int
    ) -> ListingPage:
        """The caller's listings, newest first.

        Raises:
            NotAllowedError: ``market.no_company``.
        """
        return self.store.owned(owner_of(caller), state, before, most)
