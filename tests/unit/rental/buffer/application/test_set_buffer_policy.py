"""Setting, reading and applying the policy, and judging it by later rentals."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.buffer_fakes import (
    NOW,
    OTHER_SHA,
    MemoryPolicyStore,
    OneTable,
    find_analysis,
    finish,
    finished_store,
    small_analysis,
)
from tests.support.fakes import FixedClock, MemoryDecisionLog

from drivetrain.core.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError
from drivetrain.lifecycle.serving.predictions import RequestContext
from drivetrain.rental.buffer.application.check_buffer import CheckBuffer, StartRequest
from drivetrain.rental.buffer.application.compare_outcome import CompareOutcome
from drivetrain.rental.buffer.application.read_buffer_policy import ReadBufferPolicy
from drivetrain.rental.buffer.application.set_buffer_policy import SetBufferPolicy
from drivetrain.rental.buffer.domain.rule import BufferRule, CheckinType

CONTEXT = RequestContext("a client", "req-1", 0.0)
TEN = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)


class Desk:
    """The policy's use cases over memory."""

    def __init__(self, find=None) -> None:
        self.store = MemoryPolicyStore()
        self.clock = FixedClock(NOW)
        self.log = MemoryDecisionLog()
        self.policies = ReadBufferPolicy(self.store)
        self.policies.reload()
        self.find = find or find_analysis(finished_store())
        self.set = SetBufferPolicy(self.store, self.policies, self.find, self.clock)
        self.check = CheckBuffer(self.policies, self.log, self.clock)

    def save(self, connect_min=30, mobile_min=60, **options):
        return self.set(BufferRule(connect_min, mobile_min), reason="why", author="an operator", **options)


def start(at: datetime, *, kind=CheckinType.MOBILE, previous: datetime | None = TEN) -> StartRequest:
    return StartRequest("359049", kind, previous, at)


def test_versions_count_up_and_are_kept():
    desk = Desk()
    first, second = desk.save(), desk.save(60, 60)
    assert [stored.policy.version for stored in desk.policies.history()] == [2, 1]
    assert (first.policy.rule, second.policy.rule) == (BufferRule(30, 60), BufferRule(60, 60))
    assert first.analysis_id == "id-1"


def test_a_policy_can_be_set_before_any_table_was_analyzed():
    assert Desk(find_analysis(tables=OneTable(None))).save().analysis_id is None


def test_a_planned_version_holds_from_its_instant_on():
    desk = Desk()
    desk.save()
    desk.save(90, 90, effective_from=NOW + timedelta(days=1))
    assert desk.policies.in_force(NOW).policy.version == 1
    assert desk.policies.in_force(NOW + timedelta(days=1)).policy.version == 2


def test_the_past_cannot_be_changed():
    with pytest.raises(InvalidInputError) as refusal:
        Desk().save(effective_from=NOW - timedelta(minutes=2))
    assert refusal.value.code == "rental.policy_in_the_past"


def test_somebody_elses_version_is_not_overwritten_unseen():
    desk = Desk()
    desk.save(expected_version=0)
    with pytest.raises(ConflictError) as refusal:
        desk.save(expected_version=0)
    assert refusal.value.code == "rental.policy_changed"
    assert len(desk.store.stored) == 1


def test_what_was_never_read_is_unavailable_and_what_is_not_set_a_conflict():
    unread = ReadBufferPolicy(MemoryPolicyStore())
    with pytest.raises(UnavailableError):
        unread.history()
    unread.reload()
    with pytest.raises(ConflictError, match="PUT /rental/buffer/policy"):
        unread.in_force(NOW)
    with pytest.raises(NotFoundError):
        unread.version(1)


def test_another_process_change_is_seen_after_a_reload():
    desk = Desk()
    other = ReadBufferPolicy(desk.store)
    other.reload()
    desk.save()
    assert list(other.history()) == []
    other.reload()
    assert len(other.history()) == 1


@pytest.mark.parametrize(
    ("after_min", "kind", "verdict", "earliest_min"),
    [
        (60, CheckinType.MOBILE, "allowed", 60),  # a gap equal to the threshold is kept
        (59, CheckinType.MOBILE, "later", 60),
        (59, CheckinType.CONNECT, "allowed", 59),
        (29, CheckinType.CONNECT, "later", 30),
        (-1, CheckinType.MOBILE, "refused", 60),  # the car is planned to be away
    ],
)
async def test_a_check_answers_by_check_in_type_and_is_in_the_ledger(after_min, kind, verdict, earliest_min):
    desk = Desk()
    desk.save()
    checked = await desk.check(start(TEN + timedelta(minutes=after_min), kind=kind), CONTEXT)
    assert checked.answer.verdict == verdict
    assert checked.answer.earliest_start_at == TEN + timedelta(minutes=earliest_min)
    (logged,) = desk.log.ledger.decisions.values()
    assert (logged.decision_id, logged.product) == (checked.decision_id, "rental")
    assert (logged.model.name, logged.model.version) == ("rental-buffer-policy", "1")
    assert json.loads(logged.input_json)["requested_start_at"] == "2026-05-01T" + (
        TEN + timedelta(minutes=after_min)
    ).strftime("%H:%M:%S.%fZ")
    assert json.loads(logged.answer_json)["verdict"] == verdict
    assert tuple(logged.features) == (after_min, 60.0 if kind is CheckinType.MOBILE else 30.0)


async def test_a_first_rental_is_allowed_and_its_gap_is_unknown_in_the_ledger():
    desk = Desk()
    desk.save()
    checked = await desk.check(start(TEN, previous=None), CONTEXT)
    assert checked.as_dict()["gap_min"] is None
    (logged,) = desk.log.ledger.decisions.values()
    assert math.isnan(logged.features[0])


async def test_an_answer_that_cannot_be_recorded_is_not_given():
    desk = Desk()
    desk.save()
    desk.log.failure = UnavailableError("The ledger is away.")
    with pytest.raises(UnavailableError):
        await desk.check(start(TEN), CONTEXT)


class TestOutcome:
    def compared(self, **policy):
        store = finished_store()
        finish(store, "newer", small_analysis(seed=11), sha256=OTHER_SHA, is_standing=False)
        store.stored["newer"].record["table"]["sha256"] = OTHER_SHA
        desk = Desk(find_analysis(store))
        desk.save(**policy)
        return CompareOutcome(desk.policies, desk.find, desk.clock)

    def test_rentals_of_the_same_truth_are_as_promised(self):
        outcome = self.compared()("newer")
        assert outcome.outcome.kept == "as_promised"
        assert outcome.words().startswith("Nothing speaks against the promise")

    def test_bookings_below_the_threshold_are_counted(self):
        """The generator knows no policy, so bookings below it are there and must be named."""
        outcome = self.compared()("newer")
        below = float(outcome.outcome.observed["below"].value)
        assert below > 0
        assert f"{below:,.0f} bookings still lie below the threshold" in outcome.words()

    def test_the_rentals_that_promised_cannot_prove_it(self):
        with pytest.raises(InvalidInputError) as refusal:
            self.compared()("id-1")
        assert refusal.value.code == "rental.outcome_of_the_same_table"

    def test_a_policy_without_an_analysis_promised_nothing(self):
        desk = Desk(find_analysis(tables=OneTable(None)))
        desk.save()
        with pytest.raises(ConflictError) as refusal:
            CompareOutcome(desk.policies, desk.find, desk.clock)("newer")
        assert refusal.value.code == "rental.policy_without_promise"
