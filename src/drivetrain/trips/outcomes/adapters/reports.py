"""The scorer's reports of how long its rides took: a little after each look for due slots, and never in their way."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import Engine

from drivetrain.core.errors import DrivetrainError
from drivetrain.core.time import SystemClock, iso_utc
from drivetrain.trips.outcomes.adapters.slot_outcomes import PostgresSlotOutcomes
from drivetrain.trips.outcomes.adapters.store import PostgresOutcomeStore
from drivetrain.trips.outcomes.application.record_outcomes import RecordOutcomes
from drivetrain.trips.outcomes.application.report_slot_outcomes import (
    ReportedAs,
    ReportSlotOutcomes,
    SlotReport,
)
from drivetrain.trips.rides.application.source import RideSource
from drivetrain.trips.slots.adapters.reader import PostgresSlotReader

PASS_S = 1.0
"""No slot is begun after so long in one look: the next due slot waits for one slot's outcomes at most."""

PAUSE_S = 60.0
"""After a failure, which the next attempt would mostly meet again."""

_log = structlog.get_logger("drivetrain.scorer")


def slot_outcomes(engine: Engine, source: RideSource, *, by: str) -> ReportSlotOutcomes:
    """Wire the reports of how long scored rides took."""
    record = RecordOutcomes(PostgresOutcomeStore(engine), SystemClock())
    return ReportSlotOutcomes(PostgresSlotReader(engine), PostgresSlotOutcomes(engine), source, record, by)


@dataclass(slots=True)
class OutcomeReports:
    """Reports slot by slot. What fails here is logged and tried again later; scoring goes on."""

    report: ReportSlotOutcomes
    now_s: Callable[[], float] = time.monotonic
    _again_at_s: float = float("-inf")

    def look(self, stop: Callable[[], bool]) -> None:
        """Report for a moment, oldest slot first.

        Args:
            stop: asked before each slot.
        """
        began_s = self.now_s()
        if began_s < self._again_at_s:
            return
        try:
            while not stop() and self.now_s() - began_s < PASS_S:
                report = self.report.oldest()
                if report is None:
                    return
                _log_report(report)
        except DrivetrainError as error:
            self._again_at_s = self.now_s() + PAUSE_S
            _log.warning("outcomes not reported", code=error.code, why=error.detail)
        except Exception:  # noqa: BLE001 - the edge of a job: scoring must not end with it
            self._again_at_s = self.now_s() + PAUSE_S
            _log.exception("reporting outcomes failed")


def _log_report(report: SlotReport) -> None:
    slot_at = iso_utc(report.slot.slot_at)
    if report.reported_as is ReportedAs.RECORDED:
        _log.info("outcomes recorded", slot_at=slot_at, source=report.source, **report.counts)
    else:
        _log.warning("outcomes left out", slot_at=slot_at, source=report.source, why=report.reported_as)
