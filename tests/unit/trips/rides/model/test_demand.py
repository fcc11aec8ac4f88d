"""Parameters as text: what is read back draws the same rides, what is damaged is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from tests.support.rides import fitted

from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.rides.model.built_in import built_in
from drivetrain.trips.rides.model.demand import FORMAT, from_json, to_json
from drivetrain.trips.rides.model.draw import draw

SLOT = datetime(2022, 3, 1, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize("make", [built_in, fitted])
def test_parameters_read_back_are_the_same_and_of_sensible_size(make: Callable[[], Any]) -> None:
    demand = make()
    text = to_json(demand)
    again = from_json(text)
    assert 100_000 < len(text) < 1_500_000
    assert again.digest == demand.digest
    assert np.array_equal(
        draw(again, SLOT, length_min=5, rides=99).fare, draw(demand, SLOT, length_min=5, rides=99).fare
    )


def test_the_built_in_parameters_say_that_no_real_ride_stands_behind_them() -> None:
    assert not built_in().learned_from_real
    assert "no real ride" in built_in().source
    assert len(built_in().when.cell_rides) == 0


def damage(path: str, value: Any) -> Callable[[dict[str, Any]], Any]:
    def change(plain: dict[str, Any]) -> dict[str, Any]:
        *way, last = path.split(".")
        place = plain
        for name in way:
            place = place[name]
        place[last] = value
        return plain

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: [plain],  # another document
        lambda plain: "text",
        damage("format", FORMAT + 1),
        damage("when", {}),
        damage("when.pair_share", {"shape": [1, 1], "values": [1.0]}),
        damage("when.pair_share.values", [0.0] * 78 * 78),  # no pair can be drawn
        damage("when.rides_per_hour.values", [-1.0] * 168),
        damage("when.rides_per_hour.values", [float("nan")] * 168),
        damage("when.pair_strength", 0.0),
        damage("when.cell_pair", {"shape": [1], "whole": [6084]}),
        damage("fares.waiting.shape", [1, 1]),
    ],
)
def test_damaged_parameters_are_refused(change: Callable[[dict[str, Any]], Any]) -> None:
    text = json.dumps(change(json.loads(to_json(built_in()))))
    with pytest.raises(InvalidInputError) as refused:
        from_json(text)
    assert refused.value.code == "trips.bad_ride_parameters"


@pytest.mark.parametrize("text", ["", "{", "null", b"\xff\xfe", "[" * 100_000])
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(InvalidInputError):
        from_json(text)
