"""Whether the audit trail of a restored installation is whole."""

from __future__ import annotations

from drivetrain.accounts.audit.adapters.trail import CHAIN_KEY, PostgresAuditReader
from drivetrain.accounts.audit.application.verify_audit import VerifyAudit
from drivetrain.core.health import Finding
from drivetrain.lifecycle.kit.installation import Installation, OpenDatabase


def audit_trail_is_whole(installation: Installation, database: OpenDatabase) -> Finding:
    """Follow its chain with the key of the restored secrets."""
    verification = VerifyAudit(PostgresAuditReader(database.engine), installation.derived_key(CHAIN_KEY))()
    problems = "; ".join(str(damage) for damage in verification.damages)
    return Finding("audit trail", not problems, problems or f"{verification.lines:,} lines, whole")
