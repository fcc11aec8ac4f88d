"""The features of drivers as Feast reads them from its own store in Redis, in an environment that has Feast.

``.feast/bin/python -m bench.live.feast_reads`` reads a task as JSON on standard input and answers what it took as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from drivetrain.dispatch.features.adapters.feast_store import SERVICE, apply_definitions, materialize_online
from drivetrain.dispatch.features.domain.views import STATS_LAYOUT

_WARM_UP = 5


@dataclass(frozen=True, slots=True)
class Task:
    """What to read.

    Attributes:
        folder: with a Parquet file for each view.
        redis: where the store is, as Feast writes it.
        groups: drivers who are read together.
    """

    folder: str
    redis: str
    groups: list[list[str]]


@dataclass(frozen=True, slots=True)
class Read:
    """What came of it.

    Attributes:
        took_ms: of each group.
        written_s: what it took to write all drivers to the store.
        figures: of each driver of each group, in the order of ``STATS_LAYOUT``; None where one is missing.
    """

    took_ms: list[float] = field(default_factory=list)
    written_s: float = 0.0
    figures: list[list[list[float | None]]] = field(default_factory=list)


def read(task: Task) -> Read:
    """Fill the store, then read each group by the service of all views, as Feast's users do."""
    store = apply_definitions(Path(task.folder), task.redis)
    began = time.perf_counter()
    materialize_online(store, datetime.now(UTC))
    done = Read(written_s=time.perf_counter() - began)
    service = store.get_feature_service(SERVICE)
    for group in task.groups[:_WARM_UP]:
        _features(store, service, group)
    for group in task.groups:
        began = time.perf_counter()
        answer = _features(store, service, group)
        done.took_ms.append((time.perf_counter() - began) * 1e3)
        columns = [answer[name] for name in STATS_LAYOUT.names]
        done.figures.append([list(row) for row in zip(*columns, strict=True)])
    return done


def _features(store: Any, service: Any, drivers: list[str]) -> dict[str, list[Any]]:
    answer: dict[str, list[Any]] = store.get_online_features(
        service, [{"driver_id": driver} for driver in drivers]
    ).to_dict()
    return answer


def main() -> None:
    """Do the task on standard input; what Feast prints goes to standard error."""
    task = Task(**json.load(sys.stdin))
    with redirect_stdout(sys.stderr):
        done = read(task)
    json.dump(asdict(done), sys.stdout)


if __name__ == "__main__":
    main()
