"""What `bench --only dispatch-live` asks of a platform works on a small one; how fast it is, is for the bench to say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from bench.installation import Platform
from bench.live.measure import Scale, figures_of
from tests.support.platform import running

from drivetrain.bootstrap.installation import Home

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

SMALL = Scale(
    drivers=2_000,
    windows=1,
    window_s=0.5,
    search_s=0.5,
    ingestion_s=0.5,
    probes=3,
    redis_s=6.0,
    most_rate=300,
)


def test_every_figure_of_live_dispatch_comes_about(new_home: Callable[[], Path]) -> None:
    """Redis is emptied, paused and killed, and a worker starts without a copy: matches go on, and the copy comes back."""
    with running(new_home()) as platform:
        figures = figures_of(Platform(Home(platform.home), platform.process.pid, platform.port, 0.0), SMALL)
        said = {figure.what.strip(): figure for figure in figures}
        back = [figure for what, figure in said.items() if "again" in what]
        assert len(back) == 3
        assert all(figure.raw["runs"][0] < 60 for figure in back)  # seconds; 60 is given up
        assert all(took_ms < 60_000 for took_ms in said["p95"].raw["all"])
        assert len(said["p95"].raw["all"]) == 2 * SMALL.probes
        assert said["answered (durable)"].raw["runs"][0] > 0
        load = said["p99 of matches meanwhile"].raw["load"]
        assert set(load["statuses"]) == {"200"}
        assert platform.failures() == []
