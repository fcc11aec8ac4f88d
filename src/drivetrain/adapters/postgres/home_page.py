"""What the platform itself has on the home page: releases that wait, failed tasks, decisions by day."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine, text

from drivetrain.adapters.postgres.database import transaction
from drivetrain.core.time import Clock
from drivetrain.lifecycle.kit.home import DailyFigure, HomePart, Matter

DAYS = 14
FAILED_WITHIN = timedelta(days=7)
BUDGET_S = 0.25
"""The longest one look counts; the days that are left are for the next one."""
SETTLED_AFTER = timedelta(minutes=15)
"""Decisions that waited on local disk come later than they were made; most do within this."""

# An approval counts until the champion's next line of history.
_APPROVALS = text("""
    SELECT model, version, count(DISTINCT actor) AS people, min(at) AS since FROM drivetrain.model_approvals AS approval
    WHERE after_release = coalesce(
        (SELECT max(id) FROM drivetrain.model_releases AS release
         WHERE release.model = approval.model AND release.alias = 'champion'), 0)
    GROUP BY model, version ORDER BY model, version
""")
_FAILED = text("""
    SELECT name, count(*) AS failures, min(finished_at) AS since FROM drivetrain.tasks
    WHERE state = 'failed' AND finished_at >= :since GROUP BY name ORDER BY name
""")
# From one model to the next along the index, then each counted in it alone: no row of the ledger is read.
_COUNTS = text("""
    WITH RECURSIVE names AS (
        (SELECT model, product FROM drivetrain.decisions ORDER BY model LIMIT 1)
        UNION ALL
        SELECT following.model, following.product FROM names CROSS JOIN LATERAL (
            SELECT model, product FROM drivetrain.decisions WHERE model > names.model ORDER BY model LIMIT 1
        ) AS following
    )
    SELECT product, sum((
        SELECT count(*) FROM drivetrain.decisions AS decision
        WHERE decision.model = names.model AND decision.decided_at >= :begin AND decision.decided_at < :end
    ))::bigint AS decisions
    FROM names GROUP BY product ORDER BY product
""")


def waiting_approvals(engine: Engine, needed: int) -> HomePart:
    """Promotions that more people have to approve.

    Args:
        needed: people who must approve one.
    """
    if needed == 1:
        return HomePart()
    with transaction(engine) as connection:
        rows = connection.execute(_APPROVALS).all()
    return HomePart(
        [
            Matter(
                "models.approval_needed",
                row.model,
                needed - row.people,
                f"Version {row.version} of {row.model} is approved by {row.people} of {needed}.",
                row.since,
            )
            for row in rows
            if row.people < needed
        ]
    )


def failed_tasks(engine: Engine, now: datetime) -> HomePart:
    """Tasks that were given up in the last days."""
    with transaction(engine) as connection:
        rows = connection.execute(_FAILED, {"since": now - FAILED_WITHIN}).all()
    return HomePart(
        [
            Matter(
                "tasks.failed", row.name, row.failures, f"Failed tasks {row.name}: {row.failures}.", row.since
            )
            for row in rows
        ]
    )


class DecisionsByDay:
    """Decisions of each product in the last days, counted beside the requests and remembered.

    A day that is over is counted once; the present one at each look.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._counts: Mapping[date, Mapping[str, int]] = {}
        self._settled: frozenset[date] = frozenset()

    def look(self) -> None:
        """Count the present day, and then those that are missing: one at least, more as long as the time for it lasts.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        now, give_up_at = self._clock.now(), time.monotonic() + BUDGET_S
        days = _last_days(now)
        counts = {day: self._counts[day] for day in days if day in self._counts}
        *former, today = days
        counts[today] = self._count(today)
        for day in reversed([day for day in former if day not in self._settled]):
            counts[day] = self._count(day)
            if now >= _end(day) + SETTLED_AFTER:
                self._settled |= {day}
            if time.monotonic() >= give_up_at:
                break
        self._settled &= frozenset(days)
        self._counts = counts

    def part(self) -> HomePart:
        """The figures as last counted; a day that was not counted yet is left out."""
        counts = self._counts
        products = sorted({product for day in counts.values() for product in day})
        return HomePart(
            figures=[
                DailyFigure(
                    "decisions.by_day",
                    product,
                    "decisions",
                    [(day, float(counts[day].get(product, 0))) for day in sorted(counts)],
                )
                for product in products
            ]
        )

    def _count(self, day: date) -> Mapping[str, int]:
        begin = _end(day) - timedelta(days=1)
        with transaction(self._engine) as connection:
            rows = connection.execute(_COUNTS, {"begin": begin, "end": _end(day)})
            return {row.product: row.decisions for row in rows}


def _last_days(now: datetime) -> list[date]:
    today = now.astimezone(UTC).date()
    return [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]


def _end(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
