from __future__ import annotations

import random

import pytest

from drivetrain.market.listings.domain.car import Car, Distance, DistanceUnit, Place
from drivetrain.market.stock.domain.identity import Identity, identity_of, matches, reference_key, vin_key


def car(km: float, vin: str | None = None, reference: str | None = None, likeness: str = "golf") -> Identity:
    return Identity(vin, reference, likeness, km)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (" wvw zzz-auzjw000001 ", "WVWZZZAUZJW000001"),
        ("123456", "123456"),
        ("unknown", None),  # no digit
        ("n/a 1", None),  # too short for a VIN of any age
        ("", None),
        (None, None),
    ],
)
def test_a_vin_is_compared_by_its_letters(text: str | None, key: str | None) -> None:
    assert vin_key(text) == key


def test_an_own_id_is_compared_without_case_and_spaces_around_it() -> None:
    assert reference_key("  A  4711 ") == reference_key("a 4711")
    assert reference_key("  ") is None


def test_cars_are_alike_however_their_words_are_written() -> None:
    one = Car("Škoda", "Octavia", 2019, Distance(10_000, DistanceUnit.MILES), place=Place("Köln", "DE"))
    other = Car("SKODA", "octavia", 2019, Distance(16_093, DistanceUnit.KM), place=Place("koln", "DE"))
    assert identity_of(one).likeness == identity_of(other).likeness
    assert matches([identity_of(one)], [identity_of(other)]) == {0: 0}


@pytest.mark.parametrize(
    ("cars", "known", "pairs"),
    [
        ([car(1, "V1", "A")], [car(9, "V2", "A"), car(9, "V1", "B")], {0: 1}),  # the VIN decides
        ([car(1, "V1", "A")], [car(9, "V2", "A")], {}),  # a stock number that is used again
        ([car(1, None, "A")], [car(9, "V2", "A")], {0: 0}),  # the dealer gives no VINs any more
        ([car(1, "V1", "A")], [car(9, None, "A")], {0: 0}),  # the dealer gives VINs now
        ([car(1_000)], [car(1_010)], {0: 0}),  # a test drive
        ([car(1_000)], [car(1_020)], {}),  # another car
        ([car(1_000, likeness="polo")], [car(1_000)], {}),
        ([car(1_000, "V1")], [car(1_000)], {0: 0}),  # named now, nameless before
        ([car(1_000)], [car(1_000, "V1")], {0: 0}),  # and the other way round
        ([car(1_000, "V1")], [car(1_000, "V2")], {}),  # alike, but named otherwise
        ([car(0), car(0)], [car(0)], {0: 0}),  # each is one at most
        ([car(1_000), car(1_009)], [car(1_009), car(1_018)], {0: 0, 1: 1}),  # as many as can be
        ([], [car(1)], {}),
    ],
)
def test_cars_are_told_apart(cars: list[Identity], known: list[Identity], pairs: dict[int, int]) -> None:
    assert matches(cars, known) == pairs


@pytest.mark.parametrize("seed", range(5))
def test_a_matching_is_one_to_one_and_within_reach(seed: int) -> None:
    draw = random.Random(seed)

    def drawn(number: int) -> Identity:
        vin = f"VIN00{number}" if draw.random() < 0.3 else None
        reference = f"{number}" if draw.random() < 0.3 else None
        return car(draw.randrange(100) * 1_000, vin, reference, draw.choice(("golf", "polo")))

    cars, known = [drawn(n) for n in range(60)], [drawn(n + 20) for n in range(60)]
    pairs = matches(cars, known)
    assert len(set(pairs.values())) == len(pairs)
    for place, other in pairs.items():
        one, two = cars[place], known[other]
        same_name = (one.vin is not None and one.vin == two.vin) or (
            one.reference is not None and one.reference == two.reference
        )
        alike = one.likeness == two.likeness and abs(one.odometer_km - two.odometer_km) <= 0.01 * max(
            one.odometer_km, two.odometer_km
        )
        assert same_name or alike
        assert one.vin is None or two.vin is None or one.vin == two.vin


def test_many_cars_of_one_likeness_are_each_themselves() -> None:
    cars = [car(float(n * 1_000)) for n in range(2_000)]
    assert len(matches(cars, cars)) == len(cars)
