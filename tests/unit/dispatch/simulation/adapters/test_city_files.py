"""Tables that somebody has, as cities."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from drivetrain.core.errors import InvalidInputError
from drivetrain.dispatch.simulation.adapters.city_files import city_of_file, read_acceptance, read_trips

ONE = {
    "tpep_pickup_datetime": "2015-01-19 23:59:00",
    "tpep_dropoff_datetime": "2015-01-20 00:04:00",
    "pickup_x": "-8236491.5",
    "pickup_y": "4976544.3",
    "dropoff_x": "-8235655.0",
    "dropoff_y": "4977541.1",
}
MIDNIGHT = datetime(2022, 3, 1)


def chicago(path: Path, count: int = 400) -> Path:
    """Trips between two places 5 km apart, every three minutes, some without an end."""
    north = [None if row % 40 == 0 else 41.88 for row in range(count)]
    pl.DataFrame(
        {
            "trip_start_timestamp": [MIDNIGHT + timedelta(minutes=15 * (row // 5)) for row in range(count)],
            "trip_seconds": [600.0 + row % 7 for row in range(count)],
            "pickup_centroid_latitude": north,
            "pickup_centroid_longitude": [-87.63] * count,
            "dropoff_centroid_latitude": [41.88 + 5 / 111.195] * count,
            "dropoff_centroid_longitude": [-87.63] * count,
        }
    ).write_parquet(path)
    return path


def test_new_yorks_trips_go_from_mercator_to_kilometers_and_past_midnight(tmp_path: Path) -> None:
    file = tmp_path / "nyc.csv"
    pl.DataFrame([ONE, {**ONE, "pickup_x": "?"}]).write_csv(file)
    trips = read_trips(file)
    assert trips.trip_s.tolist() == [300.0, 300.0]
    assert trips.at_s[0] == 23 * 3_600 + 59 * 60
    # meters of the projection are cos(latitude) of those on the ground
    on_the_ground = np.hypot(8236491.5 - 8235655.0, 4977541.1 - 4976544.3) / 1e3 * np.cos(np.radians(40.75))
    assert np.hypot(*(trips.to_km - trips.from_km)[0]) == pytest.approx(on_the_ground, rel=0.003)
    assert np.isnan(trips.from_km[1]).all()


def test_chicagos_trips_are_spread_within_their_quarter_of_an_hour(tmp_path: Path) -> None:
    trips = read_trips(chicago(tmp_path / "day.parquet"))
    assert len(np.unique(trips.at_s)) == 400
    assert (np.floor(trips.at_s / 900) == np.arange(400) // 5).all()
    known = ~np.isnan(trips.from_km).any(axis=1)
    assert known.sum() == 390
    assert np.median(np.hypot(*(trips.to_km - trips.from_km)[known].T)) == pytest.approx(5.0, abs=0.2)
    assert (read_trips(tmp_path / "day.parquet").at_s == trips.at_s).all()


def test_a_table_is_a_city_with_the_acceptance_of_another(tmp_path: Path) -> None:
    requests = tmp_path / "requests.csv"
    rows = [("City", "Trip Completed" if row % 4 else "Cancelled", "11-07-16 8:30") for row in range(400)]
    rows += [("Airport", "Cancelled", "11-07-16 8:30")] * 50 + [("City", "No Cars Available", "x")] * 50
    pl.DataFrame(rows, ["Pickup point", "Status", "Request timestamp"], orient="row").write_csv(requests)
    assert read_acceptance(requests).chance(5.0, 5.0, 8, 0.0) == pytest.approx(0.75, abs=0.01)
    city = city_of_file(chicago(tmp_path / "day.parquet"), requests, begins_h=2, scale=1.0, is_replay=True)
    assert city.name == "day.parquet"
    assert len(city.demand.draw(3_600.0, city.ways, np.random.default_rng(1))) in range(17, 21)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("trips.csv", b"a,b\n1,2\n", "dispatch.unknown_trip_table"),
        ("trips.csv", b"", "dispatch.unknown_trip_table"),
        ("trips.parquet", b"PAR1 no", "dispatch.unknown_trip_table"),
        ("none.csv", None, "input.no_file"),
    ],
)
def test_what_is_no_table_of_trips_is_said(
    tmp_path: Path, name: str, content: bytes | None, code: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInputError) as caught:
        read_trips(tmp_path / name)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,2\n",
        b"Pickup point,Status,Request timestamp\nCity,Trip Completed,11-07-16 8:30\n",  # nobody refused
        b"Pickup point,Status,Request timestamp\nCity,Cancelled,noon\n",
    ],
)
def test_what_is_no_table_of_requests_is_said(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "requests.csv"
    file.write_bytes(content)
    with pytest.raises(InvalidInputError) as caught:
        read_acceptance(file)
    assert caught.value.code == "dispatch.unknown_request_table"
