"""Releases of the policy of windows in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine, insert, select

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.audit import AuditEntry, AuditTrail, Detail
from drivetrain.core.errors import ConflictError
from drivetrain.dispatch.matching.adapters.tables import policy_releases
from drivetrain.dispatch.matching.application.release_policy import Release

_BY_NUMBER = select(policy_releases).order_by(policy_releases.c.number.desc())


class PostgresPolicyReleases:
    """The port ``PolicyReleases``.

    Args:
        audit: None where releases are only read.
    """

    def __init__(self, engine: Engine, audit: AuditTrail | None = None) -> None:
        self._engine = engine
        self._audit = audit

    def all(self) -> Sequence[Release]:
        """Every release, newest first."""
        with translating(), self._engine.connect() as connection:
            return [Release(**row) for row in connection.execute(_BY_NUMBER).mappings()]

    def newest(self) -> Release | None:
        """The one in force."""
        with translating(), self._engine.connect() as connection:
            row = connection.execute(_BY_NUMBER.limit(1)).mappings().one_or_none()
        return None if row is None else Release(**row)

    def add(self, release: Release, *, is_rollback: bool) -> None:
        """Keep one, and write it into the audit trail."""
        conflict = ConflictError(
            "Somebody else changed the policy meanwhile; look at it, then decide again.",
            code="dispatch.policy_changed",
        )
        row = {column.name: getattr(release, column.name) for column in policy_releases.c}
        with transaction(self._engine, conflict=conflict) as connection:
            connection.execute(insert(policy_releases).values(row))
            if self._audit is not None:
                self._audit.record(connection, _entry(release, is_rollback=is_rollback))


def _entry(release: Release, *, is_rollback: bool) -> AuditEntry:
    action = "policies.roll_back" if is_rollback else "policies.promote"
    detail: Detail = {"release": release.number, "version": release.version, "reason": release.reason}
    return AuditEntry(release.author, action, f"dispatch policy {release.policy}", detail=detail)
