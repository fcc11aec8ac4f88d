"""Looking decisions up: a page of ``GET /decisions`` over a million of them, in a PostgreSQL of its own."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from bench.report import Figure, at_most, shown
from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.adapters.postgres.database import open_engine, transaction
from drivetrain.adapters.postgres.ledger_search import PostgresDecisionSearch
from drivetrain.adapters.postgres.migrate import migrate
from drivetrain.lifecycle.serving.decision_search import DecisionFilter, SearchWindow
from drivetrain.products import MIGRATIONS

DECISIONS, QUICK_DECISIONS = 1_000_000, 50_000
MOST_MS = 100
PAGE = 51
SPAN = timedelta(days=30)
_LAST = datetime(2026, 5, 31, tzinfo=UTC)
_RARE_EVERY = 10_000

_FILL = text("""
    INSERT INTO drivetrain.decisions
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid,
           at, CASE WHEN n % 10 < 7 THEN 'rental' ELSE 'resale' END,
           CASE WHEN n % 10 < 7 THEN 'rental-price' ELSE 'resale-price' END,
           CASE WHEN n > :count / 2 THEN '2' ELSE '1' END,
           CASE WHEN n % :rare = 0 THEN 'seldom' ELSE 'shop ' || (n % 20) END, md5(n::text),
           json_build_object('model_key', 'Citroën', 'mileage', 140000 + n % 1000, 'engine_power', 100, 'fuel', 'diesel',
                             'paint_color', 'black', 'car_type', 'convertible', 'has_gps', true, 'winter_tires', true),
           array_fill((n % 100)::double precision, ARRAY[16]),
           json_build_object('price_per_day', 80 + n % 90, 'currency', 'EUR'), 900
    FROM (SELECT n, CAST(:last AS timestamptz) - :span * (1 - (n - 1)::double precision / :count) AS at
          FROM generate_series(1, :count) AS n) AS made
    ON CONFLICT DO NOTHING
""")


def measure(*, is_quick: bool) -> list[Figure]:
    """Fill a ledger, then ask for pages in turn."""
    count = QUICK_DECISIONS if is_quick else DECISIONS
    with tempfile.TemporaryDirectory(prefix="drivetrain-bench-") as folder:
        server = EmbeddedPostgres(Path(folder))
        server.start()
        try:
            return _figures(server.url, count, runs=20 if is_quick else 100)
        finally:
            server.stop()


def fill_ledger(url: str, count: int) -> None:
    """Bring a database to our tables, and write made-up decisions into its ledger."""
    migrate(url, *MIGRATIONS)
    engine = open_engine(url, pool_size=1)
    with transaction(engine) as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        values = {"count": count, "last": _LAST, "span": SPAN, "rare": _RARE_EVERY}
        connection.execute(_FILL, values)
    engine.dispose()


def _figures(url: str, count: int, runs: int) -> list[Figure]:
    engine = open_engine(url, pool_size=1)
    fill_ledger(url, count)
    with transaction(engine) as connection:
        # as autovacuum does within a minute of the blocks being full
        connection.execute(text("SELECT brin_summarize_new_values('drivetrain.decisions_by_block')"))
        connection.execute(text("ANALYZE drivetrain.decisions"))
    search = PostgresDecisionSearch(engine, timeout_s=30)
    month, day = SearchWindow(_LAST - SPAN, _LAST), SearchWindow(_LAST - timedelta(days=1), _LAST)
    first = SearchWindow(_LAST - SPAN, _LAST - SPAN + timedelta(days=1))
    subjects = {
        "the last day": DecisionFilter(day),
        "a month": DecisionFilter(month),
        "the first day of the month": DecisionFilter(first),
        "a month of a product": DecisionFilter(month, product="resale"),
        "a month of a model": DecisionFilter(month, model="rental-price"),
        "a month of the former version of a model": DecisionFilter(month, model="rental-price", version="1"),
        "a month of a caller": DecisionFilter(month, caller="shop 3"),
        "the last day of a caller with 1 of 10,000": DecisionFilter(day, caller="seldom"),
        "a month of a caller with 1 of 10,000": DecisionFilter(month, caller="seldom"),
    }
    figures = [
        at_most(f"page of {PAGE - 1}, {name}: p95", [_p95(search, wanted, runs)], MOST_MS, "ms")
        for name, wanted in subjects.items()
    ]
    engine.dispose()
    return [shown("decisions in the ledger", [count], ""), *figures]


def _p95(search: PostgresDecisionSearch, wanted: DecisionFilter, runs: int) -> float:
    """Milliseconds that 95 of 100 pages do not exceed, one after the other."""
    durations = [_page_ms(search, wanted) for _ in range(runs)]
    return sorted(durations)[round(0.95 * (len(durations) - 1))]


def _page_ms(search: PostgresDecisionSearch, wanted: DecisionFilter) -> float:
    began = time.perf_counter()
    rows: Sequence[object] = search.newest(wanted, before=None, most=PAGE)
    if not rows:
        raise AssertionError("the page is empty; the ledger was not filled")
    return (time.perf_counter() - began) * 1e3
