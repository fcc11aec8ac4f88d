"""Where drivers are."""

from __future__ import annotations

import numpy as np
import pytest

from drivetrain.dispatch.simulation.domain.fleet import Fleet


@pytest.mark.parametrize(
    ("now_s", "place"),
    [
        (100.0, (1.0, 1.0)),
        (150.0, (2.5, 3.0)),
        (200.0, (4.0, 5.0)),
        (900.0, (4.0, 5.0)),  # they stand where the way ended
    ],
)
def test_a_driver_drives_straight_on_and_stops_at_the_end(now_s: float, place: tuple[float, float]) -> None:
    fleet = Fleet(2)
    fleet.stand(1, (1.0, 1.0), 0.0)
    assert fleet.send(1, (4.0, 5.0), 100.0, 100.0) == pytest.approx(5.0)
    assert fleet.place(1, now_s) == pytest.approx(place)
    assert fleet.places(np.array([1]), now_s)[0].tolist() == pytest.approx(list(place))


def test_a_driver_who_is_sent_elsewhere_turns_where_they_are() -> None:
    fleet = Fleet(1)
    fleet.send(0, (10.0, 0.0), 0.0, 100.0)
    assert fleet.driven_km(0, 50.0) == pytest.approx(5.0)
    assert fleet.send(0, (5.0, 3.0), 50.0, 30.0) == pytest.approx(3.0)
    assert fleet.place(0, 80.0) == pytest.approx((5.0, 3.0))


def test_a_way_of_no_length_moves_nobody() -> None:
    fleet = Fleet(1)
    assert fleet.send(0, (0.0, 0.0), 10.0, 0.0) == 0.0
    assert fleet.place(0, 20.0) == (0.0, 0.0)
