"""Noting the head of the chain outside the database: in the log and in the metrics, each hour.

Whoever cuts lines off the end of the table, even with all rights in the database, cannot cut them off the log.
"""

from __future__ import annotations

import structlog
from prometheus_client import CollectorRegistry, Gauge

from drivetrain.accounts.audit.application.ports import AuditReader

NOTE_INTERVAL_S = 3_600.0

_EXACT_BYTES = 6
"""A number of Prometheus holds 53 bits without rounding."""

_log = structlog.get_logger("drivetrain.audit")


class HeadNotes:
    """Writes the head to the log, and shows it in two gauges."""

    def __init__(self, reader: AuditReader, registry: CollectorRegistry) -> None:
        self._reader = reader
        self._lines = Gauge(
            "drivetrain_audit_lines",
            "Lines of the audit trail; never fewer than before.",
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self._head = Gauge(
            "drivetrain_audit_head",
            "The first 48 bits of the HMAC of the last line of the audit trail.",
            registry=registry,
            multiprocess_mode="mostrecent",
        )

    def note(self) -> None:
        """Note it once.

        Raises:
            UnavailableError: the trail cannot be read.
        """
        head = self._reader.head()
        self._lines.set(head.position)
        self._head.set(int.from_bytes(head.mac[:_EXACT_BYTES], "big"))
        _log.info("audit head", head=str(head))
