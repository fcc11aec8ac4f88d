"""``python -m bench.stock``: a dealer's table taken, taken again with changes, on a database of its own."""

from __future__ import annotations

import argparse
import csv
import json
import random
import resource
import tempfile
import time
from functools import partial
from pathlib import Path
from uuid import UUID

from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.adapters.postgres.database import open_engine, transaction
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.adapters.postgres.migrate import migrate
from drivetrain.core.progress import SilentProgress
from drivetrain.core.time import SystemClock
from drivetrain.market.listings.adapters.batches import PostgresListingBatches
from drivetrain.market.listings.application.change_listings import ChangeListings
from drivetrain.market.listings.domain.car import BODIES, COLORS, FUELS, GEARBOXES
from drivetrain.market.listings.domain.listing import Owner
from drivetrain.market.stock.adapters.quarantine import StockQuarantine
from drivetrain.market.stock.adapters.reading import StockTableReader
from drivetrain.market.stock.adapters.store import PostgresStock
from drivetrain.market.stock.application.keep_feeds import FeedRequest, KeepFeeds
from drivetrain.market.stock.application.take_feed import TakeFeed
from drivetrain.products import MIGRATIONS

HEADER = (
    *(
        "make",
        "model",
        "year",
        "distance",
        "distance_unit",
        "price",
        "currency",
        "fuel",
        "gearbox",
        "body",
        "color",
    ),
    *("doors", "seats", "equipment", "place", "country", "description", "vin", "reference"),
)
CHANGED, BROKEN, LEFT_OUT = 0.2, 0.01, 0.05
"""Shares of the rows: with another price in the second table, without a price, and not in the second table."""


def write_table(path: Path, rows: int, seed: int, *, is_second: bool) -> None:
    """Write a table of made-up cars, the same ones in both tables but for what changes."""
    draw = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(rows):
            price, fate = draw.randrange(500, 80_000), draw.random()
            car = (
                *(f"Make{draw.randrange(60)}", f"Model{draw.randrange(900)}", draw.randrange(1998, 2027)),
                *(draw.randrange(300_000), "km"),
                "" if fate > 1 - BROKEN else price + (is_second and fate < CHANGED),
                *(
                    "EUR",
                    draw.choice(FUELS),
                    draw.choice(GEARBOXES),
                    draw.choice(BODIES),
                    draw.choice(COLORS),
                ),
                *(draw.choice((3, 5)), 5, "navigation, heated_seats", f"Town{draw.randrange(500)}", "DE"),
                *("One owner, serviced.", f"VIN{number:014d}", f"R-{number}"),
            )
            if not (is_second and CHANGED <= fate < CHANGED + LEFT_OUT):
                writer.writerow(car)


def measure(rows: int, seed: int) -> dict[str, object]:
    """Seconds and counts of three tables: the first, one with changes, the same one again."""
    with tempfile.TemporaryDirectory(prefix="drivetrain-bench-") as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres")
        server.start()
        try:
            return _measure_on(server.url, Path(folder), rows, seed)
        finally:
            server.stop()


def _measure_on(url: str, folder: Path, rows: int, seed: int) -> dict[str, object]:
    migrate(url, *MIGRATIONS)
    engine, clock = open_engine(url, pool_size=2), SystemClock()
    store = PostgresStock(engine)
    change = ChangeListings(PostgresListingBatches(PostgresEventLog(engine)))
    take = TakeFeed(StockTableReader(), store, change, StockQuarantine(folder / "quarantine"), clock)
    keep, request = KeepFeeds(store, folder / "feeds", clock), FeedRequest(Owner(UUID(int=1)), "bench")
    figures: dict[str, object] = {"rows": rows}
    for name, is_second in (("first", False), ("changed", True), ("same", True)):
        write_table(folder / "table.csv", rows, seed, is_second=is_second)
        begin, cpu = time.monotonic(), time.process_time()
        feed = keep.take_now(
            folder / "table.csv", request, take, partial(transaction, engine), SilentProgress()
        )
        report = feed.report or {}
        figures[name] = {
            "s": round(time.monotonic() - begin, 2),
            "own_cpu_s": round(time.process_time() - cpu, 2),
            "state": feed.state,
            "refused": report.get("refused_rows"),
            "difference": report.get("difference"),
        }
    engine.dispose()
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {**figures, "peak_mib": round(peak_kib / 1024)}


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.rows, arguments.seed), indent=1))


if __name__ == "__main__":
    main()
