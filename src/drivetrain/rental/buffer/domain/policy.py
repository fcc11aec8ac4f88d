"""The buffer policy in force, and what it says to one request for a start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from drivetrain.core.errors import InvalidInputError
from drivetrain.rental.buffer.domain.rule import LONGEST_GAP_MIN, BufferRule, CheckinType

LONGEST_REASON = 500


class Verdict(StrEnum):
    """What a policy says to a requested start."""

    ALLOWED = "allowed"
    LATER = "later"
    """The requested start leaves too little time; the earliest allowed one is offered instead."""
    REFUSED = "refused"
    """The earliest allowed start is too far from the requested one, or the car is planned to be away then."""


@dataclass(frozen=True, slots=True)
class BufferPolicy:
    """One version of the thresholds, with who set them, why, and from when they hold.

    Attributes:
        version: counts up from 1; versions are kept and never changed.
        shift_up_to_min: how far an offered start may lie after the requested one, 0 to 720 minutes; 0 never
            offers one.
    """

    version: int
    rule: BufferRule
    reason: str
    author: str
    effective_from: datetime
    shift_up_to_min: int = LONGEST_GAP_MIN

    def __post_init__(self) -> None:
        """Refuse a policy that nobody could account for."""
        if self.version < 1:
            raise InvalidInputError("A policy's version counts up from 1.", code="rental.policy_version")
        if not self.reason.strip() or len(self.reason) > LONGEST_REASON:
            raise InvalidInputError(
                f"A policy needs a reason of 1 to {LONGEST_REASON} characters.", code="rental.policy_reason"
            )
        if not self.author.strip():
            raise InvalidInputError("A policy needs an author.", code="rental.policy_author")
        if not 0 <= self.shift_up_to_min <= LONGEST_GAP_MIN:
            raise InvalidInputError(
                f"shift_up_to_min must lie between 0 and {LONGEST_GAP_MIN} minutes.",
                code="rental.policy_shift",
            )
        _require_zone(self.effective_from, "effective_from")


@dataclass(frozen=True, slots=True)
class BufferAnswer:
    """The answer to one request.

    Attributes:
        earliest_start_at: the earliest start the policy allows; the requested one when it is allowed.
        gap_min: planned gap of the request, minutes; negative when it starts before the previous planned end;
            None without a previous rental.
        threshold_min: what the policy asks for.
    """

    verdict: Verdict
    earliest_start_at: datetime
    gap_min: float | None
    threshold_min: int
    policy_version: int


def check(
    policy: BufferPolicy,
    checkin_type: CheckinType,
    previous_planned_end_at: datetime | None,
    requested_start_at: datetime,
) -> BufferAnswer:
    """Answer whether a rental may start when it is asked to.

    A gap equal to the threshold is allowed, as the rule touches gaps below it.

    Args:
        policy: the version in force.
        checkin_type: of the requested rental.
        previous_planned_end_at: planned end of the rental before it, aware; None when there is none.
        requested_start_at: aware.

    Raises:
        InvalidInputError: an instant carries no zone.
    """
    _require_zone(requested_start_at, "requested_start_at")
    threshold_min = policy.rule.threshold_min(checkin_type)
    if previous_planned_end_at is None:
        return BufferAnswer(Verdict.ALLOWED, requested_start_at, None, threshold_min, policy.version)
    _require_zone(previous_planned_end_at, "previous_planned_end_at")
    gap = requested_start_at - previous_planned_end_at
    missing = timedelta(minutes=threshold_min) - gap
    gap_min = gap / timedelta(minutes=1)
    if missing <= timedelta(0):
        return BufferAnswer(Verdict.ALLOWED, requested_start_at, gap_min, threshold_min, policy.version)
    can_move = gap >= timedelta(0) and missing <= timedelta(minutes=policy.shift_up_to_min)
    verdict = Verdict.LATER if can_move else Verdict.REFUSED
    return BufferAnswer(verdict, requested_start_at + missing, gap_min, threshold_min, policy.version)


def in_force(policies: Iterable[BufferPolicy], instant: datetime) -> BufferPolicy | None:
    """The policy that holds at an instant, None before the first.

    It is the latest to have taken effect; of those that did at once, the newest version.
    """
    begun = [policy for policy in policies if policy.effective_from <= instant]
    return max(begun, key=lambda policy: (policy.effective_from, policy.version), default=None)


def _require_zone(instant: datetime, name: str) -> None:
    if instant.utcoffset() is None:
        raise InvalidInputError(
            f"{name} needs a time zone, for example Z.", code="rental.instant_without_zone"
        )
