"""Telling sellers what happened to their listings without them, in the transaction of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from drivetrain.core.access import PersonRole
from drivetrain.core.announcements import Announcements
from drivetrain.core.time import iso_utc
from drivetrain.market.listings.domain.listing import Listing

LISTING_BLOCKED, LISTINGS_EXPIRED = "listing_blocked", "listings_expired"
_SELLING = (PersonRole.DEALER, PersonRole.COMPANY_ADMIN)


@dataclass(frozen=True, slots=True)
class SellerNotices:
    """Writes the notices to all who sell for a company."""

    announcements: Announcements

    def blocked(self, connection: Connection, listing: Listing) -> None:
        """A moderator took a listing off the market; who reported it is not said."""
        arguments = {"car": _name(listing), "at": iso_utc(listing.changed_at)}
        self._write(connection, LISTING_BLOCKED, listing.owner.company, arguments)

    def expired(self, connection: Connection, listings: Sequence[Listing]) -> None:
        """Listings were withdrawn that nobody looked after: one notice for each company."""
        by_company: dict[UUID, list[Listing]] = defaultdict(list)
        for listing in listings:
            by_company[listing.owner.company].append(listing)
        # in one order, so that two transactions cannot wait for each other
        for company, own in sorted(by_company.items()):
            arguments = {
                "cars": str(len(own)),
                "first": _name(own[0]),
                "at": iso_utc(own[0].changed_at),
            }
            self._write(connection, LISTINGS_EXPIRED, company, arguments)

    def _write(self, connection: Connection, message: str, company: UUID, arguments: dict[str, str]) -> None:
        self.announcements.announce(connection, message, _SELLING, arguments, company=company)


def _name(listing: Listing) -> str:
    return f"{listing.car.make} {listing.car.model} {listing.car.year}"
