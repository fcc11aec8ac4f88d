"""Public links in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, delete, func, insert, select, update

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.kit.tasks import Arguments, Result, TaskPorts
from drivetrain.market.listings.adapters.store import SHOWN_LISTINGS, listing_of
from drivetrain.market.listings.adapters.tables import listings
from drivetrain.market.listings.domain.listing import Listing, ListingState
from drivetrain.market.shares.adapters.tables import listing_shares
from drivetrain.market.shares.domain.share import MOST_COUNTED, Share


class PostgresShares:
    """The port ``ShareStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, share: Share, most: int) -> None:
        """Keep one more, unless the person has as many as one may."""
        columns = listing_shares.c
        theirs = select(func.count()).where(
            columns.person_id == share.person, columns.expires_at > share.created_at
        )
        with transaction(self._engine) as connection:
            # one at a time: two at once would both find room for the last one
            connection.execute(
                select(func.pg_advisory_xact_lock(func.hashtextextended(f"shares {share.person}", 0)))
            )
            if (connection.scalar(theirs) or 0) >= most:
                raise ConflictError(
                    f"You have {most} links already; revoke one first.", code="market.too_many_shares"
                )
            row = {
                "share_id": share.share_id,
                "listing_id": share.listing,
                "person_id": share.person,
                "digest": share.digest,
                "created_at": share.created_at,
                "expires_at": share.expires_at,
                "opened": share.opened,
            }
            connection.execute(insert(listing_shares).values(row))

    def of_person(self, person: UUID, listing: UUID, now: datetime) -> Sequence[Share]:
        """A person's links to a listing that have not expired, newest first: their ids begin with the instant."""
        columns = listing_shares.c
        query = (
            select(listing_shares)
            .where(columns.person_id == person, columns.listing_id == listing, columns.expires_at > now)
            .order_by(columns.share_id.desc())
        )
        with translating(), self._engine.connect() as connection:
            return [
                Share(
                    *(row.share_id, row.listing_id, row.person_id, row.digest),
                    *(row.created_at, row.expires_at, row.opened),
                )
                for row in connection.execute(query)
            ]

    def remove(self, share_id: UUID, person: UUID) -> None:
        """Revoke one of a person's."""
        columns = listing_shares.c
        theirs = delete(listing_shares).where(columns.share_id == share_id, columns.person_id == person)
        with transaction(self._engine) as connection:
            if connection.execute(theirs).rowcount == 0:
                raise NotFoundError(f"There is no link {share_id}.", code="market.unknown_share")

    def opened(self, digest: bytes, now: datetime) -> tuple[UUID, Listing] | None:
        """The link of a hash with its listing, if that is live."""
        columns = listing_shares.c
        query = (
            SHOWN_LISTINGS.add_columns(columns.share_id)
            .join(listing_shares, columns.listing_id == listings.c.listing_id)
            .where(columns.digest == digest, columns.expires_at > now, listings.c.state == ListingState.LIVE)
        )
        with translating(), self._engine.connect() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else (row["share_id"], listing_of(row))

    def count(self, share_id: UUID) -> None:
        """Count that the page was shown."""
        columns = listing_shares.c
        its_row = update(listing_shares).where(columns.share_id == share_id, columns.opened < MOST_COUNTED)
        with transaction(self._engine) as connection:
            connection.execute(its_row.values(opened=columns.opened + 1))

    def remove_expired(self, now: datetime) -> int:
        """Remove links that have expired; how many."""
        with transaction(self._engine) as connection:
            return connection.execute(
                delete(listing_shares).where(listing_shares.c.expires_at <= now)
            ).rowcount


def remove_expired(ports: TaskPorts, _: Arguments, __: Progress) -> Result:
    """Remove public links that have expired."""
    return {"removed": PostgresShares(ports.database.engine).remove_expired(ports.installation.clock.now())}
