"""The platform stopped for three slots of the scheduled scoring, and started again: what is caught up, and the proof.

Slots of a minute, and real minutes: it takes about six of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx

from bench.installation import Installation, Platform
from bench.report import Figure, at_least, at_most, shown

STOPPED_SLOTS = 3
CAUGHT_UP_AFTER = timedelta(minutes=1)
"""A slot counts as caught up once the next one is over as well; before that it is late, or still in time."""

T = TypeVar("T")


def measure(installation: Installation) -> list[Figure]:
    """Score in time, stop, wait, start again, and count."""
    every_minute = {"TRIPS_EVERY_MIN": "1", "TRIPS_RATE": "20"}
    with installation.running(**every_minute) as platform:
        first_at = _last_written(platform)
        in_time = _wait_for(lambda: _done_in_time(platform, first_at), 150)
    stopped_at = time.monotonic()
    last_at = datetime.fromisoformat(in_time["slot_at"])
    missed_until = last_at + timedelta(minutes=1 + STOPPED_SLOTS)
    while datetime.now(UTC) < missed_until + CAUGHT_UP_AFTER:
        time.sleep(1)
    stopped_s = time.monotonic() - stopped_at
    with installation.running(**every_minute) as platform:
        began = time.monotonic()
        status = _wait_for(lambda: _nothing_due(platform, first_at), 120)
        caught_up_s = time.monotonic() - began
    meanwhile = [slot for slot in status["slots"] if datetime.fromisoformat(slot["slot_at"]) > last_at]
    proof = status["proof"]
    lost = proof["missing"] + len(proof["unscored"])
    return [
        shown("platform stopped, slots of a minute", [stopped_s], "s"),
        shown("  delay of a slot in time, before the stop", [in_time["delay_s"]], "s"),
        at_least(
            "  slots caught up after the next start",
            [sum(slot["state"] == "caught_up" for slot in meanwhile)],
            STOPPED_SLOTS,
            "slots",
            slots=meanwhile,
        ),
        shown("  until nothing was due, from ready", [caught_up_s], "s"),
        at_most(
            "  rides duplicated", [proof["duplicated"] + proof["unexpected"]], 0, f"of {proof['expected']:,}"
        ),
        at_most("  rides missing, slots not scored", [lost], 0, f"of {proof['slots']} slots"),
    ]


def _status(platform: Platform, **window: str) -> dict[str, Any]:
    answer = httpx.get(
        f"{platform.address}/trips/status", params=window, headers=platform.headers, timeout=30
    )
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def _last_written(platform: Platform) -> str:
    def written() -> str | None:
        return next(
            (str(slot["slot_at"]) for slot in _status(platform)["slots"] if slot["rows"] is not None), None
        )

    return _wait_for(written, 120)


def _done_in_time(platform: Platform, after: str) -> dict[str, Any] | None:
    youngest: dict[str, Any] = _status(platform)["slots"][0]
    return youngest if youngest["state"] == "done" and youngest["slot_at"] > after else None


def _nothing_due(platform: Platform, since: str) -> dict[str, Any] | None:
    """The status with the proof from an instant on, once every slot that is over is written."""
    over = _status(platform)["next"]["slot_at"]
    status = _status(platform, **{"from": since, "to": over})
    return None if status["proof"]["unscored"] else status


def _wait_for(found: Callable[[], T | None], within_s: float) -> T:
    give_up_at = time.monotonic() + within_s
    while time.monotonic() < give_up_at:
        with suppress(httpx.HTTPError):
            if (value := found()) is not None:
                return value
        time.sleep(0.2)
    raise RuntimeError(f"the scheduled scoring did not get there in {within_s:.0f} s")
