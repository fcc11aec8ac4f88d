"""Updates of the log as columns; what others have written there and cannot be true is left out."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from tests.support.dispatch import update

from drivetrain.core.event_log import EventBatch
from drivetrain.dispatch.events.adapters.encoding import encode_update
from drivetrain.dispatch.events.domain.events import DriverStatus
from drivetrain.dispatch.state.adapters.decoding import decode_updates, flaws
from drivetrain.dispatch.state.domain.drivers import STATUS_CODES

GOOD = orjson.loads(encode_update(update("a", 3)).body)


def batch(*bodies: bytes, appended_us: int = 2**60) -> EventBatch:
    count = len(bodies)
    return EventBatch([0] * count, range(count), ["a"] * count, bodies, [appended_us] * count, {0: count})


def test_what_was_encoded_is_decoded() -> None:
    one = update("a", 3, status=DriverStatus.ON_TRIP, vehicle="van")
    columns = decode_updates(batch(encode_update(one).body))
    assert columns.driver_ids == ["a"]
    assert columns.vehicles == ["van"]
    assert columns.statuses.tolist() == [STATUS_CODES["on_trip"]]
    assert (columns.sequences[0], columns.latitudes[0], columns.longitudes[0]) == (3, 40.7, -74.0)
    assert columns.at_us.tolist() == [one.occurred_us]


def test_nobody_was_there_after_the_update_was_appended() -> None:
    assert decode_updates(batch(orjson.dumps(GOOD), appended_us=17)).at_us.tolist() == [17]


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (b"", "dispatch.not_json", ""),
        (b"\xff", "dispatch.not_json", ""),
        (b"[1]", "dispatch.not_an_object", ""),
        (b"null", "dispatch.not_an_object", ""),
        (b"{}", "dispatch.bad_field", "/driver_id"),
        (orjson.dumps({**GOOD, "latitude": "40"}), "dispatch.bad_field", "/latitude"),
        (orjson.dumps({**GOOD, "longitude": [1]}), "dispatch.bad_field", "/longitude"),
        (orjson.dumps({**GOOD, "sequence": True}), "dispatch.bad_field", "/sequence"),
        (orjson.dumps({**GOOD, "status": []}), "dispatch.bad_field", "/status"),
    ],
)
def test_what_is_no_update_has_a_reason(body: bytes, code: str, pointer: str) -> None:
    good = orjson.dumps(GOOD)
    found = flaws([good, body, good])
    assert [(place, flaw.code, flaw.pointer) for place, flaw in found.items()] == [(1, code, pointer)]


@pytest.mark.parametrize(
    "changes",
    [
        {"driver_id": 7},
        {"driver_id": None},
        {"vehicle": None},
        {"sequence": 1.5},
        {"sequence": -1},
        {"sequence": 2**63},
        {"sequence": True},
        {"occurred_us": "now"},
        {"latitude": 91},
        {"latitude": None},
        {"latitude": "40"},
        {"longitude": [1]},
        {"status": "busy"},
        {"status": []},
    ],
    ids=str,
)
def test_what_cannot_be_true_is_left_out(changes: dict[str, Any]) -> None:
    good = orjson.dumps(GOOD)
    assert len(decode_updates(batch(good, orjson.dumps({**GOOD, **changes}), good))) == 2


@pytest.mark.parametrize("name", sorted(GOOD))
def test_an_update_without_a_field_is_none(name: str) -> None:
    rest = {field: value for field, value in GOOD.items() if field != name}
    assert len(decode_updates(batch(orjson.dumps(rest)))) == 0


def test_nothing_is_nothing() -> None:
    assert len(decode_updates(batch())) == 0
