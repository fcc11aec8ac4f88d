"""Steps of rides as columns, and the features of a driver by a plain loop that shares nothing with the product."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import orjson
from tests.support.event_log import EPOCH, MemoryEventLog
from tests.support.fakes import FixedClock

from drivetrain.core.event_log import NewEvent
from drivetrain.core.time import iso_utc
from drivetrain.dispatch.events.domain.events import REQUESTS
from drivetrain.dispatch.features.domain.steps import NO_RESPONSE, CountedStep, StepColumns

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
START_US = 20_000 * DAY_US
KINDS = ["accept", "decline", "expire", "complete"]


@dataclass(frozen=True)
class Step:
    """A step in the log; ``response_ms`` is None where it is no answer."""

    partition: int
    request_id: str
    version: int
    driver_id: str
    known_us: int
    step: str
    response_ms: int | None = None


def step_columns(steps: Sequence[Step], offsets: Sequence[int] | None = None) -> StepColumns:
    return StepColumns(
        np.array([step.partition for step in steps], dtype=np.int64),
        np.array(list(range(len(steps))) if offsets is None else list(offsets), dtype=np.int64),
        [step.request_id for step in steps],
        [step.version for step in steps],
        [step.driver_id for step in steps],
        np.array([step.known_us for step in steps], dtype=np.int64),
        np.array([CountedStep[step.step.upper()] for step in steps], dtype=np.uint8),
        np.array(
            [NO_RESPONSE if step.response_ms is None else step.response_ms for step in steps], dtype=np.int64
        ),
    )


def features_by_loop(steps: Sequence[Step], driver_id: str, as_of_us: int) -> tuple[float, float, int]:
    """Acceptance rate, mean response in milliseconds and trips, of what the log got up to an instant."""
    week_begins = (as_of_us - 7 * 24 * HOUR_US) // (6 * HOUR_US) * (6 * HOUR_US)
    hour_begins = (as_of_us - HOUR_US) // (5 * MINUTE_US) * (5 * MINUTE_US)
    counted: dict[tuple[int, str, int], int] = {}
    accepted = refused = trips = 0
    responses = []
    for step in steps:
        name, ten_minutes = (step.partition, step.request_id, step.version), step.known_us // (10 * MINUTE_US)
        if name in counted and ten_minutes - counted[name] <= 1:
            continue
        counted[name] = ten_minutes
        if step.driver_id != driver_id or step.known_us > as_of_us:
            continue
        if step.step == "complete":
            trips += step.known_us >= hour_begins
        elif step.known_us >= week_begins:
            accepted += step.step == "accept"
            refused += step.step != "accept"
            if step.response_ms is not None:
                responses.append(min(step.response_ms, 600_000))
    rate = accepted / (accepted + refused) if accepted + refused else math.nan
    return rate, sum(responses) / len(responses) if responses else math.nan, trips


def a_log(seed: int, count: int, drivers: Sequence[str], span_us: int = 10 * DAY_US) -> list[Step]:
    """Steps in the order in which the log got them, each tenth of them repeated a little later."""
    random_ = random.Random(seed)
    steps = []
    for number in range(count):
        kind = random_.choice(KINDS)
        response_ms = random_.randrange(300, 700_000) if kind in {"accept", "decline"} else None
        step = Step(
            number % 4,
            f"r{number}",
            random_.randrange(1, 9),
            random_.choice(drivers),
            START_US + random_.randrange(span_us),
            kind,
            response_ms,
        )
        steps.append(step)
        if random_.random() < 0.1:
            steps.append(replace(step, known_us=step.known_us + random_.randrange(9 * MINUTE_US)))
    return sorted(steps, key=lambda step: step.known_us)


def append_steps(
    log: MemoryEventLog,
    step: str,
    driver_id: str,
    count: int,
    *,
    response_ms: int = 4_000,
    happened_at: datetime | None = None,
) -> None:
    """Append a step of so many new requests; it happened when it is appended, unless something else is said."""
    at = happened_at or log.clock.now()
    first = sum(log.ends(REQUESTS).values())
    for number in range(first, first + count):
        log.append({REQUESTS: [_event(f"r{number}", 2, driver_id, step, at, response_ms)]})


def log_of(steps: Sequence[Step]) -> tuple[MemoryEventLog, list[Step]]:
    """A log that got these steps at their instants, and the steps with the partitions that they have there."""
    clock = FixedClock()
    log, placed = MemoryEventLog(clock), []
    for step in steps:
        clock.at = EPOCH + timedelta(microseconds=step.known_us)
        event = _event(step.request_id, step.version, step.driver_id, step.step, clock.at, step.response_ms)
        log.append({REQUESTS: [event]})
        placed.append(replace(step, partition=REQUESTS.partition(step.request_id)))
    return log, placed


def _event(
    request_id: str, version: int, driver_id: str, step: str, at: datetime, response_ms: int | None
) -> NewEvent:
    """A step as the platform writes it."""
    fields = {
        "kind": step,
        "request_id": request_id,
        "version": version,
        "driver_id": driver_id,
        "at": iso_utc(at),
    }
    if response_ms is not None:
        fields["offered_at"] = iso_utc(at - timedelta(milliseconds=response_ms))
    return NewEvent(request_id, orjson.dumps(fields))
