"""Which logged numbers may have been written with a point that groups digits."""

from __future__ import annotations

import pytest

from drivetrain.lifecycle.data.contracts import NumberColumn
from drivetrain.lifecycle.releasing.digit_groups import (
    DoubtfulNumber,
    doubtful_numbers,
    regrouped,
    without_groups,
)


def column(
    name: str, bounds: tuple[float, float], usual: tuple[float, float], *, whole: bool
) -> NumberColumn:
    return NumberColumn(name, "", "unit", *bounds, *usual, example=bounds[0], whole=whole)


MILEAGE = column("mileage", (0, 1_500_000), (0, 400_000), whole=True)
PRICE = column("asking_price", (1, 500_000), (500, 80_000), whole=False)
POWER = column("engine_power", (1, 2_000), (60, 450), whole=True)
COLUMNS = (MILEAGE, PRICE, POWER)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"mileage": 150}, DoubtfulNumber("mileage", 150, 150_000, is_unusual=False)),  # 150.000
        ({"mileage": 1}, DoubtfulNumber("mileage", 1, 1_000, is_unusual=False)),  # 1.000
        ({"mileage": 400}, DoubtfulNumber("mileage", 400, 400_000, is_unusual=False)),
        ({"asking_price": 8.2}, DoubtfulNumber("asking_price", 8.2, 8_200, is_unusual=True)),  # 8.200
        ({"asking_price": 12.345}, DoubtfulNumber("asking_price", 12.345, 12_345, is_unusual=True)),
        ({"asking_price": 1.005}, DoubtfulNumber("asking_price", 1.005, 1_005, is_unusual=True)),
    ],
    ids=str,
)
def test_a_number_that_is_usual_when_it_is_read_the_other_way_is_doubtful(
    row: dict[str, object], expected: DoubtfulNumber
) -> None:
    assert doubtful_numbers(COLUMNS, row) == (expected,)


@pytest.mark.parametrize(
    "row",
    [
        {"mileage": 401},  # 401,000 km would be unusual
        {"mileage": 0},  # no group begins with 0
        {"mileage": 1_000},  # more than three digits before the point
        {"mileage": 150_000},
        {"engine_power": 140},  # 140,000 hp is impossible
        {"asking_price": 8.2001},  # four decimals
        {"asking_price": 0.9},
        {"asking_price": 100.0},  # 100,000 is unusual
        {"mileage": None},
        {"mileage": True},
        {"mileage": "150"},
        {"other": 150},
        {},
    ],
    ids=str,
)
def test_other_numbers_are_not(row: dict[str, object]) -> None:
    assert doubtful_numbers(COLUMNS, row) == ()


def test_columns_with_a_number_of_four_digits_are_written_without_groups() -> None:
    assert without_groups(COLUMNS, {"mileage": 1_000, "asking_price": 999.5, "engine_power": None}) == {
        "mileage"
    }


def test_only_the_doubtful_numbers_are_read_the_other_way() -> None:
    row = {"mileage": 150, "asking_price": 8.2, "engine_power": 100, "fuel": "diesel"}
    assert regrouped(row, doubtful_numbers(COLUMNS, row)) == {
        "mileage": 150_000,
        "asking_price": 8_200,
        "engine_power": 100,
        "fuel": "diesel",
    }
