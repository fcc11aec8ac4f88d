"""What notifications know of people: where their mail goes, and who holds a role."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Connection, select

from drivetrain.accounts.notifications.application.ports import Recipient
from drivetrain.accounts.notifications.domain.messages import language_of
from drivetrain.accounts.people.adapters.tables import people, roles_held
from drivetrain.core.access import person_of_subject


class PeopleDirectory:
    """The port ``Directory`` on the tables of people."""

    def recipient(self, connection: Connection, person: UUID) -> Recipient | None:
        """Where a person's mail goes; None for one who was erased or deactivated."""
        query = select(people).where(people.c.person_id == person, people.c.deactivated_at.is_(None))
        row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return Recipient(row.email, row.name, language_of(row.language), row.time_zone)

    def active(self, connection: Connection, people_asked: Collection[UUID]) -> Collection[UUID]:
        """Those of some people who have an active account; their rows stay until the transaction ends."""
        query = (
            select(people.c.person_id)
            .where(people.c.person_id.in_(people_asked), people.c.deactivated_at.is_(None))
            .order_by(people.c.person_id)
            .with_for_update(read=True, key_share=True)
        )
        return set(connection.scalars(query))

    def name_of(self, connection: Connection, subject: str) -> str:
        """The name of a person; anybody else as they stand."""
        person = person_of_subject(subject)
        if person is None:
            return subject
        return connection.scalar(select(people.c.name).where(people.c.person_id == person)) or subject

    def holders(self, connection: Connection, role: str, company: UUID | None) -> Sequence[UUID]:
        """The active people who hold a role, by id."""
        held = roles_held.c
        where = held.company_id.is_(None) if company is None else held.company_id == company
        query = (
            select(people.c.person_id)
            .join(roles_held, held.person_id == people.c.person_id)
            .where(held.role == role, where, people.c.deactivated_at.is_(None))
            .distinct()
            .order_by(people.c.person_id)
        )
        return connection.scalars(query).all()
