"""What the scheduled scoring asks of the slot ledger, and the values they exchange."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from drivetrain.core.errors import ConflictError
from drivetrain.trips.duration.application.ports import RideEstimates, RideModel
from drivetrain.trips.rides.domain.rides import Rides
from drivetrain.trips.slots.domain.proof import Tally
from drivetrain.trips.slots.domain.slots import Slot, SlotMark, SlotState


class Origin(StrEnum):
    """Who wants a slot to be scored."""

    SCHEDULE = "schedule"
    REQUEST = "request"


class Step(StrEnum):
    """The steps of scoring a slot, each reached once, in this order; the copy's once for each block."""

    CLAIMED = "claimed"
    DRAWN = "drawn"
    SCORED = "scored"
    COPYING = "copying"
    COPIED = "copied"
    MARKED = "marked"
    COMMITTED = "committed"


OnStep = Callable[[Step], None]
"""Told about each step reached. Tests end the process in it."""


class LeaseLostError(ConflictError):
    """Another scorer has taken the slot over; nothing of this one's work was kept."""

    code = "trips.lease_lost"
    title = "The slot was taken over"


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to score a slot, for as long as the lease is kept.

    Attributes:
        attempt: how often the slot was claimed, this time included. The fencing token: what an earlier claim
            tries to write is refused.
    """

    slot: Slot
    attempt: int


@dataclass(frozen=True, slots=True)
class PastModel:
    """The version to score a slot with.

    Attributes:
        remark: what should be known about the choice; empty when there is nothing to say.
    """

    model: RideModel
    remark: str = ""


@dataclass(frozen=True, slots=True)
class ScoredRides:
    """The rides of a slot with their estimates, ready to be written."""

    rides: Rides
    estimates: RideEstimates
    model_version: str
    source: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class SlotRecord:
    """What the ledger keeps of a slot; ``None`` and empty texts where it does not apply yet.

    Attributes:
        rows: rides written.
        attempts: how often it was claimed.
        error: code of what ended the last attempt.
        fingerprint: of its rides, as ``Rides.fingerprint`` gives it; empty for slots scored before it was kept.
    """

    slot: Slot
    state: SlotState
    origin: Origin = Origin.SCHEDULE
    rows: int | None = None
    model_version: str = ""
    source: str = ""
    attempts: int = 0
    started_at: datetime | None = None
    done_at: datetime | None = None
    error: str = ""
    remark: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class ScorerStatus:
    """A process that scores on the schedule, as it last reported.

    Attributes:
        scheduler: what wakes it: ``prefect``, ``prefect server`` or ``plain``.
        why: why it is not the one that was asked for; empty when it is.
    """

    owner: str
    seen_at: datetime
    scheduler: str
    why: str


class PastModels(Protocol):
    """Knows which version was live when."""

    def live_at(self, instant: datetime) -> PastModel:
        """The version that was champion at an instant.

        Raises:
            ModelNotReadyError: none was ever released.
            ArtifactRefusedError: its files are damaged or gone.
        """
        ...


class SlotWriter(Protocol):
    """Slots and the rides written for them.

    Its clock decides. Every method raises UnavailableError without the database.
    """

    def now(self) -> datetime:
        """The present by the ledger's clock; no machine that scores is trusted to know it."""
        ...

    def owed_since(self, before: datetime) -> datetime | None:
        """Begin of the oldest slot that the schedule must look at: nothing older is open.

        None before the first slot.

        Args:
            before: slots that begin earlier are too old to be caught up.
        """
        ...

    def marks(self, begin: datetime, end: datetime) -> Sequence[SlotMark]:
        """The marks of all slots that share an instant with ``[begin, end)``, in order."""
        ...

    def promise(self, slots: Sequence[Slot]) -> None:
        """Note that somebody asked for these slots; those that are known already stay as they are."""
        ...

    def miss(self, slots: Sequence[Slot]) -> None:
        """Mark slots as missed that nobody has scored or is scoring."""
        ...

    def claim(self, slot: Slot, origin: Origin) -> Claim | None:
        """Take the lease of a slot; None when it is written already, or another scorer has a lease that has not run out.

        A missed slot is given to requests only.
        """
        ...

    def keep_lease(self, claim: Claim) -> AbstractContextManager[None]:
        """Prolong the lease in the background for as long as the block runs."""
        ...

    def write(self, claim: Claim, scored: ScoredRides, on_step: OnStep) -> SlotRecord:
        """Write the rides and the slot's mark, both or neither.

        Raises:
            LeaseLostError: the claim is not the last one of the slot any more; nothing was written.
        """
        ...

    def give_back(self, claim: Claim, error: str) -> None:
        """Let go of a slot that could not be scored; it is due again."""
        ...


class SlotReader(Protocol):
    """Reads what the ledger says. Every method raises UnavailableError without the database."""

    def now(self) -> datetime:
        """The present by the ledger's clock."""
        ...

    def began_at(self) -> datetime | None:
        """Begin of the schedule's first slot; None before it."""
        ...

    def records(self, begin: datetime, end: datetime) -> Sequence[SlotRecord]:
        """The slots that share an instant with ``[begin, end)``, in order."""
        ...

    def tallies(self, begin: datetime, end: datetime) -> Sequence[Tally]:
        """Marks and rides counted against each other, for every slot of ``[begin, end)`` that has either."""
        ...

    def scorers(self) -> Sequence[ScorerStatus]:
        """The processes that were heard of lately."""
        ...
