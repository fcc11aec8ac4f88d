"""What stands in the database after a campaign, all of it at one instant, read by SQL of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Set
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg

from bench.campaign.oracle import Standing, Step
from bench.campaign.verdict import Dead, HeldDriver

_AT_ONCE = 20_000

_HISTORY = """
    SELECT step.request_id, step.version, step.state, step.driver_id, step.fence,
        (extract(epoch FROM step.at) * 1000000)::bigint
    FROM drivetrain.ride_steps AS step WHERE starts_with(step.request_id, %s)
    ORDER BY step.request_id, step.version
"""
_LOG = """
    SELECT convert_from(body, 'UTF8') FROM drivetrain.events
    WHERE topic = 'dispatch.requests' AND starts_with(key, %s)
"""
_REPORTS = """
    SELECT body FROM drivetrain.events
    WHERE topic = 'dispatch.drivers' AND starts_with(key, %s) AND NOT starts_with(key, %s)
"""
_RIDES = """
    SELECT request_id, state, version, driver_id, fence FROM drivetrain.rides WHERE starts_with(request_id, %s)
"""
_HELD = """
    SELECT hold.driver_id, hold.request_id, hold.fence, (extract(epoch FROM hold.until - now()) * 1000000)::bigint
    FROM drivetrain.driver_holds AS hold WHERE hold.until > now() AND starts_with(hold.request_id, %s)
"""
_DUE = """
    SELECT request_id FROM drivetrain.rides
    WHERE state = 'offered' AND expires_at <= now() AND starts_with(request_id, %s)
"""
_DECISIONS = "SELECT decision_id::text FROM drivetrain.decisions WHERE product = 'dispatch'"
_DEAD = "SELECT key, body FROM drivetrain.dead_events WHERE starts_with(key, %s)"


class DatabaseEvidence:
    """The port ``Evidence`` on one transaction that sees one instant.

    Args:
        run: begins the ids of the campaign; others are those of another one.
        poison: begins the keys of what a foreign writer put into the log.
    """

    def __init__(self, connection: psycopg.Connection[Any], *, run: str, poison: str) -> None:
        self._connection = connection
        self._run = f"{run}-"
        self._poison = poison
        self._cursors = 0

    def history(self) -> Iterator[Step]:
        """All steps, by request and version."""
        return (Step(*row) for row in self._rows(_HISTORY, self._run))

    def logged_steps(self) -> Iterator[tuple[str, int, str]]:
        """Request, version and state of the steps in the log."""
        for event in self._log():
            if event["kind"] != "requested":
                yield event["request_id"], event["version"], event["state"]

    def logged_requests(self) -> Iterator[str]:
        """Id of each request in the log."""
        return (event["request_id"] for event in self._log() if event["kind"] == "requested")

    def logged_reports(self) -> Iterator[tuple[str, int]]:
        """Driver and sequence of each update in the log."""
        for (body,) in self._rows(_REPORTS, self._run, self._poison):
            update = json.loads(bytes(body))
            yield update["driver_id"], update["sequence"]

    def rides(self) -> Iterator[tuple[str, Standing]]:
        """Where each request stands."""
        return ((row[0], Standing(*row[1:])) for row in self._rows(_RIDES, self._run))

    def held(self) -> Iterator[HeldDriver]:
        """Holds for the requests of the campaign whose time is not over."""
        return (HeldDriver(*row) for row in self._rows(_HELD, self._run))

    def due_offers(self) -> Set[str]:
        """Requests whose offer is over and was not ended yet."""
        return {row[0] for row in self._rows(_DUE, self._run)}

    def decision_ids(self) -> Iterator[str]:
        """Ids of the decisions of dispatch."""
        return (row[0] for row in self._rows(_DECISIONS))

    def dead(self) -> Iterator[Dead]:
        """Key and body of each event that was set aside."""
        return ((key, bytes(body)) for key, body in self._rows(_DEAD, self._run))

    def _log(self) -> Iterator[Any]:
        return (json.loads(text) for (text,) in self._rows(_LOG, self._run))

    def _rows(self, query: LiteralString, *values: str) -> Iterator[Any]:
        """The rows of a query, some at a time: a million matches leave more than is kept in memory."""
        self._cursors += 1
        with self._connection.cursor(name=f"evidence{self._cursors}") as cursor:
            cursor.itersize = _AT_ONCE
            yield from cursor.execute(query, values or None)


@contextmanager
def evidence_of(url: str, *, run: str, poison: str) -> Iterator[DatabaseEvidence]:
    """The database as it stands now, for as long as the block runs."""
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield DatabaseEvidence(connection, run=run, poison=poison)
