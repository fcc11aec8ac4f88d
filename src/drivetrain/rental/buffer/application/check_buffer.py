"""Check whether a rental may start when it is asked to, by the policy in force, and account for the answer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

import orjson

from drivetrain.core.ids import new_id
from drivetrain.core.time import Clock, iso_utc
from drivetrain.lifecycle.serving.predictions import Decision, DecisionWriter, ModelRef, RequestContext
from drivetrain.rental.buffer.application.read_buffer_policy import ReadBufferPolicy
from drivetrain.rental.buffer.domain.policy import BufferAnswer, check
from drivetrain.rental.buffer.domain.rule import CheckinType

POLICY_NAME = "rental-buffer-policy"


@dataclass(frozen=True, slots=True)
class StartRequest:
    """A start that somebody asks for.

    Attributes:
        car_id: as the caller names the car; empty when it does not.
        previous_planned_end_at: aware; None without a previous rental.
        requested_start_at: aware.
    """

    car_id: str
    checkin_type: CheckinType
    previous_planned_end_at: datetime | None
    requested_start_at: datetime

    def as_dict(self) -> dict[str, object]:
        """The request as it stands in the ledger."""
        previous = self.previous_planned_end_at
        return {
            "car_id": self.car_id or None,
            "checkin_type": self.checkin_type.value,
            "previous_planned_end_at": None if previous is None else iso_utc(previous),
            "requested_start_at": iso_utc(self.requested_start_at),
        }


@dataclass(frozen=True, slots=True)
class CheckedStart:
    """The answer, the version that gave it, and where it stands in the ledger."""

    answer: BufferAnswer
    policy: ModelRef
    decision_id: str

    def as_dict(self) -> dict[str, object]:
        """The answer in words of the API."""
        return {
            "verdict": self.answer.verdict.value,
            "earliest_start_at": iso_utc(self.answer.earliest_start_at),
            "gap_min": self.answer.gap_min,
            "threshold_min": self.answer.threshold_min,
        }


@dataclass(frozen=True, slots=True)
class CheckBuffer:
    """Answers one request; the answer is in the ledger before it leaves.

    Raises:
        ConflictError: no policy is in force.
        UnavailableError: the decision could not be made durable.
    """

    policies: ReadBufferPolicy
    log: DecisionWriter
    clock: Clock

    async def __call__(self, request: StartRequest, context: RequestContext) -> CheckedStart:
        """Check one start."""
        policy = self.policies.in_force(self.clock.now()).policy
        answer = check(
            policy, request.checkin_type, request.previous_planned_end_at, request.requested_start_at
        )
        checked = CheckedStart(answer, ModelRef(POLICY_NAME, str(policy.version)), new_id())
        await self.log.append(self._decision(request, checked, context))
        return checked

    def _decision(self, request: StartRequest, checked: CheckedStart, context: RequestContext) -> Decision:
        """The answer as it goes into the ledger; its features are the gap (NaN without one) and the threshold, minutes."""
        gap_min = checked.answer.gap_min
        return Decision(
            decision_id=checked.decision_id,
            decided_at=self.clock.now(),
            product="rental",
            model=checked.policy,
            input_json=orjson.dumps(request.as_dict()),
            features=(math.nan if gap_min is None else gap_min, float(checked.answer.threshold_min)),
            answer_json=orjson.dumps(checked.as_dict()),
            latency_us=context.waited_us(),
            caller=context.caller,
            request_id=context.request_id,
        )
