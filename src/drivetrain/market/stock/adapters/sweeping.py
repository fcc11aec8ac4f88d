"""Removing the files of feeds that nobody waits for any more."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from drivetrain.core.progress import Progress
from drivetrain.lifecycle.kit.tasks import Arguments, Result, TaskPorts
from drivetrain.market.stock.adapters.quarantine import StockQuarantine
from drivetrain.market.stock.adapters.store import PostgresStock
from drivetrain.market.stock.adapters.tasks import feed_folder

HELD_FOR = timedelta(days=7)
"""How long a feed may wait for its confirmation, or for a task that was given up."""

REFUSED_FOR = timedelta(days=90)
"""How long refused rows are kept."""

_ARRIVING_FOR = timedelta(days=1)
"""What is younger may be a file that arrives just now."""


def sweep_stock(ports: TaskPorts, _: Arguments, progress: Progress) -> Result:
    """End feeds that nobody confirmed, and remove files that no feed needs."""
    now = ports.installation.clock.now()
    store = PostgresStock(ports.database.engine)
    ended = store.end_overdue(now - HELD_FOR, now)
    kept = store.open_feeds()
    unused = list(_unused(feed_folder(ports.installation), kept, now - _ARRIVING_FOR))
    old = [
        file
        for file in StockQuarantine(ports.installation.quarantine).files()
        if _is_older(file, now - REFUSED_FOR)
    ]
    with progress.stage("remove", total=len(unused) + len(old), unit="files") as stage:
        for place in [*unused, *old]:
            _remove(place)
            stage.advance()
    return {"feeds": ended, "files": len(unused) + len(old)}


def _unused(folder: Path, kept: Collection[UUID], before: datetime) -> Iterator[Path]:
    names = {str(feed_id) for feed_id in kept}
    for place in sorted(folder.iterdir()) if folder.is_dir() else ():
        if place.name not in names and _is_older(place, before):
            yield place


def _is_older(place: Path, before: datetime) -> bool:
    return place.stat().st_mtime < before.timestamp()


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place, ignore_errors=True)
    else:
        place.unlink(missing_ok=True)
