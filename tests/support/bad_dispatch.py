"""Bad and odd requests to the routes of dispatch, one per row: what devices and riders' apps get wrong."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.bad_requests import BadRequest
from tests.support.dispatch import driver, flat_driver, rider

EVENTS, MATCHES, FLAT = "/dispatch/events", "/dispatch/matches", "/match"
NDJSON = (("Content-Type", "application/x-ndjson"),)
PICKUP = {"latitude": 40.73, "longitude": -73.99}

_NOW = datetime.now(UTC)
_DRIVER = driver(driver_id="bad-requests", occurred_at=_NOW.isoformat())


def _event(name: str, code: str, pointer: str | None, **changed: Any) -> BadRequest:
    """One update of a driver with some fields changed: nothing good is in the body, so it is refused."""
    body = json.dumps([{**_DRIVER, **changed}]).encode()
    return BadRequest(f"event: {name}", 422, f"dispatch.{code}", body, path=EVENTS, pointer=pointer)


def _places() -> Iterator[BadRequest]:
    swapped = {"latitude": -74.0, "longitude": 40.71}
    yield _event("coordinates swapped", "coordinates_swapped", "/0/latitude", **swapped)
    yield _event("longitude of a whole turn", "place_out_of_range", "/0/longitude", longitude=286.0)
    yield _event("microdegrees", "place_out_of_range", "/0/latitude", latitude=40_710_000)
    # orjson reads a whole number of more than 64 bits as a float
    yield _event("longer than a word", "place_out_of_range", "/0/latitude", latitude=10**30)
    yield _event("where nobody is", "no_place", "/0/latitude", latitude=0, longitude=-0.0)
    yield _event("place as text", "place_not_numbers", "/0/latitude", latitude="40.71")
    yield _event("place as a flag", "place_not_numbers", "/0/longitude", longitude=True)
    request = rider(origin=[-74.0, 40.7], occurred_at=_NOW.isoformat())
    body = json.dumps(request).encode()
    code = "dispatch.coordinates_swapped"
    yield BadRequest("event: origin swapped", 422, code, body, path=EVENTS, pointer="/0/origin/0")


def _instants() -> Iterator[BadRequest]:
    seconds = int(_NOW.timestamp())
    yield _event("seconds", "bad_instant", "/0/occurred_at", occurred_at=seconds)
    yield _event("milliseconds", "bad_instant", "/0/occurred_at", occurred_at=seconds * 1_000)
    yield _event("seconds as text", "bad_instant", "/0/occurred_at", occurred_at=str(seconds))
    as_ms = datetime.fromtimestamp(seconds / 1e3, UTC).isoformat()
    yield _event("seconds read as milliseconds", "too_old", "/0/occurred_at", occurred_at=as_ms)
    yield _event(
        "milliseconds read as seconds", "bad_instant", "/0/occurred_at", occurred_at="+58296-05-01T00:00:00Z"
    )
    ahead = (_NOW + timedelta(days=3_652)).isoformat()
    yield _event("ten years ahead", "in_the_future", "/0/occurred_at", occurred_at=ahead)
    yield _event("yesterday and before", "too_old", "/0/occurred_at", occurred_at="2020-01-01T00:00:00Z")
    # their UTC is outside of what a program's calendar holds
    for text in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        yield _event(
            f"the end of the calendar, {text[:4]}", "bad_instant", "/0/occurred_at", occurred_at=text
        )
    yield _event(
        "no zone", "bad_instant", "/0/occurred_at", occurred_at=_NOW.replace(tzinfo=None).isoformat()
    )
    late = flat_driver(timestamp="1970-01-21T13:47:07")
    body = json.dumps(late).encode()
    yield BadRequest(
        "event: flat, too old", 422, "dispatch.too_old", body, path=EVENTS, pointer="/0/timestamp"
    )


def _ids() -> Iterator[BadRequest]:
    for name, text in (
        ("a NUL in it", "d\0"),
        ("a line end in it", "d\n7"),
        ("only spaces", "  "),
        ("reading right to left", "\u202ed7"),
        ("longer than is kept", "d" * 65),
        ("64 kB", "d" * 65_536),
    ):
        yield _event(f"id, {name}", "bad_id", "/0/driver_id", driver_id=text)
    yield _event("id as a number", "bad_id", "/0/driver_id", driver_id=7)
    yield _event("sequence below zero", "bad_sequence", "/0/sequence", sequence=-1)
    yield _event("sequence longer than a word", "bad_sequence", "/0/sequence", sequence=2**64)
    yield _event("sequence with a fraction", "bad_sequence", "/0/sequence", sequence=1.5)
    yield _event("status in capitals", "unknown_status", "/0/status", status="IDLE")
    yield _event("kind in a list", "unknown_event_type", "/0/event_type", event_type=["driver_update"])
    yield _event("name with a slash", "unknown_field", "/0/a~1b~0c", **{"a/b~c": 1})


def _bodies() -> Iterator[BadRequest]:
    def events(name: str, status: int, code: str, body: bytes, **more: Any) -> BadRequest:
        return BadRequest(f"events: {name}", status, code, body, path=EVENTS, **more)

    good = json.dumps(_DRIVER).encode()
    nan = json.dumps({**_DRIVER, "latitude": math.nan}).encode()
    # a list is read as a whole, lines one by one
    yield events("NaN in a list", 400, "input.not_json", b"[%s]" % nan)
    yield events("NaN in a line", 422, "dispatch.not_json", nan, headers=NDJSON)
    yield events("a line that is cut short", 422, "dispatch.not_json", good[:-1], headers=NDJSON)
    yield events("lone surrogate", 400, "input.not_json", good.replace(b"bad-requests", rb"\ud800"))
    yield events("nested without end", 400, "input.not_json", b"[" * 20_000)
    yield events("list of a list", 422, "dispatch.not_an_object", b"[[%s]]" % good, pointer="/0")
    yield events("null in a list", 422, "dispatch.not_an_object", b"[null]", pointer="/0")
    yield events("empty list", 422, "input.no_rows", b"[]")
    yield events("text", 422, "input.not_a_list", b'"driver_update"')
    yield events("number", 422, "input.not_a_list", b"7")
    yield events("field twice", 422, "input.repeated_field", good[:-1] + b', "sequence": 9}')
    yield events("too many", 413, "input.too_many_rows", b"[%s]" % b",".join([b"{}"] * 10_001))
    yield events(
        "a form", 415, "input.unsupported_media_type", good, headers=(("Content-Type", "text/plain"),)
    )
    yield events("without the right", 403, "auth.scope_missing", good, headers=(("X-API-Key", "@viewer"),))


def _matches() -> Iterator[BadRequest]:
    def match(name: str, code: str, pointer: str | None, **changed: Any) -> BadRequest:
        wish = {"rider_id": "bad-requests", "pickup": PICKUP, **changed}
        return BadRequest(
            f"match: {name}", 422, code, json.dumps(wish).encode(), path=MATCHES, pointer=pointer
        )

    contract = "input.contract"
    yield match(
        "pick-up swapped",
        "dispatch.coordinates_swapped",
        "/pickup/latitude",
        pickup={"latitude": -74.0, "longitude": 40.7},
    )
    yield match(
        "drop-off nowhere", "dispatch.no_place", "/dropoff/latitude", dropoff={"latitude": 0, "longitude": 0}
    )
    yield match("pick-up as a pair", contract, None, pickup=[40.7, -74.0])
    yield match("pick-up null", contract, None, pickup=None)
    yield match("pick-up as text", contract, None, pickup={"latitude": "40.7", "longitude": "-74"})
    yield match("pick-up as a flag", contract, None, pickup={"latitude": True, "longitude": -74.0})
    yield match("longitude out of range", contract, None, pickup={"latitude": 40.7, "longitude": 286.0})
    for top_k in (0, -1, 101, 1.5, "3", None, 10**20):
        yield match(f"top_k {top_k!r}", contract, None, top_k=top_k)
    yield match("hold as a word", contract, None, hold="yes", request_id="r")
    yield match("hold without a request", "dispatch.request_id_needed", "/request_id", hold=True)
    yield match("id with a NUL", "dispatch.bad_id", "/request_id", request_id="r\0")
    yield match("id of spaces", "dispatch.bad_id", "/rider_id", rider_id=" ")
    yield match("id longer than is kept", "dispatch.bad_id", "/rider_id", rider_id="r" * 65)
    yield match("vehicle of control characters", "dispatch.bad_id", "/vehicle", vehicle="\x07")
    yield match("unknown field", contract, None, pick_up=PICKUP)
    nan = json.dumps({"rider_id": "r", "pickup": {"latitude": math.nan, "longitude": 1.0}}).encode()
    yield BadRequest("match: NaN", 400, "input.not_json", nan, path=MATCHES)
    flat = json.dumps({"rider_id": "r", "rider_lat": -74.0, "rider_lon": 40.7}).encode()
    code = "dispatch.coordinates_swapped"
    yield BadRequest("flat match: swapped", 422, code, flat, path=FLAT, pointer="/rider_lat")
    infinite = flat.replace(b"-74.0", b"-Infinity")
    yield BadRequest("flat match: infinite", 400, "input.not_json", infinite, path=FLAT)


def _rides() -> Iterator[BadRequest]:
    def step(name: str, status: int, code: str, path: str, body: bytes = b'{"fence": 1}') -> BadRequest:
        return BadRequest(f"ride: {name}", status, code, body, path=f"/dispatch/requests/{path}")

    yield step("nobody's", 404, "dispatch.unknown_request", "bad-requests/accept")
    yield step("id with a NUL", 422, "input.contract", "a%00b/accept")
    yield step("id longer than is kept", 422, "input.contract", f"{'x' * 65}/accept")
    for fence in ("-1", "1.5", '"1"', "null", "true", str(2**63), str(10**25)):
        body = b'{"fence": %s}' % fence.encode()
        yield step(f"fence {fence}", 422, "input.contract", "bad-requests/accept", body)
    yield step("fence NaN", 400, "input.not_json", "bad-requests/accept", b'{"fence": NaN}')
    for path in ("/dispatch/drivers?bbox=nan,0,1,1", "/dispatch/cells?bbox=0,inf,1,1"):
        yield BadRequest(f"box: {path}", 422, "input.contract", method="GET", path=path)


def _odd_and_right() -> Iterator[BadRequest]:
    for written in ("Bad-Requests", "bad-requests ", " BAD-REQUESTS", "ｂａｄ-requests"):
        body = json.dumps({**_DRIVER, "driver_id": written}).encode()
        yield BadRequest(f"event: id {written!r}", 200, "", body, path=EVENTS)
    rows = [{**_DRIVER, "latitude": 91.0}, _DRIVER]
    yield BadRequest("events: one is good", 200, "", json.dumps(rows).encode(), path=EVENTS)


DISPATCH_REQUESTS: tuple[BadRequest, ...] = (
    *_places(),
    *_instants(),
    *_ids(),
    *_bodies(),
    *_matches(),
    *_rides(),
    *_odd_and_right(),
)
"""Every case."""
