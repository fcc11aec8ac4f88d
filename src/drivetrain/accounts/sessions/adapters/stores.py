"""Sessions in PostgreSQL: in the transaction of a caller, and as the workers look them up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by

from drivetrain.accounts.companies.adapters.tables import companies
from drivetrain.accounts.people.adapters.tables import people, roles_held
from drivetrain.accounts.people.adapters.work import PostgresWork
from drivetrain.accounts.people.application.ports import Letters
from drivetrain.accounts.sessions.adapters.identities import PostgresIdentities
from drivetrain.accounts.sessions.adapters.tables import sessions
from drivetrain.accounts.sessions.domain.session import Session, SessionTerms, Workplace
from drivetrain.adapters.postgres.database import transaction
from drivetrain.core.audit import AuditTrail

TOUCH_INTERVAL = timedelta(seconds=60)
"""How exactly it is known when a session was last seen."""


@dataclass(frozen=True, slots=True)
class KnownSession:
    """A live session as a worker remembers it.

    Attributes:
        roles: of its person where the session acts: on the whole platform, and in its company.
    """

    session: Session
    roles: Sequence[str]


class PostgresSessions:
    """The port ``SessionStore``."""

    def __init__(self, connection: Connection, terms: SessionTerms) -> None:
        self._connection = connection
        self._terms = terms

    def add(self, session: Session, digest: bytes) -> None:
        """Store a session; those of the person that have ended by themselves are deleted."""
        over = (sessions.c.expires_at <= session.created_at) | (
            sessions.c.last_seen_at <= session.created_at - self._terms.idle
        )
        self._connection.execute(delete(sessions).where(sessions.c.person_id == session.person, over))
        row = {
            "session_id": session.session_id,
            "digest": digest,
            "person_id": session.person,
            "company_id": session.company,
            "branch_id": session.branch,
            "created_at": session.created_at,
            "last_seen_at": session.last_seen_at,
            "expires_at": session.expires_at,
            "method": session.method,
            "has_second_factor": session.has_second_factor,
            "address": session.address,
            "agent": session.agent,
        }
        self._connection.execute(insert(sessions).values(row))

    def of_person(self, person: UUID, instant: datetime) -> Sequence[Session]:
        """The live sessions of a person, the one seen last first."""
        last_first = (
            select(sessions).where(sessions.c.person_id == person).order_by(sessions.c.last_seen_at.desc())
        )
        found = map(_session, self._connection.execute(last_first))
        return [session for session in found if session.is_live(instant, self._terms)]

    def workplaces(self, person: UUID) -> Sequence[Workplace]:
        """The companies in which a person works, by name."""
        held = roles_held.c
        query = (
            select(companies.c.company_id, companies.c.name, held.role, held.branch_id)
            .join(companies, companies.c.company_id == held.company_id)
            .where(held.person_id == person)
            .order_by(companies.c.name, companies.c.company_id)
        )
        return [Workplace(*row) for row in self._connection.execute(query)]

    def end(self, person: UUID, session: UUID) -> bool:
        """End a session of a person."""
        own = delete(sessions).where(sessions.c.person_id == person, sessions.c.session_id == session)
        return self._connection.execute(own.returning(sessions.c.session_id)).one_or_none() is not None

    def end_all(self, person: UUID) -> int:
        """End all sessions of a person."""
        return self._connection.execute(delete(sessions).where(sessions.c.person_id == person)).rowcount


@dataclass(frozen=True, slots=True)
class PostgresSessionWork(PostgresWork):
    """The port ``SessionWork`` on one connection."""

    terms: SessionTerms

    @property
    def sessions(self) -> PostgresSessions:
        """The rows of sessions."""
        return PostgresSessions(self.connection, self.terms)

    @property
    def identities(self) -> PostgresIdentities:
        """The links to accounts at identity providers."""
        return PostgresIdentities(self.connection)


@dataclass(frozen=True, slots=True)
class SessionWorks:
    """Opens works on a database."""

    engine: Engine
    letters: Letters
    trail: AuditTrail
    factor_key: bytes
    terms: SessionTerms

    @contextmanager
    def __call__(self) -> Iterator[PostgresSessionWork]:
        """Open one."""
        with transaction(self.engine) as connection:
            yield PostgresSessionWork(connection, self.letters, self.trail, self.factor_key, self.terms)


class SessionLookup:
    """What workers read of sessions, and the one thing they write."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def known(self, digests: Sequence[bytes]) -> Mapping[bytes, KnownSession]:
        """Those of some digests that have not been ended, with the roles that count in them.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        counts = (roles_held.c.company_id.is_(None)) | (
            (roles_held.c.company_id == sessions.c.company_id)
            & (roles_held.c.branch_id.is_(None) | (roles_held.c.branch_id == sessions.c.branch_id))
        )
        roles = func.array_agg(aggregate_order_by(roles_held.c.role, roles_held.c.role))
        held = (
            select(roles)
            .where(roles_held.c.person_id == sessions.c.person_id, counts)
            .correlate(sessions)
            .scalar_subquery()
        )
        query = (
            select(sessions, held.label("roles"))
            .join(people)
            .where(sessions.c.digest.in_(digests), people.c.deactivated_at.is_(None))
        )
        with transaction(self._engine) as connection:
            return {
                row.digest: KnownSession(_session(row), tuple(row.roles or ()))
                for row in connection.execute(query)
            }

    def touch(self, session: UUID, instant: datetime) -> None:
        """Note when a session was seen.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        earlier = update(sessions).where(
            sessions.c.session_id == session, sessions.c.last_seen_at < instant - TOUCH_INTERVAL
        )
        with transaction(self._engine) as connection:
            connection.execute(earlier.values(last_seen_at=instant))


def _session(row: Row[Any]) -> Session:
    return Session(
        session_id=row.session_id,
        person=row.person_id,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
        method=row.method,
        has_second_factor=row.has_second_factor,
        address=row.address,
        agent=row.agent,
        company=row.company_id,
        branch=row.branch_id,
    )
