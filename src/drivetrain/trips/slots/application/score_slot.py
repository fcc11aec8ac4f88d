"""Score one slot: claim it, draw its rides, estimate them in one pass, write them with the slot's mark."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from drivetrain.core.errors import DrivetrainError, UnavailableError
from drivetrain.trips.rides.application.source import RideSource
from drivetrain.trips.slots.application.ports import (
    Claim,
    LeaseLostError,
    OnStep,
    Origin,
    PastModels,
    ScoredRides,
    SlotRecord,
    SlotWriter,
    Step,
)
from drivetrain.trips.slots.domain.slots import Slot


def _nobody(_: Step) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class ScoreSlot:
    """Scores a slot with the version that was live when it was due.

    However it ends, the slot is written once or not at all.
    """

    ledger: SlotWriter
    source: RideSource
    models: PastModels
    on_step: OnStep = _nobody

    def __call__(self, slot: Slot, origin: Origin) -> SlotRecord | None:
        """Score a slot; None when there is nothing to do: it is written already, or another scorer is at it.

        Raises:
            LeaseLostError: this process was away longer than its lease; another one has the slot.
            UnavailableError: the database, the source or the model of then is not there; the slot stays due.
        """
        claim = self.ledger.claim(slot, origin)
        if claim is None:
            return None
        self.on_step(Step.CLAIMED)
        try:
            record = self._score(claim)
        except LeaseLostError:
            raise  # not ours to give back
        except BaseException as error:
            code = error.code if isinstance(error, DrivetrainError) else "platform.internal_error"
            with suppress(UnavailableError, LeaseLostError):  # then the lease runs out by itself
                self.ledger.give_back(claim, code)
            raise
        self.on_step(Step.COMMITTED)
        return record

    def _score(self, claim: Claim) -> SlotRecord:
        slot = claim.slot
        with self.ledger.keep_lease(claim):
            rides = self.source.rides(slot.slot_at, slot.length_min)
            self.on_step(Step.DRAWN)
            past = self.models.live_at(slot.due_at)
            estimates = past.model.estimate_rides(rides)
            self.on_step(Step.SCORED)
            scored = ScoredRides(rides, estimates, past.model.ref.version, self.source.name, past.remark)
            return self.ledger.write(claim, scored, self.on_step)
