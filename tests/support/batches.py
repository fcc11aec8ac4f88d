"""Batches of listings that are answered with their mileage, and a ledger that notes every step."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.fakes import MemoryBatchDecisionLog
from tests.support.listings import listing
from tests.support.samples import decisions

from drivetrain.core.errors import UnavailableError
from drivetrain.lifecycle.serving.batches import Rendering
from drivetrain.lifecycle.serving.predictions import ModelRef

MODEL = ModelRef("rental-price", "3")
BROKEN = listing(mileage=-1)


@dataclass(frozen=True)
class Echo:
    """Answers a row with its mileage."""

    mileage: int
    model: ModelRef = MODEL


RENDERING: Rendering[Echo] = Rendering(
    lambda answer, warnings: json.dumps(
        {"mileage": answer.mileage, "warnings": [warning.code for warning in warnings]}
    ).encode(),
    ("answer",),
    lambda answer, warnings: [answer.mileage],
)


class Ledger:
    """Decides rows inside a batch of the ledger; every step is noted in ``steps``."""

    def __init__(self, fails_in_chunk: int | None = None) -> None:
        self.log = MemoryBatchDecisionLog()
        self.steps: list[str] = []
        self.fails_in_chunk = fails_in_chunk

    def decide(self, chunks: Iterable[Sequence[bytes]]) -> Generator[list[Echo], None, None]:
        try:
            with self.log.batch() as batch:
                for number, lines in enumerate(chunks):
                    if number == self.fails_in_chunk:
                        raise UnavailableError("The ledger is away.")
                    batch.write(decisions(len(lines)))
                    self.steps.append("decided")
                    yield [Echo(json.loads(line)["mileage"]) for line in lines]
        except BaseException:
            self.steps.append("rolled back")
            raise
        self.steps.append("durable")

    @property
    def recorded(self) -> int:
        return len(self.log.ledger.decisions)


def rows(*mileages: int | None) -> list[dict[str, Any]]:
    """Listings with these mileages; None stands for a broken one."""
    return [BROKEN if mileage is None else listing(mileage=mileage) for mileage in mileages]
