"""A model with three versions, the first of which is champion, and evidence of a trial from memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.support.fakes import FixedClock, MemoryModelCatalog

from drivetrain.lifecycle.data.contracts import Contract
from drivetrain.lifecycle.releasing.comparison import Pair
from drivetrain.lifecycle.releasing.registry import Alias, ModelVersion, ReleaseRequest
from drivetrain.lifecycle.releasing.trial_store import Evidence
from drivetrain.rental.price.model.contract import RENTAL_PRICE

MODEL = "toy"

SOUND = Evidence(answers=100, failures=0, p95_us=900.0, outcomes=0, covered=0)


@dataclass(frozen=True)
class Toy:
    """A model that is compared by its price."""

    contract: Contract = RENTAL_PRICE
    value_field: str = "price"
    outcome: str = "booked"


class TrialEvidence:
    """The same evidence for every question, which is kept."""

    def __init__(self, evidence: Evidence, pairs: Sequence[Pair] = ()) -> None:
        self._evidence, self._pairs = evidence, pairs
        self.questions: list[tuple] = []

    def add(self, answers: Sequence) -> None:
        raise AssertionError("a report stores nothing")

    def pairs(self, model: str, champion: str, challenger: str, *, most: int) -> Iterator[Sequence[Pair]]:
        self.questions.append((model, champion, challenger))
        yield self._pairs

    def evidence(self, model: str, version: str, *, since, outcome: str, is_canary: bool) -> Evidence:
        self.questions.append((model, version, since, outcome, is_canary))
        return self._evidence


def catalog_of_three(clock: FixedClock) -> MemoryModelCatalog:
    catalog = MemoryModelCatalog(clock)
    for number in ("1", "2", "3"):
        catalog.add_version(ModelVersion(MODEL, number, clock.now(), "m", "0" * 64, {}, {}, {}, True, "run"))
    promote(catalog, "1")
    return catalog


def promote(catalog: MemoryModelCatalog, version: str) -> None:
    catalog.release(
        ReleaseRequest(MODEL, Alias.CHAMPION, version, action="promote", actor="ann", reason="better")
    )


def load(catalog: MemoryModelCatalog, version: str, share: float = 0.0) -> None:
    catalog.release(
        ReleaseRequest(
            MODEL, Alias.CHALLENGER, version, action="load", actor="ann", reason="a try", share=share
        )
    )
