"""Generated trips are marked, repeatable, and shaped like a city's: the rush is slow and the airport far."""

from __future__ import annotations

import pytest
from tests.support.trips import small_table

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import SilentProgress
from drivetrain.trips.duration.model.dataset import CHICAGO_TAXI
from drivetrain.trips.duration.model.generate import generate


def test_every_row_carries_the_mark_and_the_same_seed_draws_the_same_rows():
    frame = generate(300, 4)
    assert set(CHICAGO_TAXI.header) <= set(frame.columns)
    assert (frame.get_column("trip_id") < 0).all()
    assert frame.equals(generate(300, 4))
    assert not frame.equals(generate(300, 5))


def test_some_rows_are_odd_and_nearly_all_are_good():
    assert 0.98 * 1_500 <= len(small_table().target) < 1_500


@pytest.mark.parametrize(("rows", "seed"), [(0, 1), (-1, 1), (10, -1)])
def test_impossible_wishes_are_refused(tmp_path, rows, seed):
    with pytest.raises(InvalidInputError):
        CHICAGO_TAXI.write_synthetic(tmp_path / "t.csv", rows, seed, SilentProgress())
