"""The traffic of a campaign: the same again by its seed, every event once, and poison that the platform must refuse."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime

import pytest
from bench.campaign.traffic import CLEAN, FAULTY, Mix, Row, Traffic, foreign_poison

from drivetrain.core.errors import FieldError
from drivetrain.dispatch.events.adapters.decoding import decode_event
from drivetrain.dispatch.events.domain.events import DriverUpdate, RiderRequest
from drivetrain.dispatch.events.domain.reading import Limits, read_event
from drivetrain.dispatch.state.adapters.decoding import flaws

NOW = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
LIMITS = Limits(ahead_s=60, behind_s=86_400)


def traffic(mix: Mix = CLEAN, *, drivers: int = 100, rows: int = 20, seed: int = 1) -> Traffic:
    return Traffic(drivers=drivers, rows=rows, mix=mix, seed=seed, run="c")


def sent(made: Traffic, bodies: int, requests: int = 0) -> list[Row]:
    rows = [row for _ in range(bodies) for row in made.body(NOW, requests=requests)]
    return [*rows, *made.rest()]


def places_of(rows: list[Row]) -> dict[str, list[int]]:
    """The sequences of each driver, in the order in which they are sent."""
    found: dict[str, list[int]] = {}
    for row in rows:
        if row.report is not None:
            found.setdefault(row.report.driver_id, []).append(row.report.sequence)
    return found


def test_clean_traffic_has_every_report_once_in_order() -> None:
    sequences = places_of(sent(traffic(), 50))
    assert len(sequences) == 100
    assert set(map(tuple, sequences.values())) == {tuple(range(1, 11))}


def test_the_same_seed_gives_the_same_and_another_one_something_else() -> None:
    first, again, other = (sent(traffic(FAULTY, seed=seed), 20) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_shares_are_those_that_were_asked_for_and_no_report_is_missing() -> None:
    rows = sent(traffic(FAULTY, drivers=200, rows=50), 400)
    sequences = places_of(rows)
    assert all(set(each) == set(range(1, 101)) for each in sequences.values())
    copies = sum(count - 1 for each in sequences.values() for count in Counter(each).values())
    assert copies / 20_000 == pytest.approx(0.09, abs=0.01)  # of those that are not late
    behind = sum(
        sequence < max(each[:place], default=0) and sequence not in each[:place]
        for each in sequences.values()
        for place, sequence in enumerate(each)
    )
    assert behind / 20_000 == pytest.approx(0.1, abs=0.02)
    assert sum(bool(row.code) for row in rows) / 20_000 == pytest.approx(0.009, abs=0.003)


def test_every_row_is_read_as_what_it_is_for() -> None:
    rows = sent(traffic(Mix(0.1, 0.1, 0.5)), 20, requests=3)
    assert len({row.code for row in rows}) > 10
    for row in rows:
        event = decode_event(row.line)
        event = event if isinstance(event, FieldError) else read_event(event, NOW, LIMITS)
        if row.report is not None:
            assert isinstance(event, DriverUpdate)
            assert (event.driver_id, event.sequence) == (row.report.driver_id, row.report.sequence)
            assert (event.place.latitude, event.vehicle) == (row.report.latitude, row.report.vehicle)
        elif row.request_id:
            assert isinstance(event, RiderRequest)
            assert event.request_id == row.request_id
        else:
            assert isinstance(event, FieldError)
            assert event.code == row.code


def test_each_request_has_an_id_of_its_own() -> None:
    requests = [row.request_id for row in sent(traffic(), 10, requests=5) if row.request_id]
    assert len(set(requests)) == 50
    assert json.loads(next(row.line for row in sent(traffic(), 1, requests=1) if row.request_id))["rider_id"]


def test_what_a_foreign_program_writes_is_no_update_and_never_the_same() -> None:
    events = [foreign_poison(number, "c") for number in range(200)]
    assert sorted(flaws([body for _, body in events])) == list(range(200))
    assert len(set(events)) == 200
    assert all(key.startswith("c-poison") for key, _ in events)
