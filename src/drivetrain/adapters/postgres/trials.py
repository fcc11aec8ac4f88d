"""Shadow answers and the evidence of a trial in PostgreSQL. Blocking: used off the request path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text

from drivetrain.adapters.postgres.database import transaction
from drivetrain.lifecycle.releasing.comparison import Pair
from drivetrain.lifecycle.releasing.trial_store import Evidence, ShadowAnswer

_CHUNK_ROWS = 2_000

# Only for decisions that are in the ledger: the shadow is offered them after they are durable, but a
# decision of a local spool may come later.
_ADD = text("""
    INSERT INTO drivetrain.shadow_answers (decision_id, model, version, answer, latency_us, answered_at)
    SELECT CAST(:decision_id AS uuid), :model, :version, CAST(:answer AS json), :latency_us, :answered_at
    WHERE EXISTS (SELECT FROM drivetrain.decisions WHERE decision_id = CAST(:decision_id AS uuid))
    ON CONFLICT DO NOTHING
""")

# Oriented from champion to challenger, whichever of the two answered the client.
_PAIRS = text("""
    SELECT d.decision_id, d.caller, d.version, d.input::text AS input, d.answer::text AS answer, s.answer::text AS shadow
    FROM drivetrain.shadow_answers s JOIN drivetrain.decisions d USING (decision_id)
    WHERE s.model = :model AND s.answer IS NOT NULL
      AND ((s.version = :challenger AND d.version = :champion) OR (s.version = :champion AND d.version = :challenger))
    ORDER BY s.answered_at DESC LIMIT :most
""")

# The newest answers only: a trial may last for weeks, and this is asked every few seconds. A shadow answers
# nobody, so the ledger, which may hold millions of the champion's answers since then, is not searched for it.
_ANSWERS = text("""
    SELECT count(*) AS answers, count(*) FILTER (WHERE answer IS NULL) AS failures,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_us) AS p95_us
    FROM (
        (SELECT answer, latency_us FROM drivetrain.shadow_answers
         WHERE model = :model AND version = :version AND answered_at >= :since ORDER BY answered_at DESC LIMIT :most)
        UNION ALL
        (SELECT answer, latency_us FROM drivetrain.decisions
         WHERE :is_canary AND model = :model AND version = :version AND decided_at >= :since
         ORDER BY decided_at DESC LIMIT :most)
    ) AS own
""")

# Outcomes come hours later, so they are looked for by themselves: those of decisions since the trial began.
# Ids carry the time, which makes that a range of the primary key.
_OUTCOMES = text("""
    SELECT count(answer #>> '{range,low}') AS outcomes, count(*) FILTER (
        WHERE value BETWEEN (answer #>> '{range,low}')::float8 AND (answer #>> '{range,high}')::float8
    ) AS covered
    FROM (
        SELECT o.value, CASE WHEN d.version = :version THEN d.answer ELSE s.answer END AS answer
        FROM drivetrain.outcomes o JOIN drivetrain.decisions d USING (decision_id)
        LEFT JOIN drivetrain.shadow_answers s ON s.decision_id = o.decision_id AND s.version = :version
        WHERE o.decision_id >= :first_id AND o.name = :outcome AND d.model = :model AND d.decided_at >= :since
          AND (d.version = :version OR s.answer IS NOT NULL)
        ORDER BY o.decision_id DESC LIMIT :most
    ) AS known
""")

_NEWEST = 10_000


class PostgresTrialStore:
    """The port ``TrialStore``. Every method raises UnavailableError without the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, answers: Sequence[ShadowAnswer]) -> None:
        """Store shadow answers; one that stands already changes nothing, one without its decision is dropped."""
        if not answers:
            return
        rows = [
            {
                "decision_id": answer.decision_id,
                "model": answer.model,
                "version": answer.version,
                "answer": None if answer.answer_json is None else answer.answer_json.decode(),
                "latency_us": answer.latency_us,
                "answered_at": answer.answered_at,
            }
            for answer in answers
        ]
        with transaction(self._engine) as connection:
            connection.execute(_ADD, rows)

    def pairs(self, model: str, champion: str, challenger: str, *, most: int) -> Iterator[Sequence[Pair]]:
        """Requests that both versions answered, newest first, in chunks."""
        values = {"model": model, "champion": champion, "challenger": challenger, "most": most}
        with transaction(self._engine) as connection:
            streamed = connection.execution_options(yield_per=_CHUNK_ROWS).execute(_PAIRS, values)
            for chunk in streamed.partitions():
                yield [_pair(row, champion) for row in chunk]

    def evidence(
        self, model: str, version: str, *, since: datetime, outcome: str, is_canary: bool
    ) -> Evidence:
        """What is known of a version since its trial began, by its newest answers and outcomes."""
        values = {"model": model, "version": version, "since": since, "most": _NEWEST}
        first_id = UUID(int=int(since.timestamp() * 1000) << 80)
        with transaction(self._engine) as connection:
            answers = connection.execute(_ANSWERS, {**values, "is_canary": is_canary}).one()._mapping
            outcomes = (
                connection.execute(_OUTCOMES, {**values, "outcome": outcome, "first_id": first_id})
                .one()
                ._mapping
            )
        return Evidence(**answers, **outcomes)


def _pair(row: Any, champion: str) -> Pair:
    own, shadow = row.answer.encode(), row.shadow.encode()
    first, second = (own, shadow) if row.version == champion else (shadow, own)
    return Pair(str(row.decision_id), row.caller, champion, row.input.encode(), first, second)
