"""Second factors in PostgreSQL, their secrets sealed with a key of the installation (AES-256-GCM)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from drivetrain.accounts.people.adapters.tables import recovery_codes, second_factors
from drivetrain.accounts.people.domain.factor import Factor
from drivetrain.core.errors import UnavailableError

_NONCE_BYTES = 12
_NO_STEP = -1


class PostgresFactors:
    """The port ``FactorStore``.

    Args:
        key: 32 bytes; the id of the person is sealed in, so that no row opens in another's place.
    """

    def __init__(self, connection: Connection, key: bytes) -> None:
        self._connection = connection
        self._cipher = AESGCM(key)

    def enroll(self, person: UUID, secret: bytes, instant: datetime) -> bool:
        """Store a secret in place of one that was never confirmed."""
        nonce = os.urandom(_NONCE_BYTES)
        row = {
            "sealed_secret": nonce + self._cipher.encrypt(nonce, secret, person.bytes),
            "created_at": instant,
            "last_step": _NO_STEP,
        }
        insertion = insert(second_factors).values(person_id=person, **row)
        stored = insertion.on_conflict_do_update(
            index_elements=[second_factors.c.person_id],
            set_=row,
            where=second_factors.c.confirmed_at.is_(None),
        ).returning(second_factors.c.person_id)
        return self._connection.execute(stored).one_or_none() is not None

    def of_person(self, person: UUID) -> Factor | None:
        """The factor of a person.

        Raises:
            UnavailableError: it was sealed under another key; the secrets folder is not the one of the database.
        """
        query = select(second_factors).where(second_factors.c.person_id == person).with_for_update()
        row = self._connection.execute(query).one_or_none()
        if row is None:
            return None
        nonce, sealed = row.sealed_secret[:_NONCE_BYTES], row.sealed_secret[_NONCE_BYTES:]
        try:
            secret = self._cipher.decrypt(nonce, sealed, person.bytes)
        except InvalidTag:
            raise UnavailableError(
                "A second factor cannot be opened: restore the secrets folder that belongs to this database.",
                code="people.factor_sealed",
            ) from None
        return Factor(secret, row.confirmed_at, row.last_step)

    def confirm(self, person: UUID, step: int, recovery: Sequence[bytes], instant: datetime) -> None:
        """Have the factor asked for."""
        self._change(person, confirmed_at=instant, last_step=step)
        self._connection.execute(delete(recovery_codes).where(recovery_codes.c.person_id == person))
        rows = [{"person_id": person, "digest": digest} for digest in recovery]
        self._connection.execute(insert(recovery_codes), rows)

    def use_step(self, person: UUID, step: int) -> None:
        """Note that codes are used."""
        self._change(person, last_step=step)

    def use_recovery(self, person: UUID, digest: bytes, instant: datetime) -> bool:
        """Use up a recovery code."""
        columns = recovery_codes.c
        unused = update(recovery_codes).where(
            columns.person_id == person, columns.digest == digest, columns.used_at.is_(None)
        )
        used = self._connection.execute(unused.values(used_at=instant).returning(columns.person_id))
        return used.one_or_none() is not None

    def remove(self, person: UUID) -> None:
        """Delete the factor."""
        self._connection.execute(delete(second_factors).where(second_factors.c.person_id == person))

    def _change(self, person: UUID, **values: object) -> None:
        own = update(second_factors).where(second_factors.c.person_id == person)
        self._connection.execute(own.values(values))
