"""What devices send in a campaign: positions and requests, some twice, late or wrong. The same seed gives the same."""

from __future__ import annotations

import heapq
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

CENTER = (40.73, -73.99)
SPOTS = 12
"""Places around which riders and drivers crowd, so that workers want the same drivers at once."""

VEHICLES = ("", "sedan", "van")
STATUSES = ("idle", "idle", "idle", "idle", "idle", "idle", "idle", "idle", "on_trip", "offline")

_SPOT_DEGREES, _CITY_DEGREES = 0.004, 0.12
_LATE_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of what is wrong with the traffic, each in [0, 1].

    Attributes:
        duplicates: events that are sent once more.
        late: events that are kept back until their driver has reported again.
        poison: further rows that no event is; as a share of the events.
    """

    duplicates: float = 0.0
    late: float = 0.0
    poison: float = 0.0


CLEAN = Mix()
FAULTY = Mix(duplicates=0.1, late=0.1, poison=0.01)


@dataclass(frozen=True, slots=True)
class Report:
    """What one update of a driver says; ``sequence`` counts up from 1 for each driver."""

    driver_id: str
    sequence: int
    latitude: float
    longitude: float
    status: str
    vehicle: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a body, and what it is: a report, a request, or poison with the code that it must be refused with.

    Attributes:
        line: as it is sent; JSON, if it is no poison.
    """

    line: bytes
    report: Report | None = None
    request_id: str = ""
    code: str = ""


def _swapped(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {**fields, "latitude": fields["longitude"], "longitude": fields["latitude"]}


_POISON: Sequence[tuple[str, Callable[[Mapping[str, Any], datetime], Mapping[str, Any] | bytes]]] = (
    ("dispatch.coordinates_swapped", lambda fields, _: _swapped(fields)),
    # seconds and milliseconds as numbers, and seconds that were read as milliseconds
    ("dispatch.bad_instant", lambda fields, now: {**fields, "occurred_at": int(now.timestamp())}),
    ("dispatch.bad_instant", lambda fields, now: {**fields, "occurred_at": int(now.timestamp() * 1e3)}),
    ("dispatch.too_old", lambda fields, _: {**fields, "occurred_at": "1970-01-21T13:47:07Z"}),
    (
        "dispatch.in_the_future",
        lambda fields, now: {**fields, "occurred_at": (now + timedelta(days=3_652)).isoformat()},
    ),
    ("dispatch.not_json", lambda fields, _: json.dumps({**fields, "latitude": float("nan")}).encode()),
    ("dispatch.not_json", lambda fields, _: json.dumps(fields).encode()[:-9]),
    ("dispatch.place_not_numbers", lambda fields, _: {**fields, "latitude": str(fields["latitude"])}),
    ("dispatch.place_out_of_range", lambda fields, _: {**fields, "latitude": 91.0, "longitude": 200.0}),
    ("dispatch.no_place", lambda fields, _: {**fields, "latitude": 0, "longitude": 0}),
    ("dispatch.unknown_status", lambda fields, _: {**fields, "status": "Idle"}),
    ("dispatch.bad_id", lambda fields, _: {**fields, "driver_id": "x" * 65}),
    ("dispatch.bad_sequence", lambda fields, _: {**fields, "sequence": -1}),
    ("dispatch.unknown_field", lambda fields, _: {**fields, "speed": 3}),
    ("dispatch.unknown_event_type", lambda fields, _: {**fields, "event_type": "rider_update"}),
)


class Traffic:
    """Bodies of events, made in turn.

    Args:
        drivers: report one after the other, again and again.
        run: begins each id, so that two campaigns on one platform do not meet.
    """

    def __init__(self, *, drivers: int, rows: int, mix: Mix, seed: int, run: str) -> None:
        self._draw = random.Random(seed)
        self._mix = mix
        self._run = run
        self._rows = rows
        self._sequences = [0] * drivers
        self._vehicles = [self._draw.choice(VEHICLES) for _ in range(drivers)]
        self._spots = [self._around(CENTER, _CITY_DEGREES) for _ in range(SPOTS)]
        self._driver = self._bodies = self._requests = self._poisons = self._kept = 0
        self._due: list[tuple[int, int, Row]] = []
        self._round = -(-drivers // rows)

    def place(self) -> tuple[float, float]:
        """Somewhere near a crowded spot: latitude and longitude."""
        return self._around(self._draw.choice(self._spots), _SPOT_DEGREES)

    def body(self, now: datetime, *, requests: int = 0) -> list[Row]:
        """The next rows: reports of the drivers whose turn it is, some requests, and what was kept back until now."""
        self._bodies += 1
        rows = self._taken(self._bodies)
        for _ in range(self._rows):
            row = self._report(now)
            if self._draw.random() < self._mix.late:
                self._keep(row, self._round + self._draw.randint(1, _LATE_ROUNDS * self._round))
                continue
            rows.append(row)
            if self._draw.random() < self._mix.duplicates:
                self._keep(row, self._draw.randint(0, 2 * self._round))
            if self._draw.random() < self._mix.poison:
                rows.append(self._poison(now))
        for _ in range(requests):
            rows.append(self._request(now))
            if self._draw.random() < self._mix.duplicates:
                self._keep(rows[-1], self._draw.randint(0, 2 * self._round))
        return rows

    def rest(self) -> list[Row]:
        """What is still kept back."""
        return self._taken(None)

    def _keep(self, row: Row, bodies: int) -> None:
        self._kept += 1
        heapq.heappush(self._due, (self._bodies + bodies, self._kept, row))

    def _taken(self, until: int | None) -> list[Row]:
        rows = []
        while self._due and (until is None or self._due[0][0] <= until):
            rows.append(heapq.heappop(self._due)[2])
        return rows

    def _report(self, now: datetime) -> Row:
        driver = self._driver
        self._driver = (driver + 1) % len(self._sequences)
        self._sequences[driver] += 1
        report = Report(
            f"{self._run}-d{driver}",
            self._sequences[driver],
            *self.place(),
            self._draw.choice(STATUSES),
            self._vehicles[driver],
        )
        return Row(json.dumps(_fields(report, now)).encode(), report)

    def _request(self, now: datetime) -> Row:
        self._requests += 1
        request_id = f"{self._run}-e{self._requests}"
        fields = {
            "event_type": "rider_request",
            "request_id": request_id,
            "rider_id": f"{self._run}-rider{self._requests}",
            "origin": list(self.place()),
            "occurred_at": now.isoformat(),
        }
        return Row(json.dumps(fields).encode(), request_id=request_id)

    def _poison(self, now: datetime) -> Row:
        """The kinds in turn, so that all of them come."""
        code, spoil = _POISON[self._poisons % len(_POISON)]
        self._poisons += 1
        report = Report(f"{self._run}-poison{self._poisons}", 1, *self.place(), "idle", "")
        spoilt = spoil(_fields(report, now), now)
        return Row(spoilt if isinstance(spoilt, bytes) else json.dumps(spoilt).encode(), code=code)

    def _around(self, center: tuple[float, float], degrees: float) -> tuple[float, float]:
        latitude, longitude = (each + self._draw.uniform(-degrees, degrees) for each in center)
        return round(latitude, 6), round(longitude, 6)


def _fields(report: Report, now: datetime) -> dict[str, Any]:
    fields = {
        "event_type": "driver_update",
        "driver_id": report.driver_id,
        "sequence": report.sequence,
        "latitude": report.latitude,
        "longitude": report.longitude,
        "status": report.status,
        "occurred_at": now.isoformat(),
    }
    return {**fields, "vehicle": report.vehicle} if report.vehicle else fields


def foreign_poison(number: int, run: str) -> tuple[str, bytes]:
    """Key and body of an event that no update is, as another program would append it to the log: no two are equal."""
    driver_id = f"{run}-poison{number}"
    fields = {
        "driver_id": driver_id,
        "sequence": number,
        "latitude": CENTER[0],
        "longitude": CENTER[1],
        "status": "idle",
        "vehicle": "",
        "occurred_us": 1_777_627_800_000_000 + number,
    }
    kinds: Sequence[Any] = (
        {**fields, "latitude": None},
        {**fields, "status": "Idle"},
        {**fields, "sequence": str(number)},
        {**fields, "occurred_us": -number - 1},
        {**fields, "longitude": 181},
        {**fields, "vehicle": None},
        {name: value for name, value in fields.items() if name != "status"},
        [number],
        number,
        f"cut short {number}",
    )
    body = json.dumps(kinds[number % len(kinds)]).encode()
    return driver_id, body[:-1] if number % len(kinds) == len(kinds) - 1 else body
