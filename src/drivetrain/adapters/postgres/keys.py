"""API key records in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, Row, insert, select, update

from drivetrain.adapters.postgres.database import transaction
from drivetrain.adapters.postgres.tables import api_keys
from drivetrain.core.access import KeyRecord
from drivetrain.core.audit import AuditEntry, AuditTrail
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.core.time import Clock, iso_utc


class PostgresKeyStore:
    """The port ``KeyStore`` on table ``api_keys``.

    Every method raises UnavailableError without the database.
    """

    def __init__(self, engine: Engine, clock: Clock, audit: AuditTrail) -> None:
        self._engine = engine
        self._clock = clock
        self._audit = audit

    def add(self, record: KeyRecord) -> None:
        """Store a new record. An expired key gives up its name: it counts as revoked from its expiry on.

        Raises:
            ConflictError: a key of this id or a live one of this name exists.
        """
        conflict = ConflictError(
            f"An active key is named {record.name!r} already, or has this id; revoke it first or choose another name.",
            code="keys.name_taken",
        )
        columns = api_keys.c
        expired = update(api_keys).where(
            columns.name == record.name, columns.revoked_at.is_(None), columns.expires_at <= self._clock.now()
        )
        with transaction(self._engine, conflict=conflict) as connection:
            connection.execute(expired.values(revoked_at=columns.expires_at))
            connection.execute(insert(api_keys).values(_as_row(record)))
            self._audit.record(connection, _created(record))

    def all(self) -> Sequence[KeyRecord]:
        """Every record, newest first, revoked ones included."""
        newest_first = select(api_keys).order_by(api_keys.c.created_at.desc(), api_keys.c.key_id.desc())
        with transaction(self._engine) as connection:
            return [_from_row(row) for row in connection.execute(newest_first)]

    def revoke(self, key_id: str, revoked_at: datetime, *, actor: str) -> KeyRecord:
        """Revoke a key; revoking twice changes nothing.

        Raises:
            NotFoundError: no key has this id.
        """
        by_id = api_keys.c.key_id == key_id
        with transaction(self._engine) as connection:
            change = connection.execute(
                update(api_keys).where(by_id, api_keys.c.revoked_at.is_(None)).values(revoked_at=revoked_at)
            )
            row = connection.execute(select(api_keys).where(by_id)).one_or_none()
            if row is not None and change.rowcount:
                detail = {"name": row.name}
                self._audit.record(
                    connection, AuditEntry(actor, "keys.revoke", f"key {key_id}", detail=detail)
                )
        if row is None:
            raise NotFoundError(
                f"No API key has the id {key_id!r}; `drivetrain keys list` shows them.", code="keys.not_found"
            )
        return _from_row(row)


def _created(record: KeyRecord) -> AuditEntry:
    detail = {
        "name": record.name,
        "scopes": sorted(record.scopes),
        "expires_at": None if record.expires_at is None else iso_utc(record.expires_at),
    }
    return AuditEntry(record.created_by, "keys.create", f"key {record.key_id}", detail=detail)


def _as_row(record: KeyRecord) -> dict[str, object]:
    return {
        "key_id": record.key_id,
        "name": record.name,
        "scopes": sorted(record.scopes),
        "digest": record.digest,
        "created_at": record.created_at,
        "created_by": record.created_by,
        "expires_at": record.expires_at,
        "revoked_at": record.revoked_at,
    }


def _from_row(row: Row[tuple[object, ...]]) -> KeyRecord:
    plain = dict(row._mapping)
    plain["scopes"] = frozenset(plain["scopes"])
    return KeyRecord(**plain)
