"""People, their roles and their one-time links in PostgreSQL, each in the transaction of its caller."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, LargeBinary, Row, Select, Table, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from drivetrain.accounts.people.adapters.tables import one_time_tokens, people, roles_held
from drivetrain.accounts.people.domain.person import Address, Person, RoleHeld
from drivetrain.accounts.people.domain.tokens import OneTimeToken
from drivetrain.adapters.postgres.tables import metadata
from drivetrain.core.access import ADMIN_ROLE

_SECRET_COLUMNS = frozenset({"password_hash"})


class PostgresPeople:
    """The port ``PersonStore``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, person: Person) -> bool:
        """Store a person; False where the address has an account already."""
        row = {
            "person_id": person.person_id,
            "email": person.email.text,
            "email_key": person.email.key,
            "name": person.name,
            "language": person.language,
            "time_zone": person.time_zone,
            "password_hash": person.password_hash,
            "password_set_at": person.password_set_at,
            "created_at": person.created_at,
            "created_by": person.created_by,
            "verified_at": person.verified_at,
            "deactivated_at": person.deactivated_at,
        }
        insertion = insert(people).values(row).on_conflict_do_nothing(constraint="people_email_key")
        added = self._connection.execute(insertion.returning(people.c.person_id)).one_or_none()
        return added is not None

    def by_email(self, key: str) -> Person | None:
        """The person of an address."""
        return self._one(select(people).where(people.c.email_key == key))

    def by_id(self, person: UUID) -> Person | None:
        """The person of an id."""
        return self._one(select(people).where(people.c.person_id == person))

    def lock(self, person: UUID) -> Person | None:
        """The person of an id, locked."""
        return self._one(select(people).where(people.c.person_id == person).with_for_update())

    def all(self) -> Sequence[Person]:
        """Everybody, newest first."""
        newest_first = select(people).order_by(people.c.created_at.desc(), people.c.person_id.desc())
        return [_person(row) for row in self._connection.execute(newest_first)]

    def set_password(self, person: UUID, password_hash: str, instant: datetime) -> None:
        """Store a password."""
        self._change(person, password_hash=password_hash, password_set_at=instant)
        self.mark_verified(person, instant)

    def mark_verified(self, person: UUID, instant: datetime) -> None:
        """Note that the address is theirs."""
        verified = update(people).where(people.c.person_id == person, people.c.verified_at.is_(None))
        self._connection.execute(verified.values(verified_at=instant))

    def change_profile(self, person: UUID, *, name: str, language: str, time_zone: str) -> None:
        """Store a profile."""
        self._change(person, name=name, language=language, time_zone=time_zone)

    def set_deactivated(self, person: UUID, instant: datetime | None) -> None:
        """Deactivate, or not any more."""
        self._change(person, deactivated_at=instant)

    def erase(self, person: UUID) -> None:
        """Delete the row; the database deletes what refers to it."""
        self._connection.execute(delete(people).where(people.c.person_id == person))

    def exported(self, person: UUID) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Every row about the person, of every table that refers to people; names as plain strings."""
        return {
            str(table.name): [
                dict(zip(_names(table), row, strict=True))
                for row in self._connection.execute(_readable(table).where(column == person))
            ]
            for table, column in _about_people()
        }

    def roles(self, person: UUID) -> Sequence[RoleHeld]:
        """What the person holds, in the order in which it was given."""
        held = select(roles_held.c.role, roles_held.c.company_id, roles_held.c.branch_id)
        by_person = held.where(roles_held.c.person_id == person).order_by(roles_held.c.granted_at)
        return [RoleHeld(*row) for row in self._connection.execute(by_person)]

    def grant(self, person: UUID, role: RoleHeld, *, by: str, instant: datetime) -> None:
        """Give a role."""
        row = {
            "person_id": person,
            "role": role.role,
            "company_id": role.company,
            "branch_id": role.branch,
            "granted_at": instant,
            "granted_by": by,
        }
        self._connection.execute(
            insert(roles_held).values(row).on_conflict_do_nothing(constraint="roles_held_once")
        )

    def lock_administrators(self) -> Sequence[UUID]:
        """The platform's administrators who can sign in."""
        locked = (
            select(people.c.person_id)
            .join(roles_held)
            .where(
                roles_held.c.role == ADMIN_ROLE,
                roles_held.c.company_id.is_(None),
                people.c.deactivated_at.is_(None),
                people.c.verified_at.is_not(None),
            )
            .order_by(people.c.person_id)
            .with_for_update()
        )
        return list(self._connection.scalars(locked))

    def _change(self, person: UUID, **values: object) -> None:
        self._connection.execute(update(people).where(people.c.person_id == person).values(values))

    def _one(self, query: Select[Any]) -> Person | None:
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _person(row)


class PostgresTokens:
    """The port ``TokenStore``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, token: OneTimeToken) -> None:
        """Store a link in place of those that nobody used."""
        former = delete(one_time_tokens).where(
            one_time_tokens.c.person_id == token.person,
            one_time_tokens.c.purpose == token.purpose,
            one_time_tokens.c.used_at.is_(None),
        )
        self._connection.execute(former)
        row = {
            "token_id": token.token_id,
            "purpose": token.purpose,
            "person_id": token.person,
            "created_at": token.created_at,
            "expires_at": token.expires_at,
        }
        self._connection.execute(insert(one_time_tokens).values(row))

    def by_id(self, token_id: UUID) -> OneTimeToken | None:
        """The link of an id, left as it is."""
        return self._one(select(one_time_tokens).where(one_time_tokens.c.token_id == token_id))

    def take(self, token_id: UUID, instant: datetime) -> OneTimeToken | None:
        """Mark a link as used, and give it as it was before."""
        by_id = one_time_tokens.c.token_id == token_id
        token = self._one(select(one_time_tokens).where(by_id).with_for_update())
        unused = update(one_time_tokens).where(by_id, one_time_tokens.c.used_at.is_(None))
        self._connection.execute(unused.values(used_at=instant))
        return token

    def _one(self, query: Select[Any]) -> OneTimeToken | None:
        row = self._connection.execute(query).one_or_none()
        if row is None:
            return None
        return OneTimeToken(
            row.token_id, row.purpose, row.person_id, row.created_at, row.expires_at, row.used_at
        )


def _person(row: Row[Any]) -> Person:
    return Person(
        person_id=row.person_id,
        email=Address(row.email, row.email_key),
        name=row.name,
        language=row.language,
        time_zone=row.time_zone,
        created_at=row.created_at,
        created_by=row.created_by,
        password_hash=row.password_hash,
        password_set_at=row.password_set_at,
        verified_at=row.verified_at,
        deactivated_at=row.deactivated_at,
    )


def _about_people() -> Iterator[tuple[Table, Column[Any]]]:
    """Every table with rows about people, with the column that says about whom."""
    yield people, people.c.person_id
    for table in metadata.sorted_tables:
        for column in table.c:
            if any(key.column.table in {people, *_keyed_by_person()} for key in column.foreign_keys):
                yield table, column


def _keyed_by_person() -> list[Table]:
    """Tables with at most one row a person, which others may refer to in place of ``people``."""
    return [
        table
        for table in metadata.sorted_tables
        if [column.name for column in table.primary_key] == ["person_id"]
    ]


def _readable(table: Table) -> Select[Any]:
    return select(*_shown(table))


def _names(table: Table) -> list[str]:
    # plain strings: the library's own are of a class that a serializer does not take
    return [str(column.name) for column in _shown(table)]


def _shown(table: Table) -> list[Column[Any]]:
    """The columns that a person may see: no hashes, and nothing sealed."""
    return [
        column
        for column in table.c
        if not isinstance(column.type, LargeBinary) and column.name not in _SECRET_COLUMNS
    ]
