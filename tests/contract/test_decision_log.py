"""What every decision ledger must do: the one for requests and the one for batches."""

from __future__ import annotations

import asyncio
import math
import struct
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

import pytest
from tests.support.fakes import MemoryBatchDecisionLog, MemoryDecisionLog, MemoryLedger
from tests.support.samples import DECIDED_AT, decision, decisions

from drivetrain.adapters.postgres.batch_ledger import PostgresBatchDecisionLog
from drivetrain.adapters.postgres.ledger import PostgresDecisionWriter
from drivetrain.adapters.postgres.ledger_reader import PostgresDecisionReader
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.lifecycle.serving.predictions import (
    BatchDecisionLog,
    Decision,
    DecisionReader,
    DecisionWriter,
    LoggedDecision,
    Outcome,
)

OUTCOME = Outcome("booked_price_eur_per_day", 112.5, DECIDED_AT + timedelta(days=2), "the booking system")
AWKWARD = [0.1, -0.0, 5e-324, 1.7976931348623157e308, math.inf, -math.inf, math.nan, 1e22, 0.1 + 0.2]


class DecisionLog(DecisionWriter, DecisionReader, Protocol):
    """Both ends of one ledger."""


def bits(numbers: tuple[float, ...]) -> bytes:
    return struct.pack(f"{len(numbers)}d", *numbers)


def as_logged(appended: Decision, **changed: object) -> LoggedDecision:
    expected = LoggedDecision(
        appended.decision_id,
        appended.decided_at,
        appended.product,
        appended.model,
        {"model_key": "Citroën", "mileage": 148300},
        tuple(appended.features),
        {"price_per_day": 118.4, "currency": "EUR"},
        appended.latency_us,
        appended.caller,
        appended.request_id,
    )
    return replace(expected, **changed)


class DecisionLogCases:
    """The suite; a subclass gives the fixture ``log``."""

    async def test_a_decision_comes_back_as_it_was(self, log: DecisionLog) -> None:
        appended = decision()
        await log.append(appended)
        assert await log.get(appended.decision_id) == as_logged(appended)

    async def test_features_come_back_bit_for_bit(self, log: DecisionLog) -> None:
        appended = decision(features=AWKWARD)
        await log.append(appended)
        assert bits((await log.get(appended.decision_id)).features) == bits(tuple(AWKWARD))

    async def test_a_decision_may_have_no_features(self, log: DecisionLog) -> None:
        appended = decision(features=())
        await log.append(appended)
        assert (await log.get(appended.decision_id)).features == ()

    async def test_many_at_once_all_come_back(self, log: DecisionLog) -> None:
        appended = [decision(request_id=f"req-{number}") for number in range(50)]
        await asyncio.gather(*map(log.append, appended))
        assert [(await log.get(one.decision_id)).request_id for one in appended] == [
            one.request_id for one in appended
        ]

    async def test_an_id_that_stands_is_not_overwritten(self, log: DecisionLog) -> None:
        first = decision(caller="first")
        await log.append(first)
        await log.append(replace(first, caller="second"))
        assert (await log.get(first.decision_id)).caller == "first"

    @pytest.mark.parametrize("unknown", ["0198c0de-0000-7000-8000-000000000000", "no uuid at all", ""])
    async def test_an_unknown_decision_is_not_found(self, log: DecisionLog, unknown: str) -> None:
        with pytest.raises(NotFoundError):
            await log.get(unknown)
        with pytest.raises(NotFoundError):
            await log.add_outcome(unknown, OUTCOME)

    async def test_outcomes_join_their_decision_oldest_first(self, log: DecisionLog) -> None:
        appended, other = decisions(2)
        await asyncio.gather(log.append(appended), log.append(other))
        earlier = replace(OUTCOME, name="was_shown", value=1.0, observed_at=DECIDED_AT)
        await log.add_outcome(appended.decision_id, OUTCOME)
        await log.add_outcome(appended.decision_id, earlier)
        assert (await log.get(appended.decision_id)).outcomes == (earlier, OUTCOME)
        assert (await log.get(other.decision_id)).outcomes == ()

    @pytest.mark.parametrize("value", [112.5, math.nan])
    async def test_the_same_outcome_again_changes_nothing(self, log: DecisionLog, value: float) -> None:
        appended, outcome = decision(), replace(OUTCOME, value=value)
        await log.append(appended)
        first = await log.add_outcome(appended.decision_id, outcome)
        later = replace(outcome, observed_at=outcome.observed_at + timedelta(days=1), recorded_by="other")
        second = await log.add_outcome(appended.decision_id, later)
        assert (first.is_new, second.is_new) == (True, False)
        for kept in (first.outcome, second.outcome, *(await log.get(appended.decision_id)).outcomes):
            assert (kept.observed_at, kept.recorded_by) == (OUTCOME.observed_at, OUTCOME.recorded_by)

    async def test_another_value_for_an_outcome_is_refused(self, log: DecisionLog) -> None:
        appended = decision()
        await log.append(appended)
        await log.add_outcome(appended.decision_id, OUTCOME)
        with pytest.raises(ConflictError):
            await log.add_outcome(appended.decision_id, replace(OUTCOME, value=112.0))
        assert (await log.get(appended.decision_id)).outcomes == (OUTCOME,)


class BatchDecisionLogCases:
    """The suite; a subclass gives ``batches`` and ``log``, which read and write the same ledger."""

    async def test_a_batch_is_in_the_ledger_when_its_block_ends(
        self, batches: BatchDecisionLog, log: DecisionLog
    ) -> None:
        written = decisions(1200)
        with batches.batch() as batch:
            batch.write(written[:700])
            batch.write(iter(written[700:]))
        for one in (written[0], written[699], written[700], written[-1]):
            assert await log.get(one.decision_id) == as_logged(one)

    async def test_features_come_back_bit_for_bit(self, batches: BatchDecisionLog, log: DecisionLog) -> None:
        written = decision(features=AWKWARD)
        with batches.batch() as batch:
            batch.write([written])
        assert bits((await log.get(written.decision_id)).features) == bits(tuple(AWKWARD))

    async def test_an_empty_batch_is_no_error(self, batches: BatchDecisionLog) -> None:
        with batches.batch() as batch:
            batch.write([])

    async def test_nothing_stays_of_a_batch_that_fails(
        self, batches: BatchDecisionLog, log: DecisionLog
    ) -> None:
        """The caller's own exception comes out unchanged, a vendor's or the system's included."""
        written = decisions(600)
        with pytest.raises(FileNotFoundError), batches.batch() as batch:
            batch.write(written)
            raise FileNotFoundError
        with pytest.raises(NotFoundError):
            await log.get(written[0].decision_id)

    async def test_a_batch_with_a_decision_that_stands_is_refused_whole(
        self, batches: BatchDecisionLog, log: DecisionLog
    ) -> None:
        standing, fresh = decisions(2)
        await log.append(standing)
        with pytest.raises(ConflictError), batches.batch() as batch:
            batch.write([fresh, standing])
        with pytest.raises(NotFoundError):
            await log.get(fresh.decision_id)

    async def test_a_decision_twice_in_a_batch_is_refused(self, batches: BatchDecisionLog) -> None:
        with pytest.raises(ConflictError), batches.batch() as batch:
            batch.write([decision()] * 2)


class TestMemoryDecisionLog(DecisionLogCases):
    @pytest.fixture
    def log(self) -> DecisionLog:
        return MemoryDecisionLog()


class TestMemoryBatchDecisionLog(BatchDecisionLogCases):
    @pytest.fixture
    def ledger(self) -> MemoryLedger:
        return MemoryLedger()

    @pytest.fixture
    def log(self, ledger: MemoryLedger) -> DecisionLog:
        return MemoryDecisionLog(ledger)

    @pytest.fixture
    def batches(self, ledger: MemoryLedger) -> BatchDecisionLog:
        return MemoryBatchDecisionLog(ledger)


class PostgresLog:
    """Writer and reader of one database, as the suite takes them."""

    def __init__(self, url: str) -> None:
        self.writer = PostgresDecisionWriter(url, queue_limit=100, timeout_s=10)
        self.reader = PostgresDecisionReader(url, timeout_s=10)
        self.append, self.get, self.add_outcome = self.writer.append, self.reader.get, self.reader.add_outcome


@pytest.fixture
async def postgres_log(migrated_url: str) -> AsyncIterator[PostgresLog]:
    log = PostgresLog(migrated_url)
    await log.writer.start()
    await log.reader.open()
    yield log
    await log.writer.close()
    await log.reader.close()


class TestPostgresDecisionLog(DecisionLogCases):
    @pytest.fixture
    def log(self, postgres_log: PostgresLog) -> DecisionLog:
        return postgres_log


class TestPostgresBatchDecisionLog(BatchDecisionLogCases):
    @pytest.fixture
    def log(self, postgres_log: PostgresLog) -> DecisionLog:
        return postgres_log

    @pytest.fixture
    def batches(self, migrated_url: str) -> BatchDecisionLog:
        return PostgresBatchDecisionLog(migrated_url)
