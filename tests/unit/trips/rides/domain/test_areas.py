"""Where the areas lie."""

from __future__ import annotations

import numpy as np

from drivetrain.trips.rides.domain.areas import BANDS, KINDS, LOOP, OHARE, centroid_miles, pair_kinds


def test_distances_are_those_of_the_map() -> None:
    miles = centroid_miles()
    assert 15.5 < miles[LOOP, OHARE] < 17.5  # the airport's page says 17 miles by road from the Loop
    assert np.array_equal(miles[1:, 1:], miles[1:, 1:].T)
    assert np.isnan(miles[0]).all()
    assert miles[LOOP, LOOP] == 0


def test_kinds_tell_unknown_ends_and_airports_apart() -> None:
    kinds = pair_kinds()
    assert kinds.min() == 0
    assert kinds.max() < KINDS
    assert len({kinds[0, 0], kinds[0, LOOP], kinds[LOOP, 0], kinds[OHARE, 0], kinds[LOOP, LOOP]}) == 5
    assert kinds[LOOP, OHARE] >= BANDS > kinds[LOOP, 1]
