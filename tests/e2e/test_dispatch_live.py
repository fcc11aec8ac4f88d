"""Dispatch under way on one platform: kills beside riders and devices, then everything that its live figures ask.

``python -m bench --only campaign`` does the first with a million matches; how fast dispatch is, is for
``--only dispatch-live`` to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from bench.campaign.campaign import SETTINGS, SHORT, Target, fight
from bench.campaign.kills import Parts
from bench.campaign.traffic import FAULTY
from bench.installation import Platform
from bench.live.measure import Scale, figures_of
from tests.support.platform import WORKERS, RunningPlatform, copy_home, home_folder, running

from drivetrain.bootstrap.installation import Home

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SMALL = Scale(
    drivers=2_000,
    windows=1,
    window_s=0.5,
    search_s=0.5,
    ingestion_s=0.5,
    probes=3,
    redis_s=4.0,
    most_rate=300,
    lead_s=0.2,
    paused_s=0.5,
)


@pytest.fixture(scope="module")
def busy(prepared_home: Path) -> Iterator[RunningPlatform]:
    """A platform that the tests of this file harm, one after the other."""
    with home_folder() as folder:
        copy_home(prepared_home, folder / "home")
        with running(folder / "home", within_s=300, LEDGER_TIMEOUT_S="1", **SETTINGS) as started:
            yield started


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
    busy: RunningPlatform,
) -> None:
    """One event in ten comes twice, one in ten late, and one in a hundred is none: exactly those are dead."""
    outcome = await fight(target_of(busy), replace(SHORT, mix=FAULTY, seed=13))
    assert outcome.against() == {}
    assert outcome.rides.matches >= SHORT.matches
    # there are 400 drivers, a ride lasts for longer than the campaign, and how many end in it is up to the machine
    assert outcome.rides.watch.count > SHORT.drivers / 4
    assert outcome.killed["worker"] and outcome.killed["database"]
    assert outcome.account.poison
    assert outcome.dead
    assert busy.failures() == []


def test_every_live_figure_comes_about(busy: RunningPlatform) -> None:
    """Redis is emptied, paused and killed, and a worker starts without a copy: matches go on, and the copy comes back."""
    figures = figures_of(Platform(Home(busy.home), busy.process.pid, busy.port, 0.0), SMALL)
    named = {figure.what.strip(): figure for figure in figures}
    back = [figure for what, figure in named.items() if "again" in what]
    assert len(back) == 3
    assert all(figure.raw["runs"][0] < 60 for figure in back)  # seconds; 60 is given up
    assert all(took_ms < 60_000 for took_ms in named["p95"].raw["all"])
    assert len(named["p95"].raw["all"]) == 2 * SMALL.probes
    assert named["answered (durable)"].raw["runs"][0] > 0
    load = named["p99 of matches meanwhile"].raw["load"]
    assert set(load["statuses"]) == {"200"}
    assert busy.failures() == []
