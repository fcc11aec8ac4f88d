"""Steps of the log as columns; other events are left out, and what cannot be read is counted."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from drivetrain.core.event_log import EventBatch
from drivetrain.dispatch.features.adapters.decoding import decode_steps, positions_to_keep, steps_to_keep
from drivetrain.dispatch.features.domain.steps import NO_RESPONSE, CountedStep

ACCEPT: dict[str, Any] = {
    "kind": "accept",
    "request_id": "r1",
    "state": "accepted",
    "version": 2,
    "driver_id": "d1",
    "fence": 7,
    "at": "2026-05-01T09:30:05.250000Z",
    "offered_at": "2026-05-01T09:30:01.000000Z",
}


def batch(*bodies: bytes) -> EventBatch:
    count = len(bodies)
    return EventBatch([3] * count, range(5, 5 + count), ["r1"] * count, bodies, [17] * count, {3: 5 + count})


def test_an_answer_has_its_driver_when_it_was_known_and_how_long_it_took() -> None:
    read = decode_steps(batch(orjson.dumps(ACCEPT)))
    steps = read.steps
    assert (steps.request_ids, steps.versions, steps.driver_ids) == (["r1"], [2], ["d1"])
    assert (steps.partitions.tolist(), steps.offsets.tolist(), steps.known_us.tolist()) == ([3], [5], [17])
    assert (steps.steps.tolist(), steps.response_ms.tolist()) == ([CountedStep.ACCEPT], [4_250])
    assert read.unreadable == 0


# What an answer says of its instants, and how long it took by that.
RESPONSES = [
    pytest.param({"offered_at": None}, NO_RESPONSE, id="the offer is not known"),
    pytest.param({"offered_at": "yesterday"}, NO_RESPONSE, id="no instant"),
    pytest.param({"offered_at": "2026-05-01T09:30:01"}, NO_RESPONSE, id="no zone"),
    pytest.param({"offered_at": 7}, NO_RESPONSE, id="a number"),
    pytest.param({"offered_at": ACCEPT["at"]}, 0, id="at once"),
    pytest.param({"offered_at": "2026-05-01T09:30:09Z"}, 0, id="a clock that was set back"),
    pytest.param({"kind": "decline"}, 4_250, id="a refusal is an answer"),
    pytest.param({"kind": "expire"}, NO_RESPONSE, id="silence is none"),
    pytest.param({"kind": "complete"}, NO_RESPONSE, id="a trip is none"),
]


@pytest.mark.parametrize(("changes", "expected"), RESPONSES)
def test_the_time_of_an_answer(changes: dict[str, Any], expected: int) -> None:
    assert decode_steps(batch(orjson.dumps({**ACCEPT, **changes}))).steps.response_ms.tolist() == [expected]


@pytest.mark.parametrize(
    "kind", ["requested", "pick_up", "cancel_by_rider", "cancel_by_driver", "give_up", "abandon"]
)
def test_other_events_are_left_out(kind: str) -> None:
    read = decode_steps(batch(orjson.dumps({**ACCEPT, "kind": kind, "driver_id": None})))
    assert (len(read.steps), read.unreadable) == (0, 0)


# What somebody else may have written there.
UNREADABLE = [
    pytest.param(b"", id="nothing"),
    pytest.param(b"[1]", id="no object"),
    pytest.param(b"{}", id="no kind"),
    pytest.param(orjson.dumps({**ACCEPT, "driver_id": None}), id="no driver"),
    pytest.param(orjson.dumps({**ACCEPT, "request_id": 7}), id="a request that is a number"),
    pytest.param(orjson.dumps({**ACCEPT, "version": "2"}), id="a version that is a text"),
    pytest.param(orjson.dumps({**ACCEPT, "version": True}), id="a version that is a flag"),
    pytest.param(orjson.dumps({**ACCEPT, "version": -1}), id="a version below 0"),
    pytest.param(orjson.dumps({**ACCEPT, "version": 2**40}), id="a version beyond all"),
]


@pytest.mark.parametrize("body", UNREADABLE)
def test_what_cannot_be_read_is_counted_and_left_out(body: bytes) -> None:
    read = decode_steps(batch(orjson.dumps(ACCEPT), body, orjson.dumps(ACCEPT)))
    assert (read.steps.offsets.tolist(), read.unreadable) == ([5, 7], 1)


def test_what_riders_asked_for_is_left_out_of_what_is_kept_for_long() -> None:
    asked = orjson.dumps({"kind": "requested", "request_id": "r", "origin": [40.7, -74.0]})
    events = batch(asked, orjson.dumps(ACCEPT), b"poison", b"{}")
    kept = steps_to_keep(events)
    assert list(kept.offsets) == [6]
    assert kept.following == events.following


@pytest.mark.parametrize(
    "made_up", [{"request_id": "synthetic-1-2-3"}, {"driver_id": "synthetic-1-driver-2"}]
)
def test_what_is_made_up_is_not_kept_for_long(made_up: dict[str, str]) -> None:
    events = batch(
        orjson.dumps({**ACCEPT, **made_up}), orjson.dumps({**ACCEPT, "kind": "give_up", "driver_id": None})
    )
    assert list(steps_to_keep(events).offsets) == [6]


def test_positions_of_drivers_who_are_made_up_are_not_kept() -> None:
    events = EventBatch((0, 0), (5, 6), ("synthetic-1-driver-2", "d2"), (b"{}", b"{}"), (1, 2), {0: 7})
    kept = positions_to_keep(events)
    assert (list(kept.keys), kept.following) == (["d2"], {0: 7})
