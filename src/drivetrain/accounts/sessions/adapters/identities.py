"""Links to accounts at identity providers in PostgreSQL, in the transaction of a caller."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from drivetrain.accounts.sessions.adapters.tables import identities
from drivetrain.accounts.sessions.domain.provider import Identity


class PostgresIdentities:
    """The port ``IdentityStore``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, identity: Identity) -> bool:
        """Store a link; False where one of its two sides is taken."""
        row = {
            "identity_id": identity.identity_id,
            "person_id": identity.person,
            "issuer": identity.issuer,
            "subject": identity.subject,
            "linked_at": identity.linked_at,
            "last_used_at": identity.last_used_at,
        }
        insertion = insert(identities).values(row).on_conflict_do_nothing()
        added = insertion.returning(identities.c.identity_id)
        return self._connection.execute(added).one_or_none() is not None

    def of_subject(self, issuer: str, subject: str) -> Identity | None:
        """The link of an account at a provider."""
        query = select(identities).where(identities.c.issuer == issuer, identities.c.subject == subject)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _identity(row)

    def of_person(self, person: UUID) -> Sequence[Identity]:
        """The links of a person, the first one first."""
        query = select(identities).where(identities.c.person_id == person).order_by(identities.c.linked_at)
        return [_identity(row) for row in self._connection.execute(query)]

    def note_use(self, identity: UUID, instant: datetime) -> None:
        """Note when somebody signed in by a link."""
        own = update(identities).where(identities.c.identity_id == identity)
        self._connection.execute(own.values(last_used_at=instant))

    def remove(self, person: UUID, identity: UUID) -> Identity | None:
        """Delete a link of a person."""
        own = delete(identities).where(identities.c.person_id == person, identities.c.identity_id == identity)
        row = self._connection.execute(own.returning(*identities.c)).one_or_none()
        return None if row is None else _identity(row)


def is_linked(connection: Connection, person: UUID) -> bool:
    """Whether a person signs in with an account at an identity provider."""
    return bool(PostgresIdentities(connection).of_person(person))


def _identity(row: Row[Any]) -> Identity:
    return Identity(row.identity_id, row.person_id, row.issuer, row.subject, row.linked_at, row.last_used_at)
