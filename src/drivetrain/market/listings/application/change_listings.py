"""Changing many listings of an owner at once, in a transaction of whoever asks for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from drivetrain.core.ids import new_ids
from drivetrain.market.listings.application.ports import ListingBatches
from drivetrain.market.listings.domain.car import Car
from drivetrain.market.listings.domain.events import ListingChange
from drivetrain.market.listings.domain.listing import (
    FOLLOWING,
    Listing,
    ListingState,
    Owner,
    PriceChange,
    edited,
    moved,
)
from drivetrain.market.listings.domain.money import Money

CarForSale = tuple[Car, Money]


@dataclass(frozen=True, slots=True)
class ListingChanges:
    """What is to become of listings.

    Attributes:
        new: cars to put on sale, each under the id that its listing gets.
        edited: what is said and asked now, by listing; one that is sold stays as it is.
        returned: the same for cars that are offered again; one that was sold begins a new listing.
        withdrawn: listings to withdraw; one that cannot be withdrawn any more stays as it is.
    """

    new: Mapping[UUID, CarForSale] = field(default_factory=dict)
    edited: Mapping[UUID, CarForSale] = field(default_factory=dict)
    returned: Mapping[UUID, CarForSale] = field(default_factory=dict)
    withdrawn: Collection[UUID] = ()


@dataclass(frozen=True, slots=True)
class ChangedListings:
    """What became of listings; without their cars, so that it is little for many of them.

    Attributes:
        changes: of each listing that is new or changed.
        replaced: listings that were sold, with the new one of the same car.
        left: how many stayed as they were.
    """

    changes: Sequence[ListingChange] = ()
    replaced: Mapping[UUID, UUID] = field(default_factory=dict)
    left: int = 0

    @property
    def repriced(self) -> int:
        """How many have another price than before."""
        return sum(each.former_price not in {None, each.price} for each in self.changes)

    @classmethod
    def joined(cls, parts: Iterable[ChangedListings]) -> ChangedListings:
        """What became of all parts together."""
        changes: list[ListingChange] = []
        replaced: dict[UUID, UUID] = {}
        left = 0
        for part in parts:
            changes += part.changes
            replaced |= part.replaced
            left += part.left
        return cls(changes, replaced, left)


@dataclass(frozen=True, slots=True)
class ChangeListings:
    """Puts cars on sale, changes and withdraws them, by the rules that hold for a single listing."""

    store: ListingBatches

    def __call__(
        self, connection: Any, owner: Owner, changes: ListingChanges, *, at: datetime, by: str
    ) -> ChangedListings:
        """Make the changes, of the owner's listings only. They are told to others by ``announce``.

        Args:
            connection: of SQLAlchemy, in a transaction; the changed listings are locked until its end.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        asked = [*changes.edited, *changes.returned, *changes.withdrawn]
        following = Following(owner, changes, at, by)
        for former in self.store.locked(connection, owner, asked):
            following.take(former)
        new = [following.begun(listing_id, *car) for listing_id, car in changes.new.items()]
        new += [following.begun(made, *changes.returned[sold]) for sold, made in following.replaced.items()]
        self.store.add(connection, new)
        self.store.put(connection, following.pairs)
        made = [ListingChange.of(listing, None) for listing in new]
        kept = [ListingChange.of(*pair) for pair in following.pairs]
        return ChangedListings([*made, *kept], following.replaced, following.left)

    def announce(self, connection: Any, changed: ChangedListings) -> None:
        """Write the events of the changes: as the last thing, because their topic is locked until the commit.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        self.store.announce(connection, changed.changes)


@dataclass(slots=True)
class Following:
    """What follows from changes for the listings as they are, one after the other."""

    owner: Owner
    changes: ListingChanges
    at: datetime
    by: str
    pairs: list[tuple[Listing, Listing]] = field(default_factory=list)
    replaced: dict[UUID, UUID] = field(default_factory=dict)
    left: int = 0

    def take(self, former: Listing) -> None:
        """Change a listing, or leave it where its state forbids the change."""
        if former.listing_id in self.changes.withdrawn:
            self._withdraw(former)
            return
        returned = self.changes.returned.get(former.listing_id)
        if former.state is ListingState.SOLD:
            if returned is None:
                self.left += 1
            else:
                self.replaced[former.listing_id] = UUID(new_ids(1)[0])
            return
        car, price = returned or self.changes.edited[former.listing_id]
        listing = edited(former, former.version, car, price, at=self.at, by=self.by)
        may_be_live = ListingState.LIVE in FOLLOWING[listing.state] and listing.blocked_at is None
        if returned is not None and may_be_live:
            listing = moved(listing, listing.version, ListingState.LIVE, at=self.at, by=self.by)
        self.pairs.append((listing, former))

    def begun(self, listing_id: UUID, car: Car, price: Money) -> Listing:
        """A listing that goes live at once."""
        prices = (PriceChange(price, self.at),)
        return Listing(
            listing_id,
            self.owner,
            car,
            price,
            ListingState.LIVE,
            1,
            self.at,
            self.at,
            self.by,
            self.at,
            prices,
        )

    def _withdraw(self, former: Listing) -> None:
        if ListingState.WITHDRAWN not in FOLLOWING[former.state]:
            self.left += 1
            return
        listing = moved(former, former.version, ListingState.WITHDRAWN, at=self.at, by=self.by)
        self.pairs.append((listing, former))
