"""The disk fills in the middle of a load: nothing that was acknowledged is lost, and the platform heals by itself.

``python -m bench --only faults`` does the same two hundred times.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from bench.faults import CannotMountError, Target, fill_at_random, small_disk
from bench.mixed import mixed_load
from tests.support.listings import LISTINGS
from tests.support.platform import EXAMPLE, WORKERS, RunningPlatform, eventually, home_folder, running

pytestmark = pytest.mark.slow

ROWS = [{**LISTINGS[number % 3], "mileage": 2_000 * number} for number in range(40)]
EPISODES = 5


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
        with mixed_load(platform.port, platform.admin_key, ROWS) as load:
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


def memory_files(platform: RunningPlatform) -> list[Path]:
    """Files that its workers map; they are not on the disk of the home."""
    mapped = {
        Path(region.path) for pid in platform.worker_pids() for region in psutil.Process(pid).memory_maps()
    }
    files = [file for file in mapped if file.suffix == ".db"]
    assert files and not any(file.is_relative_to(platform.home) for file in files)
    return files
