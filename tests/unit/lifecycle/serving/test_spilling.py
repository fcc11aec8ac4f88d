"""Callers go on when the ledger is away, and everything acknowledged meanwhile reaches it afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.fakes import MemoryDecisionLog
from tests.support.samples import DECIDED_AT, decision, decisions

from drivetrain.adapters.disk.spool import DecisionSpool
from drivetrain.core.errors import InvalidInputError, NotFoundError, UnavailableError
from drivetrain.lifecycle.serving.predictions import Decision, Outcome
from drivetrain.lifecycle.serving.spilling import CatchingUpReader, SpillingWriter

AWAY = UnavailableError("The ledger is away.", code="ledger.unavailable")


class Ledger(MemoryDecisionLog):
    """In memory; can be away, hang, and refuse one decision."""

    def __init__(self) -> None:
        super().__init__()
        self.is_reachable = True
        self.hangs = False
        self.refuses: str | None = None
        self.appended = 0
        self.arrived = asyncio.Event()

    async def probe(self) -> bool:
        self.is_reachable = self.failure is None
        return self.is_reachable

    async def append(self, decision: Decision) -> None:
        self.appended += 1
        if self.hangs:
            await asyncio.Event().wait()
        if decision.decision_id == self.refuses:
            raise InvalidInputError("It cannot be held.", code="ledger.refused")
        await super().append(decision)
        self.arrived.set()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def log(ledger, folder) -> SpillingWriter:
    return SpillingWriter(ledger, DecisionSpool(folder))


@pytest.fixture
def reader(ledger, folder) -> CatchingUpReader:
    return CatchingUpReader(ledger, DecisionSpool(folder))


async def test_a_ledger_that_is_there_takes_everything_and_the_disk_nothing(log, ledger, folder):
    await log.append(decision())
    assert (len(ledger.ledger.decisions), log.spilled, folder.exists()) == (1, 0, False)


async def test_decisions_of_an_outage_are_in_the_ledger_afterwards_each_once(log, ledger, folder):
    written = decisions(450)  # more than are given back at once
    ledger.failure = AWAY
    await asyncio.gather(*(log.append(one) for one in written))
    assert (log.spilled, ledger.ledger.decisions) == (450, {})
    ledger.failure = None
    assert await log.drain() == 450
    assert ledger.ledger.decisions.keys() == {one.decision_id for one in written}
    assert list(folder.iterdir()) == []
    assert await log.drain() == 0


async def test_a_ledger_known_to_be_away_is_not_asked(log, ledger):
    ledger.is_reachable = False
    await log.append(decision())
    assert (ledger.appended, log.spilled) == (0, 1)


async def test_a_ledger_that_hangs_costs_the_caller_a_moment_only(ledger, folder):
    log = SpillingWriter(ledger, DecisionSpool(folder), patience_s=0.0)
    ledger.hangs = True
    await log.append(decision())
    assert log.spilled == 1


async def test_an_overloaded_ledger_is_not_one_that_is_away(log, ledger, folder):
    ledger.failure = UnavailableError("Too many wait.", code="ledger.full")
    with pytest.raises(UnavailableError):
        await log.append(decision())
    assert not folder.exists()


async def test_a_refused_decision_is_refused_and_not_spilled(log, ledger, folder):
    wrong = decision()
    ledger.refuses = wrong.decision_id
    with pytest.raises(InvalidInputError):
        await log.append(wrong)
    assert not folder.exists()


async def test_without_ledger_and_disk_nothing_is_acknowledged(log, ledger, folder):
    folder.write_text("in the way")
    ledger.failure = AWAY
    with pytest.raises(UnavailableError) as raised:
        await log.append(decision())
    assert (raised.value.code, log.spilled) == ("ledger.spool_failed", 0)


async def test_a_ledger_that_goes_away_in_the_middle_of_a_drain_loses_nothing(log, ledger):
    first, second = decisions(2)
    ledger.failure = AWAY
    await log.append(first)
    with pytest.raises(UnavailableError):
        await log.drain()
    await log.append(second)
    ledger.failure = None
    await log.drain()
    assert ledger.ledger.decisions.keys() == {first.decision_id, second.decision_id}


async def test_a_decision_that_the_ledger_refuses_holds_up_no_other_and_is_kept(log, ledger, folder):
    written = decisions(3)
    ledger.failure = AWAY
    for one in written:
        await log.append(one)
    ledger.failure, ledger.refuses = None, written[1].decision_id
    assert await log.drain() == 2
    assert ledger.ledger.decisions.keys() == {written[0].decision_id, written[2].decision_id}
    assert [path.suffix for path in folder.iterdir()] == [".refused"]
    assert await log.drain() == 0


async def test_what_waits_is_given_back_in_the_background_once_a_probe_succeeds(ledger, folder):
    log = SpillingWriter(ledger, DecisionSpool(folder), drain_interval_s=0.001)
    ledger.failure, ledger.is_reachable = AWAY, False
    one = decision()
    await log.append(one)
    log.start()
    ledger.failure = None
    async with asyncio.timeout(5):
        await ledger.arrived.wait()
    await log.close()
    assert ledger.is_reachable and one.decision_id in ledger.ledger.decisions


async def test_reading_and_outcomes_go_to_the_ledger(log, reader):
    one = decision()
    await log.append(one)
    assert (await reader.get(one.decision_id)).decision_id == one.decision_id


async def test_what_may_still_wait_on_disk_is_not_called_missing(log, ledger, reader):
    """A client that is told 404 would throw its outcome away."""
    waiting = decision()
    ledger.failure = AWAY
    await log.append(waiting)
    ledger.failure = None
    outcome = Outcome("booked", 1.0, DECIDED_AT, "a client")
    for ask in (
        lambda: reader.get(waiting.decision_id),
        lambda: reader.add_outcome(waiting.decision_id, outcome),
    ):
        with pytest.raises(UnavailableError) as raised:
            await ask()
        assert raised.value.code == "ledger.catching_up"
    await log.drain()
    await reader.add_outcome(waiting.decision_id, outcome)
    with pytest.raises(NotFoundError):
        await reader.get(decision().decision_id)


async def test_a_spool_that_cannot_be_read_now_does_not_end_the_giving_back(ledger, folder):
    class Unreadable(DecisionSpool):
        failures = iter([OSError(5, "Input/output error"), PermissionError(13, "Permission denied")])

        def read(self, path: Path) -> Iterator[Decision]:
            for failure in self.failures:
                raise failure
            return super().read(path)

    log = SpillingWriter(ledger, Unreadable(folder), drain_interval_s=0.001)
    ledger.failure = AWAY
    one = decision()
    await log.append(one)
    ledger.failure = None
    log.start()
    async with asyncio.timeout(5):
        await ledger.arrived.wait()
    await log.close()
    assert one.decision_id in ledger.ledger.decisions
