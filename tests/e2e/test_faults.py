"""The disk fills, workers are killed or stopped, all under a load: nothing acknowledged is lost, and all of it heals.

``python -m bench --only faults`` does the same hundreds of times.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
from bench.faults import CannotMountError, Target, fill_at_random, harm_a_worker, small_disk
from bench.mixed import mixed_load
from tests.support.listings import LISTINGS
from tests.support.platform import EXAMPLE, WORKERS, RunningPlatform, eventually, home_folder, running

pytestmark = pytest.mark.slow

ROWS = [{**LISTINGS[number % 3], "mileage": 2_000 * number} for number in range(40)]
EPISODES = 5
LOAD: Mapping[str, Any] = {"pause_s": 0.1, "files": 2}


@pytest.fixture
def small_home(prepared_home: Path) -> Iterator[Path]:
    """A copy of the prepared home on a disk of its own."""
    with ExitStack() as stack:
        folder = stack.enter_context(home_folder())
        try:
            disk = stack.enter_context(small_disk(folder / "disk"))
        except CannotMountError as error:
            pytest.skip(f"a small disk needs the right to mount: {error}")
        subprocess.run(["cp", "-a", str(prepared_home), str(disk / "home")], check=True)
        yield disk / "home"


def target_of(platform: RunningPlatform) -> Target:
    return Target(
        platform.port,
        platform.admin_key,
        dict(EXAMPLE),
        lambda: platform.database_url,
        platform.worker_pids,
        WORKERS,
    )


def test_a_disk_that_fills_again_and_again_under_a_load_costs_no_acknowledged_decision(
    small_home: Path,
) -> None:
    """The database stops itself where its log cannot grow; workers live on, and all of it heals without a hand."""
    with running(small_home) as platform:
        workers = platform.worker_pids()
        for file in memory_files(platform):
            assert (
                file.stat().st_blocks * 512 >= file.stat().st_size
            )  # a full disk cannot end who writes to it
        with mixed_load(platform.port, platform.admin_key, ROWS, **LOAD) as load:
            draw = random.Random(3)
            healed = [
                fill_at_random(small_home.parent, target_of(platform), draw, full_s=(0.2, 1.0))
                for _ in range(EPISODES)
            ]
        assert all(healed) and platform.worker_pids() == workers
        assert eventually(lambda: not any((small_home / "spool").glob("*")), 30)
        account = load.account(platform.database_url)
        assert (account.lost, account.doubled, account.torn, account.outcomes_lost) == ([], [], [], [])
        assert account.undocumented == []
        assert "PostgreSQL has exited; restarting it" in platform.said()
        assert platform.failures() == []


def test_workers_that_are_killed_or_stopped_under_a_load_cost_no_answer_but_those_they_owed(
    new_home: Callable[[], Path],
) -> None:
    """The others accept in their place, so nobody else's connection breaks or is refused."""
    with running(new_home()) as platform:
        with mixed_load(platform.port, platform.admin_key, ROWS, **LOAD) as load:
            draw = random.Random(2)
            harmed = [harm_a_worker(target_of(platform), draw).kind for _ in range(EPISODES)]
        assert {"killed", "stopped"} <= set(harmed)
        assert load.statuses()["one"][0] <= 6 * EPISODES  # what the victims were answering
        account = load.account(platform.database_url)
        assert (account.lost, account.doubled, account.torn, account.outcomes_lost) == ([], [], [], [])
        assert account.undocumented == []
        assert "did not answer for" in platform.said()
        assert platform.failures() == []


def memory_files(platform: RunningPlatform) -> list[Path]:
    """Files that its workers map; they are not on the disk of the home."""
    mapped = {
        Path(region.path) for pid in platform.worker_pids() for region in psutil.Process(pid).memory_maps()
    }
    files = [file for file in mapped if file.suffix == ".db"]
    assert files and not any(file.is_relative_to(platform.home) for file in files)
    return files
