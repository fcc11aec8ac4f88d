"""One transaction with the stores of people in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, Engine

from drivetrain.accounts.people.adapters.factors import PostgresFactors
from drivetrain.accounts.people.adapters.stores import PostgresPeople, PostgresTokens
from drivetrain.accounts.people.application.ports import Letters
from drivetrain.adapters.postgres.database import transaction
from drivetrain.core.audit import AuditEntry, AuditTrail


@dataclass(frozen=True, slots=True)
class PostgresWork:
    """The port ``Work`` on one connection."""

    connection: Connection
    letters: Letters
    trail: AuditTrail
    factor_key: bytes

    @property
    def people(self) -> PostgresPeople:
        """The rows of people."""
        return PostgresPeople(self.connection)

    @property
    def tokens(self) -> PostgresTokens:
        """The rows of one-time links."""
        return PostgresTokens(self.connection)

    @property
    def factors(self) -> PostgresFactors:
        """The second factors."""
        return PostgresFactors(self.connection, self.factor_key)

    def write(self, message: str, person: UUID, arguments: Mapping[str, str]) -> None:
        """Write a message in this transaction."""
        self.letters.write(self.connection, message, person, arguments)

    def record(self, entry: AuditEntry) -> None:
        """Write a line of the audit trail in this transaction."""
        self.trail.record(self.connection, entry)


@dataclass(frozen=True, slots=True)
class Works:
    """Opens works on a database.

    Attributes:
        factor_key: under which the secrets of second factors are sealed.
    """

    engine: Engine
    letters: Letters
    trail: AuditTrail
    factor_key: bytes

    @contextmanager
    def __call__(self) -> Iterator[PostgresWork]:
        """Open one."""
        with transaction(self.engine) as connection:
            yield PostgresWork(connection, self.letters, self.trail, self.factor_key)
