"""The features of a hundred candidates: from the memory of a worker, and by Feast from its own store in Redis."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles

import numpy as np
from redis import Redis
from redis.exceptions import RedisError

from bench.dispatch import City, known_city
from bench.live.feast_reads import Read, Task
from bench.report import Figure, shown
from drivetrain.adapters.embedded.children import ChildKeeper
from drivetrain.adapters.embedded.redis import redis_socket
from drivetrain.dispatch.features.adapters.view_files import write_view
from drivetrain.dispatch.features.application.ports import ShownFeatures
from drivetrain.dispatch.features.application.read_as_known import Everybody
from drivetrain.dispatch.features.domain.views import (
    DRIVER_STATS,
    DRIVER_STATUS,
    STATS_LAYOUT,
    STATUS_LAYOUT,
    Records,
)

ROOT = Path(__file__).parents[2]
FEAST_PYTHON = ROOT / ".feast" / "bin" / "python"
CANDIDATES = 100

_REDIS_MIB = 512
_REDIS_WITHIN_S = 30.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def measure(*, drivers: int, reads: int) -> list[Figure]:
    """Read the same groups of candidates both ways.

    Args:
        drivers: who are known.
        reads: how many groups.
    """
    groups = _candidates(drivers, reads)
    names = [f"driver_{number}" for number in range(drivers)]
    records = _made_up(drivers)
    places = {name: place for place, name in enumerate(names)}
    ours = ShownFeatures(places, np.concatenate([records, STATS_LAYOUT.empty(1)]), 0, {})
    took_ms = [_own_read_ms(ours, group) for group in groups]
    figures = [
        shown("features of 100 candidates from the memory of a worker", took_ms, "ms", **_p95(took_ms))
    ]
    if not FEAST_PYTHON.exists():
        return [*figures, Figure("  by Feast from its own Redis", "skipped: make feast installs it")]
    with tempfile.TemporaryDirectory(prefix="drivetrain-bench-") as scratch:
        read = _by_feast(Path(scratch), names, records, groups)
    return [
        *figures,
        shown(
            f"  by Feast from its own Redis, {drivers:,} drivers", read.took_ms, "ms", **_p95(read.took_ms)
        ),
        shown("  longer than ours", [read.took_ms[n] / took_ms[n] for n in range(reads)], "x"),
        shown("  writing all drivers to that Redis by Feast", [read.written_s], "s"),
        shown("  features that differ", [_differences(ours, groups, read)], ""),
    ]


def _p95(took_ms: Sequence[float]) -> dict[str, float]:
    return {"p95": quantiles(took_ms, n=20)[-1]}


def _candidates(drivers: int, reads: int) -> list[list[str]]:
    """The nearest idle drivers of so many places."""
    city = City(seed=3)
    index = known_city(city, drivers).index
    found = [
        list(index.nearest(*place, most=CANDIDATES, radius_km=50.0, not_before_us=0).driver_ids)
        for place in city.places(reads)
    ]
    if any(len(group) < CANDIDATES for group in found):
        raise RuntimeError("the city has too few idle drivers")
    return found


def _made_up(drivers: int) -> Records:
    random = np.random.default_rng(5)
    records = STATS_LAYOUT.empty(drivers)
    records["accept_rate_7d"] = random.random(drivers)
    records["avg_response_ms"] = random.uniform(500, 20_000, drivers)
    records["trips_1h"] = random.integers(0, 5, drivers)
    return records


def _own_read_ms(ours: ShownFeatures, group: list[str]) -> float:
    began = time.perf_counter()
    STATS_LAYOUT.numbers(ours.of(group))
    return (time.perf_counter() - began) * 1e3


def _by_feast(scratch: Path, names: Sequence[str], records: Records, groups: list[list[str]]) -> Read:
    """Have Feast read them.

    Raises:
        RuntimeError: it failed.
    """
    as_of_us = (datetime.now(UTC) - _EPOCH) // timedelta(microseconds=1)
    statuses = STATUS_LAYOUT.empty(len(names))
    statuses["status"] = 0
    for view, layout, rows in (
        (DRIVER_STATS, STATS_LAYOUT, records),
        (DRIVER_STATUS, STATUS_LAYOUT, statuses),
    ):
        write_view(scratch / f"{view.name}.parquet", layout, [Everybody(as_of_us, names, rows)])
    with _redis(scratch) as address:
        done = subprocess.run(
            [FEAST_PYTHON, "-m", "bench.live.feast_reads"],
            input=json.dumps(asdict(Task(str(scratch), address, groups))),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"Feast failed: {done.stderr[-2_000:]}")
    return Read(**json.loads(done.stdout))


@contextmanager
def _redis(home: Path) -> Iterator[str]:
    """A server of its own, as Feast writes where it is."""
    environment = {
        **os.environ,
        "DRIVETRAIN_HOME": str(home),
        "DRIVETRAIN_REDIS_MEMORY_MIB": str(_REDIS_MIB),
    }
    socket = redis_socket(home / "redis")
    keeper = ChildKeeper(
        [sys.executable, "-m", "drivetrain.entrypoints.redis"], environment, lambda child_exit: None
    )
    keeper.check()
    try:
        _wait_for(socket)
        yield f"localhost:0,unix_socket_path={socket}"
    finally:
        keeper.stop(5.0)


def _wait_for(socket: Path) -> None:
    give_up_at = time.monotonic() + _REDIS_WITHIN_S
    while True:
        try:
            Redis(unix_socket_path=str(socket)).ping()
            return
        except RedisError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.05)


def _differences(ours: ShownFeatures, groups: list[list[str]], read: Read) -> int:
    """Figures that the two ways do not agree on, to the last bit of 32."""
    count = 0
    for group, rows in zip(groups, read.figures, strict=True):
        theirs = np.array(rows, dtype=np.float32)
        count += int((theirs != STATS_LAYOUT.numbers(ours.of(group)).astype(np.float32)).sum())
    return count
