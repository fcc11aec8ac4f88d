"""The stores of people in memory, for use cases; what a work that fails has changed is taken back."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from drivetrain.accounts.people.domain.factor import Factor
from drivetrain.accounts.people.domain.person import Address, Person, RoleHeld
from drivetrain.accounts.people.domain.tokens import OneTimeToken
from drivetrain.accounts.sessions.domain.session import Session, Workplace
from drivetrain.core.access import ADMIN_ROLE
from drivetrain.core.audit import AuditEntry


def plain_address(text: str) -> Address:
    """The port ``AddressReader`` for well-formed addresses."""
    return Address(text.strip(), text.strip().lower())


@dataclass
class MemoryWork:
    """The port ``SessionWork`` without identities of providers, and an opener of itself."""

    rows: dict[UUID, Person] = field(default_factory=dict)
    held: dict[UUID, list[RoleHeld]] = field(default_factory=dict)
    one_time: dict[UUID, OneTimeToken] = field(default_factory=dict)
    secrets: dict[UUID, Factor] = field(default_factory=dict)
    recovery: dict[UUID, set[bytes]] = field(default_factory=dict)
    open_sessions: dict[UUID, tuple[Session, bytes]] = field(default_factory=dict)
    places: dict[UUID, list[Workplace]] = field(default_factory=dict)
    messages: list[tuple[str, UUID, Mapping[str, str]]] = field(default_factory=list)
    lines: list[AuditEntry] = field(default_factory=list)

    @contextmanager
    def __call__(self) -> Iterator[MemoryWork]:
        """Open a work."""
        former = copy.deepcopy(vars(self))
        try:
            yield self
        except BaseException:
            vars(self).update(former)
            raise

    @property
    def people(self) -> PeopleRows:
        """The rows of people."""
        return PeopleRows(self)

    @property
    def tokens(self) -> TokenRows:
        """The rows of links."""
        return TokenRows(self)

    @property
    def factors(self) -> FactorRows:
        """The second factors."""
        return FactorRows(self)

    @property
    def sessions(self) -> SessionRows:
        """The sessions."""
        return SessionRows(self)

    def write(self, message: str, person: UUID, arguments: Mapping[str, str]) -> None:
        """Keep a message."""
        self.messages.append((message, person, arguments))

    def record(self, entry: AuditEntry) -> None:
        """Keep a line."""
        self.lines.append(entry)

    @property
    def actions(self) -> list[str]:
        """What stands in the audit trail."""
        return [line.action for line in self.lines]


@dataclass
class PeopleRows:
    """The port ``PersonStore``."""

    work: MemoryWork

    def add(self, person: Person) -> bool:
        """Store a person."""
        if self.by_email(person.email.key) is not None:
            return False
        self.work.rows[person.person_id] = person
        return True

    def by_email(self, key: str) -> Person | None:
        """The person of an address."""
        return next((row for row in self.work.rows.values() if row.email.key == key), None)

    def by_id(self, person: UUID) -> Person | None:
        """The person of an id."""
        return self.work.rows.get(person)

    lock = by_id

    def all(self) -> Sequence[Person]:
        """Everybody."""
        return list(reversed(self.work.rows.values()))

    def set_password(self, person: UUID, password_hash: str, instant: datetime) -> None:
        """Store a password."""
        self._change(person, password_hash=password_hash, password_set_at=instant, verified_at=instant)
        self.work.sessions.end_all(person)

    def mark_verified(self, person: UUID, instant: datetime) -> None:
        """Note that the address is theirs."""
        self._change(person, verified_at=instant)

    def change_profile(self, person: UUID, *, name: str, language: str, time_zone: str) -> None:
        """Store a profile."""
        self._change(person, name=name, language=language, time_zone=time_zone)

    def set_deactivated(self, person: UUID, instant: datetime | None) -> None:
        """Deactivate, or not any more."""
        self._change(person, deactivated_at=instant)
        self.work.sessions.end_all(person)

    def erase(self, person: UUID) -> None:
        """Delete the row."""
        del self.work.rows[person]

    def exported(self, person: UUID) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """The name alone."""
        return {"people": [{"name": self.work.rows[person].name}]}

    def roles(self, person: UUID) -> Sequence[RoleHeld]:
        """What the person holds."""
        return self.work.held.get(person, [])

    def grant(self, person: UUID, role: RoleHeld, *, by: str, instant: datetime) -> None:
        """Give a role."""
        self.work.held.setdefault(person, []).append(role)

    def lock_administrators(self) -> Sequence[UUID]:
        """Those who can sign in."""
        return [
            person
            for person, roles in self.work.held.items()
            if RoleHeld(ADMIN_ROLE) in roles and self.work.rows[person].may_sign_in
        ]

    def _change(self, person: UUID, **values: Any) -> None:
        self.work.rows[person] = replace(self.work.rows[person], **values)


@dataclass
class TokenRows:
    """The port ``TokenStore``."""

    work: MemoryWork

    def add(self, token: OneTimeToken) -> None:
        """Store a link in place of those that nobody used."""
        former = self.work.one_time.values()
        replaced = [
            row.token_id
            for row in former
            if (row.person, row.purpose, row.used_at) == (token.person, token.purpose, None)
        ]
        for token_id in replaced:
            del self.work.one_time[token_id]
        self.work.one_time[token.token_id] = token

    def by_id(self, token_id: UUID) -> OneTimeToken | None:
        """The link of an id."""
        return self.work.one_time.get(token_id)

    def take(self, token_id: UUID, instant: datetime) -> OneTimeToken | None:
        """Mark a link as used."""
        token = self.by_id(token_id)
        if token is not None and token.used_at is None:
            self.work.one_time[token_id] = replace(token, used_at=instant)
        return token


@dataclass
class FactorRows:
    """The port ``FactorStore``."""

    work: MemoryWork

    def enroll(self, person: UUID, secret: bytes, instant: datetime) -> bool:
        """Store a secret."""
        former = self.of_person(person)
        if former is not None and former.confirmed_at is not None:
            return False
        self.work.secrets[person] = Factor(secret, None, -1)
        return True

    def of_person(self, person: UUID) -> Factor | None:
        """The factor of a person."""
        return self.work.secrets.get(person)

    def confirm(self, person: UUID, step: int, recovery: Sequence[bytes], instant: datetime) -> None:
        """Have the factor asked for."""
        self.work.secrets[person] = replace(self.work.secrets[person], confirmed_at=instant, last_step=step)
        self.work.recovery[person] = set(recovery)

    def use_step(self, person: UUID, step: int) -> None:
        """Note that codes are used."""
        self.work.secrets[person] = replace(self.work.secrets[person], last_step=step)

    def use_recovery(self, person: UUID, digest: bytes, instant: datetime) -> bool:
        """Use up a recovery code."""
        codes = self.work.recovery.get(person, set())
        if digest not in codes:
            return False
        codes.remove(digest)
        return True

    def remove(self, person: UUID) -> None:
        """Delete the factor."""
        del self.work.secrets[person]


@dataclass
class SessionRows:
    """The port ``SessionStore``."""

    work: MemoryWork

    def add(self, session: Session, digest: bytes) -> None:
        """Store a session."""
        self.work.open_sessions[session.session_id] = (session, digest)

    def of_person(self, person: UUID, instant: datetime) -> Sequence[Session]:
        """The sessions of a person that have not passed their absolute limit."""
        return [
            session
            for session, _ in self.work.open_sessions.values()
            if session.person == person and instant < session.expires_at
        ]

    def workplaces(self, person: UUID) -> Sequence[Workplace]:
        """Where a person works."""
        return self.work.places.get(person, [])

    def end(self, person: UUID, session: UUID) -> bool:
        """End a session."""
        row = self.work.open_sessions.get(session)
        if row is None or row[0].person != person:
            return False
        del self.work.open_sessions[session]
        return True

    def end_all(self, person: UUID) -> int:
        """End all sessions of a person."""
        mine = [key for key, (session, _) in self.work.open_sessions.items() if session.person == person]
        for key in mine:
            del self.work.open_sessions[key]
        return len(mine)
