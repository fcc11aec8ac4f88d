"""API key records in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, Row, Select, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_update

from drivetrain.accounts.keys.adapters.tables import api_keys, key_uses
from drivetrain.accounts.people.adapters.tables import roles_held
from drivetrain.adapters.postgres.database import transaction
from drivetrain.core.access import KeyRecord
from drivetrain.core.audit import AuditEntry, AuditTrail
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.core.time import Clock, iso_utc

_columns = api_keys.c
_NAMES = {"person_id": "person", "company_id": "company", "branch_id": "branch"}
"""Columns that are called otherwise in a record."""


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
            ConflictError: a key of this id or a live one of this name and owner exists.
        """
        conflict = ConflictError(
            f"An active key is named {record.name!r} already, or has this id; revoke it first or choose another name.",
            code="keys.name_taken",
        )
        expired = update(api_keys).where(
            _columns.name == record.name,
            _columns.person_id.is_not_distinct_from(record.person),
            _columns.revoked_at.is_(None),
            _columns.expires_at <= self._clock.now(),
        )
        with transaction(self._engine, conflict=conflict) as connection:
            connection.execute(expired.values(revoked_at=_columns.expires_at))
            connection.execute(insert(api_keys).values(_as_row(record)))
            self._audit.record(connection, _created(record))

    def all(self, *, person: UUID | None = None) -> Sequence[KeyRecord]:
        """Every record, newest first, revoked ones included; of one person or of all."""
        query = _stored().order_by(_columns.created_at.desc(), _columns.key_id.desc())
        if person is not None:
            query = query.where(_columns.person_id == person)
        with transaction(self._engine) as connection:
            return [_from_row(row) for row in connection.execute(query)]

    def note_uses(self, key_ids: Collection[str], instant: datetime) -> None:
        """Note when keys were last used; those that do not exist any more are left out."""
        used = select(_columns.key_id, literal(instant)).where(_columns.key_id.in_(key_ids))
        # in one order everywhere, so that two workers never wait for each other
        note = insert_or_update(key_uses).from_select(
            ["key_id", "last_used_at"], used.order_by(_columns.key_id)
        )
        latest = func.greatest(key_uses.c.last_used_at, note.excluded.last_used_at)
        with transaction(self._engine) as connection:
            connection.execute(
                note.on_conflict_do_update(index_elements=["key_id"], set_={"last_used_at": latest})
            )

    def revoke(
        self, key_id: str, revoked_at: datetime, *, actor: str, person: UUID | None = None
    ) -> KeyRecord:
        """Revoke a key; revoking twice changes nothing.

        Raises:
            NotFoundError: no key has this id, or it is not one of the person's.
        """
        wanted = [_columns.key_id == key_id, *([] if person is None else [_columns.person_id == person])]
        live = update(api_keys).where(*wanted, _columns.revoked_at.is_(None))
        with transaction(self._engine) as connection:
            change = connection.execute(live.values(revoked_at=revoked_at))
            row = connection.execute(_stored().where(*wanted)).one_or_none()
            if row is not None and change.rowcount:
                self._audit.record(connection, _revoked(_from_row(row), actor))
        if row is None:
            raise NotFoundError(f"No API key has the id {key_id!r}.", code="keys.not_found")
        return _from_row(row)


def _stored() -> Select[Any]:
    """Every column of a key, when it was last used, and the roles that its person holds where it acts."""
    counts = (roles_held.c.company_id.is_(None)) | (
        (roles_held.c.company_id == _columns.company_id)
        & (roles_held.c.branch_id.is_(None) | (roles_held.c.branch_id == _columns.branch_id))
    )
    roles = (
        select(func.array_agg(roles_held.c.role))
        .where(roles_held.c.person_id == _columns.person_id, counts)
        .correlate(api_keys)
        .scalar_subquery()
    )
    return select(api_keys, key_uses.c.last_used_at, roles.label("held_roles")).outerjoin(key_uses)


def _created(record: KeyRecord) -> AuditEntry:
    detail = {
        "name": record.name,
        "scopes": sorted(record.scopes),
        "expires_at": None if record.expires_at is None else iso_utc(record.expires_at),
    }
    return AuditEntry(
        record.created_by, "keys.create", f"key {record.key_id}", company=record.company, detail=detail
    )


def _revoked(record: KeyRecord, actor: str) -> AuditEntry:
    detail = {"name": record.name}
    return AuditEntry(actor, "keys.revoke", f"key {record.key_id}", company=record.company, detail=detail)


def _as_row(record: KeyRecord) -> dict[str, object]:
    row = {column.name: getattr(record, _NAMES.get(column.name, column.name)) for column in _columns}
    return {**row, "scopes": sorted(record.scopes)}


def _from_row(row: Row[tuple[object, ...]]) -> KeyRecord:
    plain = {_NAMES.get(name, name): value for name, value in row._mapping.items()}
    plain["scopes"] = frozenset(plain["scopes"])
    plain["held_roles"] = frozenset(plain["held_roles"] or ())
    return KeyRecord(**plain)
