"""The audit trail as tests open it."""

from __future__ import annotations

from drivetrain.accounts.audit.adapters.trail import PostgresAuditTrail
from drivetrain.core.time import Clock

CHAIN_KEY = b"k" * 32


def audit_trail(clock: Clock) -> PostgresAuditTrail:
    """The real trail with a key that every test knows."""
    return PostgresAuditTrail(lambda: CHAIN_KEY, clock)
