"""Cities as a setting writes them."""

from __future__ import annotations

import pytest

from drivetrain.core.errors import InvalidInputError
from drivetrain.dispatch.events.domain.places import City, read_cities


def test_cities_of_a_setting() -> None:
    text = " new york=40.4,-74.3,41.0,-73.6; nairobi = -1.5,36.6,-1.1,37.1 ;"
    assert read_cities(text) == (
        City("new york", 40.4, -74.3, 41.0, -73.6),
        City("nairobi", -1.5, 36.6, -1.1, 37.1),
    )
    assert read_cities("") == ()


@pytest.mark.parametrize(
    "text",
    [
        "chicago",
        "chicago=1,2,3",
        "chicago=1,2,3,x",
        "=40,-74,41,-73",
        "upside down=41,-74,40,-73",
        "turned=-74,40,-73,41.5,2",
        "nowhere=nan,-74,41,-73",
        "beyond=40,-74,95,-73",
    ],
)
def test_what_is_no_city_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        read_cities(text)


def test_the_edge_belongs_to_the_city() -> None:
    city = City("c", 1, 2, 3, 4)
    assert city.holds(1, 2)
    assert city.holds(3, 4)
    assert not city.holds(3.01, 4)
