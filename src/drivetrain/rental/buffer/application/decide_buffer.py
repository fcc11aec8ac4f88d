"""Decide on thresholds with the user's own inputs; without them, only what an avoided conflict must be worth is known."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivetrain.rental.buffer.application.ports import Analyses, FinishedAnalysis
from drivetrain.rental.buffer.application.records import AnalysisRecord
from drivetrain.rental.buffer.domain.rule import STEP_MIN

if TYPE_CHECKING:
    from drivetrain.core.statistics import EstimateArray
    from drivetrain.rental.buffer.domain.worth import BufferWorth, WorthAnswer, WorthInputs

_COUNTED_KEPT = 8  # about 3 MB each


@dataclass(frozen=True, slots=True, eq=False)
class BufferDecision:
    """The best thresholds for some inputs.

    Attributes:
        uniform: the best threshold for all cars.
        pair: the best thresholds for connect and mobile; never gains less, and is chosen with more luck.
        thresholds_min: the uniform thresholds that were compared.
        curve: their gains.
    """

    analysis_id: str
    record: AnalysisRecord
    inputs: WorthInputs
    uniform: WorthAnswer
    pair: WorthAnswer
    thresholds_min: tuple[int, ...]
    curve: EstimateArray


@dataclass(frozen=True, slots=True)
class DecideBuffer:
    """Weighs lost bookings against avoided conflicts.

    The first question about an analysis and an accepted shift counts the bookings (a fifth of a second);
    further ones are answered in milliseconds.

    Raises:
        NotFoundError, UnavailableError, ConflictError: as ``Analyses``.
    """

    find: Analyses
    _counted: OrderedDict[tuple[str, int, int], BufferWorth] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(
        self, inputs: WorthInputs, *, step_min: int = STEP_MIN, analysis_id: str | None = None
    ) -> BufferDecision:
        """The thresholds that gain the most.

        Raises:
            InvalidInputError: the step is less than a minute.
        """
        analysis = self.find(analysis_id)
        worth = self._worth(analysis, inputs.shift_up_to_min, step_min)
        return BufferDecision(
            analysis_id=analysis.analysis_id,
            record=analysis.record,
            inputs=inputs,
            uniform=worth.best_uniform(inputs),
            pair=worth.best_pair(inputs),
            thresholds_min=tuple(int(threshold) for threshold in worth.thresholds_min),
            curve=worth.curve(inputs),
        )

    def _worth(self, analysis: FinishedAnalysis, shift_up_to_min: int, step_min: int) -> BufferWorth:
        from drivetrain.rental.buffer.domain.worth import BufferWorth  # SciPy: only for those who ask

        key = (analysis.analysis_id, shift_up_to_min, step_min)
        with self._lock:
            if key not in self._counted:
                working = self.find.working(analysis)
                self._counted[key] = BufferWorth(
                    working.rentals, working.resampling, shift_up_to_min=shift_up_to_min, step_min=step_min
                )
                while len(self._counted) > _COUNTED_KEPT:
                    self._counted.popitem(last=False)
            self._counted.move_to_end(key)
            return self._counted[key]
