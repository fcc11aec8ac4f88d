"""Tables of chained rentals drawn from a known truth, in the columns of the real one.

Used to show that intervals cover the truth, and as the synthetic table of an installation without a real one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from drivetrain.core.errors import InvalidInputError
from drivetrain.rental.buffer.domain.chains import (
    CANCELED,
    CAR_ID,
    CHECKIN_TYPE,
    DELAY,
    ENDED,
    GAP,
    PREVIOUS_ID,
    RENTAL_ID,
    STATE,
)
from drivetrain.rental.buffer.domain.rule import (
    LONGEST_GAP_MIN,
    STEP_MIN,
    BoolArray,
    CheckinType,
    FloatArray,
    IntArray,
)

GAPS_MIN: IntArray = np.arange(0, LONGEST_GAP_MIN + 1, STEP_MIN, dtype=np.int64)
_FIRST_ID = 500_000
_FIRST_CAR = 300_000

Columns = dict[str, list[int | str | None]]


@dataclass(frozen=True, slots=True)
class ChainTruth:
    """How rentals come about.

    A delay is normal around its check-in type's mean, shifted by the habit of its car.

    The defaults give a table much like the real one.

    Attributes:
        links_per_car: mean of further chained rentals of a car that has one; every car with chains has at
            least one.
        chained_cars: share of cars with chained rentals.
        single_rentals: mean of unchained rentals per car, beside one that every car has.
        gap_decay_min: gaps fall off exponentially, beside an even floor of ``gap_floor``.
        canceled_base, canceled_more: chance of cancellation without wait, and what a wait adds to it.
        unknown_if_late, unknown_otherwise: chance that a delay above 0, or any other, is not recorded.
    """

    links_per_car: float = 0.7
    chained_cars: float = 0.13
    single_rentals: float = 1.3
    connect_share: float = 0.4
    gap_decay_min: float = 100.0
    gap_floor: float = 0.45
    delay_mean_connect_min: float = -40.0
    delay_mean_mobile_min: float = 0.0
    delay_sd_min: float = 75.0
    car_sd_min: float = 30.0
    canceled_base: float = 0.11
    canceled_more: float = 0.06
    unknown_if_late: float = 0.065
    unknown_otherwise: float = 0.065

    def __post_init__(self) -> None:
        """Refuse what is no chance."""
        shares = (
            self.chained_cars,
            self.connect_share,
            self.gap_floor,
            self.canceled_base,
            self.canceled_base + self.canceled_more,
            self.unknown_if_late,
            self.unknown_otherwise,
        )
        if not all(0 <= share <= 1 for share in shares):
            raise InvalidInputError(
                "Every share of the truth must lie between 0 and 1.", code="rental.truth_out_of_range"
            )

    def gap_shares(self) -> FloatArray:
        """Chance of each gap of ``GAPS_MIN``, shape (25,), adding up to 1."""
        falling = np.exp(-GAPS_MIN / self.gap_decay_min)
        shares = (1 - self.gap_floor) * falling / falling.sum() + self.gap_floor / len(GAPS_MIN)
        return np.asarray(shares, dtype=np.float64)


@dataclass(slots=True)
class _Rows:
    """Columns that grow block by block; a block's rentals come after those before it in every car."""

    car: list[IntArray] = field(default_factory=list)
    delay: list[FloatArray] = field(default_factory=list)
    is_canceled: list[BoolArray] = field(default_factory=list)
    previous: list[IntArray] = field(default_factory=list)
    gap: list[FloatArray] = field(default_factory=list)
    count: int = 0

    def add(
        self, car: IntArray, delay: FloatArray, is_canceled: BoolArray, previous: IntArray, gap: FloatArray
    ) -> IntArray:
        """Append rentals; returns their row indices."""
        for column, values in ((self.delay, delay), (self.gap, gap)):
            column.append(values)
        for whole, numbers in ((self.car, car), (self.previous, previous)):
            whole.append(numbers)
        self.is_canceled.append(is_canceled)
        rows = np.arange(self.count, self.count + len(car))
        self.count += len(car)
        return rows


def generate(truth: ChainTruth, *, n_cars: int, seed: int) -> Columns:
    """Draw a table.

    Every chained rental follows an ended one whose delay was drawn afresh, and how many a car has does not
    depend on its habit; so the true rates hold exactly for each chained rental.

    Args:
        n_cars: cars of the table, >= 1.

    Returns:
        The columns of ``buffer_chains.COLUMNS``; None for empty cells.
    """
    rng = np.random.default_rng(seed)
    is_connect = rng.random(n_cars) < truth.connect_share
    mean = np.where(is_connect, truth.delay_mean_connect_min, truth.delay_mean_mobile_min)
    habit = mean + rng.normal(0.0, truth.car_sd_min, n_cars)
    rows = _Rows()

    def delays(cars: IntArray) -> FloatArray:
        return np.rint(rng.normal(habit[cars], truth.delay_sd_min))

    def open_chain(cars: IntArray) -> IntArray:
        n = len(cars)
        nothing = np.full(n, np.nan)
        return rows.add(cars, delays(cars), np.zeros(n, dtype=np.bool_), np.full(n, -1), nothing)

    singles = np.repeat(np.arange(n_cars), 1 + rng.poisson(truth.single_rentals, n_cars))
    open_chain(singles)
    links = np.where(rng.random(n_cars) < truth.chained_cars, 1 + rng.poisson(truth.links_per_car, n_cars), 0)
    last = np.full(n_cars, -1)  # row of the car's last chained rental while it can be followed
    last_delay = np.zeros(n_cars)
    for position in range(int(links.max(initial=0))):
        cars = np.flatnonzero(links > position)
        fresh = cars[last[cars] < 0]
        last[fresh] = open_chain(fresh)
        last_delay[fresh] = rows.delay[-1]
        gap = rng.choice(GAPS_MIN, size=len(cars), p=truth.gap_shares()).astype(np.float64)
        waits = last_delay[cars] > gap
        canceled = rng.random(len(cars)) < truth.canceled_base + truth.canceled_more * waits
        delay = delays(cars)
        added = rows.add(cars, delay, canceled, last[cars], gap)
        last[cars] = np.where(canceled, -1, added)
        last_delay[cars] = delay
    return _columns(rows, is_connect, truth, rng)


def _columns(rows: _Rows, is_connect: BoolArray, truth: ChainTruth, rng: np.random.Generator) -> Columns:
    car, previous, gap = (np.concatenate(column) for column in (rows.car, rows.previous, rows.gap))
    delay, canceled = np.concatenate(rows.delay), np.concatenate(rows.is_canceled)
    hidden = rng.random(len(delay)) < np.where(delay > 0, truth.unknown_if_late, truth.unknown_otherwise)
    return {
        RENTAL_ID: [_FIRST_ID + row for row in range(rows.count)],
        CAR_ID: [_FIRST_CAR + int(number) for number in car],
        CHECKIN_TYPE: [
            (CheckinType.CONNECT if is_connect[index] else CheckinType.MOBILE).value for index in car
        ],
        STATE: [CANCELED if is_canceled else ENDED for is_canceled in canceled],
        DELAY: [
            None if is_unknown else int(minutes)
            for minutes, is_unknown in zip(delay, canceled | hidden, strict=True)
        ],
        PREVIOUS_ID: [_FIRST_ID + int(row) if row >= 0 else None for row in previous],
        GAP: [None if np.isnan(minutes) else int(minutes) for minutes in gap],
    }
