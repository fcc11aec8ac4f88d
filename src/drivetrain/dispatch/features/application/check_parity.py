"""Parity of features: the last decisions are asked what they knew, and the log what they could know.

Each is counted up to the offsets that the decision had seen, not up to an instant, so equal means equal to the last
bit: a difference is a fault of the code, of the copy or of the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from drivetrain.core.event_log import EventBatch, EventLog
from drivetrain.dispatch.events.domain.events import REQUESTS
from drivetrain.dispatch.features.application.follow_steps import LOOK_BACK
from drivetrain.dispatch.features.application.ports import DecodeSteps, SeenDecisions, SeenFeatures
from drivetrain.dispatch.features.domain.parity import FeatureParity, FloatArray, compare
from drivetrain.dispatch.features.domain.steps import StepColumns, joined
from drivetrain.dispatch.features.domain.views import STATS_LAYOUT
from drivetrain.dispatch.features.domain.windows import DriverWindows, windows_of

DECISIONS = 200
"""Of how many the parity is taken; each has a few drivers."""

_READ_AT_ONCE = 5_000  # of each partition
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ParityReport:
    """How far decisions and log agree.

    Attributes:
        decisions: how many were compared.
        of_other_layout: how many were left out because their features were defined otherwise.
        begins_us: the earliest instant of a decision that was compared, microseconds since 1970; None for none.
        ends_us: the latest one.
        features: in the order of the layout.
    """

    layout: str
    decisions: int
    of_other_layout: int
    begins_us: int | None
    ends_us: int | None
    features: Sequence[FeatureParity]


@dataclass(frozen=True, slots=True)
class CheckParity:
    """Compares the last decisions with the log. It reads some days of the log: for a task, not for a request."""

    log: EventLog
    decode: DecodeSteps
    decisions: SeenDecisions

    def __call__(self, most: int = DECISIONS) -> ParityReport:
        """Compare the last decisions that had features.

        Raises:
            UnavailableError: ledger or log cannot be read.
        """
        newest = list(self.decisions.newest(most))
        seen = [each for each in newest if each.layout == STATS_LAYOUT.digest]
        steps = self._steps_of(seen)
        online = [each.values for each in seen]
        offline = [_recounted(each, steps) for each in seen]
        instants = [each.as_of_us for each in seen]
        return ParityReport(
            STATS_LAYOUT.digest,
            len(seen),
            len(newest) - len(seen),
            min(instants, default=None),
            max(instants, default=None),
            compare(STATS_LAYOUT, _stacked(online), _stacked(offline)),
        )

    def _steps_of(self, seen: Sequence[SeenFeatures]) -> StepColumns:
        """All steps of the drivers of some decisions that these can have counted, those repeated included."""
        if not seen:
            return joined([])
        drivers = {driver for each in seen for driver in each.driver_ids}
        ends = {
            part: max(each.offsets.get(part, 0) for each in seen) for each in seen for part in each.offsets
        }
        earliest = _EPOCH + timedelta(microseconds=min(each.as_of_us for each in seen))
        offsets = dict(self.log.since(REQUESTS, earliest - LOOK_BACK))
        parts = []
        while True:
            batch = self.log.read(REQUESTS, offsets, most=_READ_AT_ONCE)
            parts.append(self._of_drivers(batch, drivers))
            offsets = dict(batch.following)
            if not len(batch) or all(offsets.get(part, 0) >= end for part, end in ends.items()):
                return joined(parts)

    def _of_drivers(self, batch: EventBatch, drivers: set[str]) -> StepColumns:
        steps = self.decode(batch).steps
        return steps.only(np.flatnonzero([driver in drivers for driver in steps.driver_ids]))


def _recounted(seen: SeenFeatures, steps: StepColumns) -> FloatArray:
    """What a decision could know, by the steps that it had seen; shape of ``values``."""
    ends = np.array([seen.offsets.get(part, 0) for part in range(REQUESTS.partitions)], dtype=np.int64)
    drivers = set(seen.driver_ids)
    rows = np.flatnonzero(steps.offsets < ends[steps.partitions])
    windows = DriverWindows()
    windows.apply(steps.only(rows[[steps.driver_ids[row] in drivers for row in rows.tolist()]]))
    as_of_us = max(seen.as_of_us, windows.newest_us)
    return STATS_LAYOUT.numbers(windows_of(windows, seen.driver_ids, as_of_us))


def _stacked(values: Sequence[FloatArray]) -> FloatArray:
    return np.concatenate([np.empty((0, len(STATS_LAYOUT.names))), *values])
