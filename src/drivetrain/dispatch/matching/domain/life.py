"""The life of a request: which step leads from which state to which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class RideState(StrEnum):
    """Where a request stands. ``completed`` and all that follow it are ends."""

    REQUESTED = "requested"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    PICKED_UP = "picked_up"
    COMPLETED = "completed"
    CANCELLED_BY_RIDER = "cancelled_by_rider"
    CANCELLED_BY_DRIVER = "cancelled_by_driver"
    UNSERVED = "unserved"
    ABANDONED = "abandoned"


class RideStep(StrEnum):
    """What is done with a request: by somebody, or by time alone (``expire``, ``abandon``)."""

    ACCEPT = "accept"
    DECLINE = "decline"
    PICK_UP = "pick_up"
    COMPLETE = "complete"
    CANCEL_BY_RIDER = "cancel_by_rider"
    CANCEL_BY_DRIVER = "cancel_by_driver"
    GIVE_UP = "give_up"
    EXPIRE = "expire"
    ABANDON = "abandon"


@dataclass(frozen=True, slots=True)
class Transition:
    """What a step does.

    Attributes:
        begins: states in which it is possible.
        ends: the state after it.
        by_driver: whether the driver does it, who then names the fence of the offer.
        keeps_driver: whether the driver is held after it.
    """

    begins: frozenset[RideState]
    ends: RideState
    by_driver: bool
    keeps_driver: bool


_OPEN = frozenset({RideState.REQUESTED, RideState.OFFERED, RideState.ACCEPTED})

TRANSITIONS: Mapping[RideStep, Transition] = {
    RideStep.ACCEPT: Transition(frozenset({RideState.OFFERED}), RideState.ACCEPTED, True, True),
    RideStep.DECLINE: Transition(frozenset({RideState.OFFERED}), RideState.REQUESTED, True, False),
    RideStep.PICK_UP: Transition(frozenset({RideState.ACCEPTED}), RideState.PICKED_UP, True, True),
    RideStep.COMPLETE: Transition(frozenset({RideState.PICKED_UP}), RideState.COMPLETED, True, False),
    RideStep.CANCEL_BY_RIDER: Transition(_OPEN, RideState.CANCELLED_BY_RIDER, False, False),
    RideStep.CANCEL_BY_DRIVER: Transition(
        frozenset({RideState.ACCEPTED}), RideState.CANCELLED_BY_DRIVER, True, False
    ),
    RideStep.GIVE_UP: Transition(
        frozenset({RideState.REQUESTED, RideState.OFFERED}), RideState.UNSERVED, False, False
    ),
    RideStep.EXPIRE: Transition(frozenset({RideState.OFFERED}), RideState.REQUESTED, False, False),
    RideStep.ABANDON: Transition(
        frozenset({RideState.ACCEPTED, RideState.PICKED_UP}), RideState.ABANDONED, False, False
    ),
}
