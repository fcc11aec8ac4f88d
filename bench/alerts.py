"""``python -m bench.alerts``: changed listings matched with many saved searches, on a database of its own.

``--kills N`` ends the process that matches N times by SIGKILL in the middle, and holds alerts and messages against what the
index of search finds by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import numpy as np
from sqlalchemy import Engine, insert, text

from bench.market import made_up, percentiles
from drivetrain.accounts.notifications.adapters.directory import PeopleDirectory
from drivetrain.accounts.notifications.adapters.outbox import PostgresOutbox
from drivetrain.accounts.product import CARD as ACCOUNTS
from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.adapters.postgres.database import open_engine, transaction
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.adapters.postgres.migrate import migrate
from drivetrain.bootstrap.tasks import known_tasks, task_queue
from drivetrain.core.ids import new_ids
from drivetrain.core.time import SystemClock
from drivetrain.market.alerts.adapters.matching import AlertLoop
from drivetrain.market.alerts.adapters.tables import saved_searches
from drivetrain.market.alerts.domain.saved_search import Notice
from drivetrain.market.listings.adapters.batches import PostgresListingBatches
from drivetrain.market.listings.adapters.store import PostgresListings
from drivetrain.market.listings.application.change_listings import ChangeListings, ListingChanges
from drivetrain.market.listings.domain.car import BODIES, FUELS, Car, Distance, DistanceUnit, Place
from drivetrain.market.listings.domain.listing import Listing, ListingState, Owner
from drivetrain.market.listings.domain.money import Money
from drivetrain.market.search.adapters.parameters import address_of
from drivetrain.market.search.domain.columns import ListedCar
from drivetrain.market.search.domain.index import SearchIndex
from drivetrain.market.search.domain.query import Circle, Range, SearchQuery
from drivetrain.market.search.domain.rates import RateTable
from drivetrain.products import MIGRATIONS

RATES = RateTable(None, {"EUR": 1.0, "GBP": 0.85, "AUD": 1.6})
OWNER = Owner(UUID(int=1))
SEARCHES_OF_A_PERSON = 5
VERIFIED = 2_000
"""Searches whose alerts are held against the index of search; all of them where there are no more."""

_START = datetime(2026, 1, 1, tzinfo=UTC)
_AT_ONCE = 5_000
_WITHIN_S = 300.0
_PEOPLE = text("""
    INSERT INTO drivetrain.people (person_id, email, email_key, name, language, time_zone, created_at, created_by)
    SELECT person, person || '@example.com', person || '@example.com', 'Buyer', 'en', 'UTC', now(), 'bench'
    FROM unnest(CAST(:people AS uuid[])) AS person
""")
_COUNTS = {
    "alerts": "SELECT count(*) FROM drivetrain.alerts",
    "waiting": "SELECT count(*) FROM drivetrain.alerts WHERE told_at IS NULL",
    "twice": "SELECT count(*) - count(DISTINCT (search_id, listing_id, kind, revision)) FROM drivetrain.alerts",
    "messages_due": "SELECT count(DISTINCT (person_id, told_at)) FROM drivetrain.alerts WHERE told_at IS NOT NULL",
    "mails": "SELECT count(*) FROM drivetrain.mails",
    "notifications": "SELECT count(*) FROM drivetrain.notifications",
    "unread_events": "SELECT coalesce(sum(head.next - coalesce(mine.next, 0)), 0) FROM drivetrain.event_heads AS head "
    "LEFT JOIN drivetrain.alert_offsets AS mine USING (part) WHERE head.topic = 'market.listings'",
}


def wanted(draw: random.Random) -> SearchQuery:
    """A search as people keep them: mostly a make, a model and a highest price."""
    make = min(59, int(draw.expovariate(0.1)))
    words: dict[str, frozenset[str]] = {}
    if draw.random() < 0.8:
        words["make"] = frozenset({f"Make{make}"})
        if draw.random() < 0.6:
            words["model"] = frozenset({f"Model{make}{chr(ord('a') + draw.randrange(15))}"})
    if draw.random() < 0.4:
        words["fuel"] = frozenset(draw.sample(FUELS, 2))
    if draw.random() < 0.2:
        words["body"] = frozenset(draw.sample(BODIES, 2))
    ranges = {"price": Range(None, float(draw.randrange(3_000, 60_000)))}
    if draw.random() < 0.4:
        ranges["year"] = Range(float(draw.randrange(2005, 2022)), None)
    if draw.random() < 0.3:
        ranges["odometer_km"] = Range(None, float(draw.randrange(50_000, 200_000)))
    circle = Circle(draw.uniform(50, 58), draw.uniform(-5, 2), 100.0) if draw.random() < 0.2 else None
    return SearchQuery(words, ranges, frozenset(), circle, draw.choice(("EUR", "GBP")))


@dataclass
class Bench:
    """A market of made-up cars and people who keep searches."""

    engine: Engine
    queries: Mapping[UUID, SearchQuery]
    listings: dict[UUID, Listing]

    @classmethod
    def made(cls, engine: Engine, searches: int, listings: int, seed: int) -> Bench:
        """Fill an empty database."""
        draw = random.Random(seed)
        people = list(map(UUID, new_ids(max(1, searches // SEARCHES_OF_A_PERSON))))
        queries = {UUID(each): wanted(draw) for each in new_ids(searches)}
        with transaction(engine) as connection:
            connection.execute(_PEOPLE, {"people": people})
            rows = [
                _search_row(search_id, query, people[number % len(people)])
                for number, (search_id, query) in enumerate(queries.items())
            ]
            for start in range(0, len(rows), _AT_ONCE):
                connection.execute(insert(saved_searches), rows[start : start + _AT_ONCE])
        cars = {each.listing_id: each for each in map(_listing, made_up(listings, seed + 1))}
        PostgresListings(engine, PostgresEventLog(engine)).add(list(cars.values()))
        return cls(engine, queries, cars)

    def cut_prices(self, ids: Sequence[UUID]) -> None:
        """Ask a tenth less for some cars, all in one transaction."""
        cheaper = {
            each: Money(
                round(self.listings[each].price.amount_minor * 0.9), self.listings[each].price.currency
            )
            for each in ids
        }
        edited = {each: (self.listings[each].car, price) for each, price in cheaper.items()}
        change = ChangeListings(PostgresListingBatches(PostgresEventLog(self.engine)))
        with transaction(self.engine) as connection:
            at = SystemClock().now()
            changed = change(connection, OWNER, ListingChanges(edited=edited), at=at, by="bench")
            change.announce(connection, changed)
        self.listings.update(
            {each: replace(self.listings[each], price=price) for each, price in cheaper.items()}
        )

    def counts(self) -> dict[str, int]:
        """How many of what there are."""
        with self.engine.connect() as connection:
            return {name: int(connection.scalar(text(query)) or 0) for name, query in _COUNTS.items()}

    def wrong_alerts(self, before: Sequence[Listing]) -> int:
        """Alerts of ``VERIFIED`` searches that are missing or too many, where each of these listings was changed once."""
        after = [self.listings[each.listing_id] for each in before]
        indexes = [SearchIndex.of(list(map(ListedCar.of, each)), RATES) for each in (before, after)]
        ids = np.array([each.decode() for each in indexes[0].columns.ids])
        expected = set()
        verified = list(self.queries)[:VERIFIED]
        for search_id in verified:
            matched, matches = (index.matching(self.queries[search_id]) for index in indexes)
            expected |= {(search_id, UUID(each), Notice.NEW_MATCH.value) for each in ids[matches & ~matched]}
            expected |= {(search_id, UUID(each), Notice.PRICE_DROP.value) for each in ids[matches & matched]}
        query = text(
            "SELECT search_id, listing_id, kind FROM drivetrain.alerts WHERE search_id = ANY(CAST(:searches AS uuid[]))"
        )
        with self.engine.connect() as connection:
            found = {tuple(row) for row in connection.execute(query, {"searches": verified})}
        return len(found ^ expected)


def _search_row(search_id: UUID, query: SearchQuery, person: UUID) -> dict[str, object]:
    return {
        "search_id": search_id,
        "person_id": person,
        "name": "Car",
        "filters": address_of(query),
        "notices": [each.value for each in Notice],
        "frequency": "instant",
        "created_at": _START,
        "changed_at": _START,
    }


def _listing(car: ListedCar) -> Listing:
    place = Place(car.place, "GB", car.latitude, car.longitude)
    described = Car(
        *(car.make, car.model, car.year, Distance(round(car.odometer_km), DistanceUnit.KM)),
        **{
            name: getattr(car, name)
            for name in ("fuel", "gearbox", "body", "color", "power_kw", "doors", "owners")
        },
        equipment=car.equipment,
        place=place,
    )
    price = Money.of(car.price, car.currency)
    return Listing(
        *(
            UUID(car.listing_id),
            OWNER,
            described,
            price,
            ListingState.LIVE,
            1,
            _START,
            _START,
            "bench",
            _START,
        )
    )


def open_loop(engine: Engine) -> AlertLoop:
    """The loop as the task worker runs it."""
    clock, queue = SystemClock(), task_queue(known_tasks(ACCOUNTS.tasks))
    return AlertLoop(engine, RATES, PostgresOutbox(queue, PeopleDirectory(), clock), clock)


def run_loop(url: str) -> None:
    """Match and tell until killed."""
    loop = open_loop(open_engine(url, pool_size=3))
    while True:
        if not loop.look():
            time.sleep(0.05)


def measure(bench: Bench, changes: int) -> dict[str, object]:
    """Single changes, then many at once, each until everybody was told."""
    loop = open_loop(bench.engine)
    begin = time.monotonic()
    while loop.look():
        pass
    figures: dict[str, object] = {"start_s": round(time.monotonic() - begin, 2)}
    ids = sorted(bench.listings)
    singles, many = ids[:100], ids[100 : 100 + changes]
    before = [bench.listings[each] for each in [*singles, *many]]
    times_s = []
    for each in singles:
        bench.cut_prices([each])
        times_s.append(_told_after_s(loop))
    figures["one_change_s"] = percentiles(times_s)
    former = bench.counts()
    bench.cut_prices(many)
    cpu = time.process_time()
    figures["changes_at_once"] = {
        "listings": len(many),
        "s": round(_told_after_s(loop), 2),
        "own_cpu_s": round(time.process_time() - cpu, 2),
        "alerts": bench.counts()["alerts"] - former["alerts"],
        "people": bench.counts()["mails"] - former["mails"],
    }
    return {**figures, **bench.counts(), "wrong_alerts": bench.wrong_alerts(before)}


def _told_after_s(loop: AlertLoop) -> float:
    begin = time.monotonic()
    while loop.look():
        pass
    return time.monotonic() - begin


def kill_again_and_again(bench: Bench, url: str, changes: int, kills: int, seed: int) -> dict[str, object]:
    """Change listings while the process that matches them is killed; what is there when one could end."""
    draw, ids = random.Random(seed), sorted(bench.listings)
    pieces = [list(each) for each in np.array_split(np.array(ids[:changes], dtype=object), kills + 1)]
    before = [bench.listings[each] for piece in pieces for each in piece]
    with _child(url):
        _wait(lambda: bench.counts()["unread_events"] == 0)  # what is on sale is seen
    for piece in pieces[:kills]:
        with _child(url) as child:
            bench.cut_prices(piece)
            time.sleep(draw.uniform(0.2, 2.5))
            child.kill()
    with _child(url):
        bench.cut_prices(pieces[-1])
        _wait(lambda: not (bench.counts()["unread_events"] or bench.counts()["waiting"]))
    return {"kills": kills, **bench.counts(), "wrong_alerts": bench.wrong_alerts(before)}


@contextmanager
def _child(url: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen([sys.executable, "-m", "bench.alerts", "--loop", url], env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _wait(is_over: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + _WITHIN_S
    while not is_over():
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"not over after {_WITHIN_S:.0f} s")
        time.sleep(0.1)


@contextmanager
def on_a_database() -> Iterator[tuple[str, Engine]]:
    """A migrated database in the temporary folder."""
    with tempfile.TemporaryDirectory(prefix="drivetrain-bench-") as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres")
        server.start()
        engine = open_engine(server.url, pool_size=3)
        try:
            migrate(server.url, *MIGRATIONS)
            yield server.url, engine
        finally:
            engine.dispose()
            server.stop()


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--searches", type=int, default=100_000)
    parser.add_argument("--listings", type=int, default=5_000)
    parser.add_argument("--changes", type=int, default=500)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--loop", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.loop:
        run_loop(arguments.loop)
    with on_a_database() as (url, engine):
        bench = Bench.made(engine, arguments.searches, arguments.listings, arguments.seed)
        figures = (
            kill_again_and_again(bench, url, arguments.changes, arguments.kills, arguments.seed)
            if arguments.kills
            else measure(bench, arguments.changes)
        )
    print(json.dumps({"searches": arguments.searches, **figures}, indent=1))


if __name__ == "__main__":
    main()
