"""Both shapes mean the same, and what cannot be true is refused with its reason."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.dispatch import LIMITS, NOW, driver, flat_driver, flat_rider, micros, read, rider

from drivetrain.core.errors import FieldError
from drivetrain.dispatch.events.domain.events import DriverStatus, DriverUpdate, Place, RiderRequest
from drivetrain.dispatch.events.domain.places import City
from drivetrain.dispatch.events.domain.reading import Limits, read_event

HOUR = timedelta(hours=1)
CITIES = (City("new york", 40.4, -74.3, 41.0, -73.6), City("nairobi", -1.5, 36.6, -1.1, 37.1))


def test_an_update_in_the_platforms_shape() -> None:
    assert read(driver()) == DriverUpdate(
        "driver_7", 3, Place(40.71, -74.0), DriverStatus.IDLE, "sedan", micros(NOW)
    )


def test_an_update_in_the_flat_shape_has_its_instant_as_sequence() -> None:
    event = read(flat_driver())
    assert event == DriverUpdate(
        "driver_7", micros(NOW), Place(40.71, -74.0), DriverStatus.IDLE, "", micros(NOW), 0.9, 400.0
    )


def test_a_request_means_the_same_in_both_shapes() -> None:
    assert read(rider()) == read(flat_rider())
    assert read(rider()) == RiderRequest(
        "r-1", "rider_1", Place(40.7, -74.0), Place(40.8, -74.0), "sedan", micros(NOW)
    )


def test_a_request_without_a_destination_or_a_vehicle_is_one() -> None:
    event = read(rider(destination=None, preferred_vehicle=None))
    assert isinstance(event, RiderRequest)
    assert (event.destination, event.preferred_vehicle) == (None, "")


@pytest.mark.parametrize("written", ["driver_7", "Driver_7", " DRIVER_7\t".strip("\t"), "ｄｒｉｖｅｒ_7 "])
def test_ids_that_differ_by_case_and_space_are_one(written: str) -> None:
    event = read(driver(driver_id=written))
    assert isinstance(event, DriverUpdate)
    assert event.driver_id == "driver_7"


@pytest.mark.parametrize("suffix", ["", "Z", "+00:00", " UTC"])
def test_a_flat_instant_without_a_zone_is_utc(suffix: str) -> None:
    event = read(flat_driver(timestamp=f"2026-05-01T09:29:00{suffix}"))
    assert isinstance(event, DriverUpdate)
    assert event.occurred_us == micros(datetime(2026, 5, 1, 9, 29, tzinfo=UTC))


REFUSED: list[tuple[Any, str, str]] = [
    # what no event is
    ([], "not_an_object", ""),
    (None, "not_an_object", ""),
    ({}, "unknown_event_type", "/event_type"),
    (driver(event_type="rider_update"), "unknown_event_type", "/event_type"),
    (driver(event_type=["driver_update"]), "unknown_event_type", "/event_type"),
    (driver(speed=3), "unknown_field", "/speed"),
    (driver(lat=40.71), "field_given_twice", "/lat"),
    (flat_driver(lng=-74.0), "field_given_twice", "/lng"),
    # ids
    (driver(driver_id=7), "bad_id", "/driver_id"),
    (driver(driver_id=" "), "bad_id", "/driver_id"),
    (driver(driver_id="x" * 65), "bad_id", "/driver_id"),
    (driver(driver_id="a\nb"), "bad_id", "/driver_id"),
    (driver(driver_id="\u202ea"), "bad_id", "/driver_id"),
    (driver(driver_id=None), "bad_id", "/driver_id"),
    (driver(vehicle=""), "bad_id", "/vehicle"),
    (rider(rider_id=None), "bad_id", "/rider_id"),
    (rider(request_id=True), "bad_id", "/request_id"),
    # sequences
    (driver(sequence=-1), "bad_sequence", "/sequence"),
    (driver(sequence=1.0), "bad_sequence", "/sequence"),
    (driver(sequence=True), "bad_sequence", "/sequence"),
    (driver(sequence=2**62), "bad_sequence", "/sequence"),
    # statuses
    (driver(status="busy"), "unknown_status", "/status"),
    (driver(status=None), "unknown_status", "/status"),
    (driver(status=["idle"]), "unknown_status", "/status"),
    # places
    (driver(latitude=None), "place_not_numbers", "/latitude"),
    (driver(latitude="40.7"), "place_not_numbers", "/latitude"),
    (driver(longitude=True), "place_not_numbers", "/longitude"),
    (driver(latitude=math.nan), "place_out_of_range", "/latitude"),
    (driver(longitude=math.inf), "place_out_of_range", "/longitude"),
    (driver(latitude=91.0, longitude=200.0), "place_out_of_range", "/latitude"),
    (driver(longitude=181.0), "place_out_of_range", "/longitude"),
    (driver(latitude=0, longitude=0), "no_place", "/latitude"),
    (driver(latitude=-74.0, longitude=40.71), "coordinates_swapped", "/latitude"),
    (driver(latitude=116.4, longitude=39.9), "coordinates_swapped", "/latitude"),
    (flat_driver(lat=-74.0, lon=40.71), "coordinates_swapped", "/lat"),
    (driver(latitude=-85.0, longitude=-85.0), "place_not_served", "/latitude"),
    (rider(origin=[-74.0, 40.7]), "coordinates_swapped", "/origin/0"),
    (flat_rider(dest=[-74.0, 40.7]), "coordinates_swapped", "/dest/0"),
    (rider(origin={"lat": 1, "lon": 2}), "bad_place", "/origin"),
    (rider(origin=[40.7]), "bad_place", "/origin"),
    (rider(origin="40.7,-74.0"), "bad_place", "/origin"),
    (rider(origin=None), "bad_place", "/origin"),
    (rider(destination=[40.7, -71.0 + 2 * 4]), "ends_too_far_apart", "/destination"),
    (flat_rider(dest=[51.5, -0.1]), "ends_too_far_apart", "/dest"),
    # instants
    (driver(occurred_at=None), "bad_instant", "/occurred_at"),
    (driver(occurred_at=NOW.timestamp()), "bad_instant", "/occurred_at"),
    (driver(occurred_at=int(NOW.timestamp() * 1000)), "bad_instant", "/occurred_at"),
    (driver(occurred_at="2026-05-01T09:30:00"), "bad_instant", "/occurred_at"),
    (driver(occurred_at="yesterday"), "bad_instant", "/occurred_at"),
    (driver(occurred_at="1777627800"), "bad_instant", "/occurred_at"),
    (driver(occurred_at=(NOW + timedelta(seconds=61)).isoformat()), "in_the_future", "/occurred_at"),
    (driver(occurred_at="2036-05-01T09:30:00Z"), "in_the_future", "/occurred_at"),
    (driver(occurred_at=(NOW - 25 * HOUR).isoformat()), "too_old", "/occurred_at"),
    (driver(occurred_at="1970-01-21T13:47:07Z"), "too_old", "/occurred_at"),
    (flat_driver(timestamp="1970-01-21T13:47:07"), "too_old", "/timestamp"),
    # what the sender counts
    (flat_driver(accept_rate_7d=90), "accept_rate_7d_out_of_range", "/accept_rate_7d"),
    (flat_driver(accept_rate_7d=math.nan), "accept_rate_7d_out_of_range", "/accept_rate_7d"),
    (flat_driver(avg_response_ms=0.4), "avg_response_ms_out_of_range", "/avg_response_ms"),
    (flat_driver(avg_response_ms="400"), "avg_response_ms_out_of_range", "/avg_response_ms"),
]


@pytest.mark.parametrize(("fields", "code", "pointer"), REFUSED)
def test_what_cannot_be_true_is_refused_with_its_place(fields: Any, code: str, pointer: str) -> None:
    error = read(fields)
    assert isinstance(error, FieldError)
    assert (error.code, error.pointer) == (f"dispatch.{code}", pointer)


def test_seconds_that_were_read_as_milliseconds_are_named() -> None:
    error = read(driver(occurred_at="1970-01-21T13:47:07Z"))
    assert isinstance(error, FieldError)
    assert "milliseconds" in error.detail


def test_clocks_may_be_off_by_what_the_settings_say() -> None:
    ahead = driver(occurred_at=(NOW + timedelta(seconds=90)).isoformat())
    assert isinstance(read(ahead), FieldError)
    assert isinstance(read(ahead, Limits(ahead_s=90, behind_s=60)), DriverUpdate)
    late = driver(occurred_at=(NOW - HOUR).isoformat())
    assert isinstance(read(late), DriverUpdate)
    assert isinstance(read(late, Limits(ahead_s=90, behind_s=60)), FieldError)


@pytest.mark.parametrize(
    ("latitude", "longitude", "code"),
    [
        (40.71, -74.0, None),
        (-1.29, 36.8, None),
        (36.8, -1.29, "coordinates_swapped"),  # both are latitudes: only the city tells
        (51.5, -0.12, "place_not_served"),
        (0, 0, "no_place"),
    ],
)
def test_cities_that_are_served_bound_the_places(latitude: float, longitude: float, code: str | None) -> None:
    event = read(driver(latitude=latitude, longitude=longitude), Limits(60, 86_400, CITIES))
    if code is None:
        assert isinstance(event, DriverUpdate)
    else:
        assert isinstance(event, FieldError)
        assert event.code == f"dispatch.{code}"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from(["driver_update", "rider_request"]),
    st.dictionaries(
        st.sampled_from(sorted({*driver(), *flat_driver(), *rider(), *flat_rider()} - {"event_type"})), _JSON
    ),
)
def test_whatever_comes_is_read_or_refused(kind: str, fields: dict[str, Any]) -> None:
    base = driver() if kind == "driver_update" else rider()
    event = read_event({**base, **fields, "event_type": kind}, NOW, LIMITS)
    assert isinstance(event, DriverUpdate | RiderRequest | FieldError)
    if isinstance(event, FieldError):
        assert event.code.startswith("dispatch.")
        assert event.detail
