"""Something is killed in the middle of a load: what was acknowledged is there, and the platform comes back."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from bench.mixed import kill_at_random, mixed_load
from tests.support.listings import LISTINGS
from tests.support.load import load_on
from tests.support.platform import RunningPlatform, count_decisions, eventually, is_alive, launch, running

pytestmark = pytest.mark.slow

KINDS = {"one", "list", "file", "outcome"}
"""Of requests in a mixed load."""


def test_a_power_cut_in_the_middle_of_a_load_loses_no_acknowledged_decision(
    new_home: Callable[[], Path],
) -> None:
    """Supervisor, workers and database are killed with SIGKILL at once; the next start serves within seconds."""
    home = new_home()
    platform = launch(home)
    platform.wait_ready()
    with load_on(platform) as load:
        load.wait_for(more=500)
        platform.kill_everything()
    acknowledged = load.acknowledged()
    assert len(set(acknowledged)) == len(acknowledged) >= 500
    with running(home, platform.port) as again:
        found = count_decisions(again.database_url)
        assert set(acknowledged) <= found.keys()
        assert set(found.values()) == {1}
        # A decision may be durable whose answer was cut off: at most one for each connection.
        assert len(found) - len(acknowledged) <= 6
        with again.client() as client:
            for decision_id in (acknowledged[0], acknowledged[-1]):
                assert client.get(f"/decisions/{decision_id}").json()["decision_id"] == decision_id
        with load_on(again) as more:
            more.wait_for(more=50)
        assert set(more.statuses()) == {200}


def test_a_killed_supervisor_takes_its_workers_along_and_can_be_started_again(
    new_home: Callable[[], Path],
) -> None:
    """The database outlives it and is adopted; the same port is free again."""
    home = new_home()
    platform = launch(home)
    platform.wait_ready()
    workers, server = platform.worker_pids(), platform.postgres_pid()
    assert len(workers) == 2
    os.kill(platform.process.pid, signal.SIGKILL)
    platform.process.wait()
    with running(home, platform.port) as again:
        assert not set(workers) & set(again.worker_pids())
        assert not any(is_alive(pid) for pid in workers)
        assert again.postgres_pid() == server


def test_a_killed_worker_is_replaced_while_the_other_one_answers(new_home: Callable[[], Path]) -> None:
    with running(new_home()) as platform, load_on(platform) as load:
        load.wait_for(more=200)
        victim, survivor = platform.worker_pids()
        os.kill(victim, signal.SIGKILL)
        assert eventually(lambda: _replaced(platform, victim), 20)
        load.wait_for(more=300)
        assert survivor in platform.worker_pids()
        platform.wait_ready(5)
        assert set(load.statuses()) == {200}
        assert load.broken <= 6  # what the killed one was answering
        assert "ended (signal 9" in platform.said()
        assert set(load.acknowledged()) <= count_decisions(platform.database_url).keys()


def test_a_killed_database_is_bridged_by_the_local_spool(new_home: Callable[[], Path]) -> None:
    """Single predictions go on; what was acknowledged meanwhile is in the ledger afterwards, each exactly once."""
    with running(new_home(), LEDGER_TIMEOUT_S="0.5") as platform, load_on(platform) as load:
        load.wait_for(more=200)
        before, workers = platform.postgres_pid(), platform.worker_pids()
        spool = platform.home / "spool"
        platform.process.send_signal(signal.SIGSTOP)  # or it might be repaired before anybody notices
        os.kill(before, signal.SIGKILL)
        assert eventually(lambda: list(spool.glob("*.jsonl")), 20)
        load.wait_for(more=200)
        for path in ("/health/live", "/health/ready"):
            assert platform.ask(path).status_code == 200
        assert eventually(lambda: "kept on local disk" in platform.ask("/health").text, 10)
        platform.process.send_signal(signal.SIGCONT)
        assert eventually(lambda: "PostgreSQL has exited; restarting it" in platform.said(), 20)
        assert eventually(lambda: not list(spool.iterdir()), 30)  # given back, and nothing set aside
        load.wait_for(more=300)
        platform.wait_ready(10)
        assert platform.postgres_pid() != before
        assert platform.worker_pids() == workers
        assert set(load.statuses()) == {200} and load.broken == 0
        acknowledged = set(load.acknowledged())  # before the ledger is read: the load goes on
        found = count_decisions(platform.database_url)
        assert acknowledged <= found.keys() and set(found.values()) == {1}
        assert platform.failures() == []


def test_random_kills_under_a_mixed_load_lose_nothing_double_nothing_and_tear_nothing(
    new_home: Callable[[], Path],
) -> None:
    """Prices, lists, files and outcomes, while the database and a worker are killed again and again.

    More kills are made, and counted, by ``python -m bench --only crashes``.
    """
    rows = [{**LISTINGS[number % 3], "mileage": 2_000 * number} for number in range(40)]
    with running(new_home(), LEDGER_TIMEOUT_S="1") as platform:
        with mixed_load(platform.port, platform.admin_key, rows) as load:
            killed = kill_at_random(
                platform.postgres_pid,
                platform.worker_pids,
                kills=4,
                pause_s=(0.5, 2.0),
                draw=random.Random(4),
            )
            assert eventually(
                lambda: {kind for kind, seen in load.statuses().items() if seen[200] or seen[201]} == KINDS,
                60,
            )
        # given back, and nothing set aside
        assert eventually(lambda: not any((platform.home / "spool").glob("*")), 30)
        account = load.account(platform.database_url)
        assert (account.lost, account.doubled, account.torn, account.outcomes_lost) == ([], [], [], [])
        assert account.undocumented == []
        assert set(killed) == {"database", "worker"}
        platform.wait_ready(20)
        assert platform.failures() == []


def _replaced(platform: RunningPlatform, victim: int) -> bool:
    pids = platform.worker_pids()
    return victim not in pids and len(pids) == 2
