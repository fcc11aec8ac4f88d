"""Events in the log can be read back, those included that somebody else has written there."""

from __future__ import annotations

import orjson
from tests.support.dispatch import request, update

from drivetrain.dispatch.events.adapters.encoding import decode_bodies, encode_request, encode_update


def test_an_update_stands_under_its_driver() -> None:
    event = encode_update(update("d7", 9, accept_rate_7d=0.5))
    assert event.key == "d7"
    assert orjson.loads(event.body) | {"occurred_us": 0} == {
        "driver_id": "d7",
        "sequence": 9,
        "latitude": 40.7,
        "longitude": -74.0,
        "status": "idle",
        "vehicle": "",
        "occurred_us": 0,
        "accept_rate_7d": 0.5,
    }


def test_a_request_stands_under_its_id() -> None:
    event = encode_request(request("r7"))
    assert event.key == "r7"
    assert orjson.loads(event.body)["destination"] is None


def test_bodies_that_are_no_objects_do_not_spoil_the_others() -> None:
    good = encode_update(update()).body
    for bad in (b"", b"{", b"[]", b"7", b"{},{}", b"\xff", b'{"a":1}]['):
        decoded = decode_bodies([good, bad, good])
        assert len(decoded) == 3
        assert decoded[0] == decoded[2] == orjson.loads(good)
        assert decoded[1] is None
    assert decode_bodies([]) == []
