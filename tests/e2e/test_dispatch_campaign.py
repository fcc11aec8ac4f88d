"""Riders and devices while workers, matcher, Redis and PostgreSQL are killed: no driver twice, nothing acknowledged lost.

``python -m bench --only campaign`` does the same with a million matches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from bench.campaign.campaign import SETTINGS, SHORT, Target, fight
from bench.campaign.kills import Parts
from bench.campaign.traffic import FAULTY
from tests.support.platform import WORKERS, RunningPlatform, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def target_of(platform: RunningPlatform) -> Target:
    return Target(
        "127.0.0.1",
        platform.port,
        platform.admin_key,
        platform.home,
        Parts(platform.process.pid, platform.home),
        lambda: platform.database_url,
        WORKERS,
    )


async def test_a_campaign_of_kills_on_faulty_traffic_holds_no_driver_twice_and_loses_nothing(
    new_home: Callable[[], Path],
) -> None:
    """One event in ten comes twice, one in ten late, and one in a hundred is none: exactly those are dead."""
    with running(new_home(), LEDGER_TIMEOUT_S="1", **SETTINGS) as platform:
        outcome = await fight(target_of(platform), replace(SHORT, mix=FAULTY, seed=4))
        assert outcome.against() == {}
        assert outcome.rides.matches >= SHORT.matches
        assert outcome.rides.watch.count > SHORT.matches / 2
        assert outcome.killed["worker"] and outcome.killed["database"]
        assert outcome.account.poison
        assert outcome.dead
        assert platform.failures() == []
