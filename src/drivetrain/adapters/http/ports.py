"""What a serving process hands to every product for building its routes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from drivetrain.adapters.http.batches import A, Decide, Rendering
from drivetrain.adapters.http.metrics import PredictionMetrics
from drivetrain.adapters.http.tables import MOST_AT_ONCE, ParsedTable, TableAnswers, TableWriters
from drivetrain.core.time import Clock
from drivetrain.lifecycle.data.contracts import RowContract
from drivetrain.lifecycle.kit.jobs import JobStarter, TableShelf
from drivetrain.lifecycle.serving.predictions import BatchDecisionLog, DecisionLog, Predictor


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How much a body may hold: bytes of one decision, bytes of a list or an upload, rows of a list."""

    single_bytes: int
    batch_bytes: int
    list_rows: int


class ParseContractTable(Protocol):
    """Parses an uploaded table and checks it by any contract."""

    def __call__(
        self, upload: Path, contract: RowContract, into: Path, *, with_original: bool
    ) -> ParsedTable:
        """Parse ``upload``, keeping what is needed in the folder ``into``."""
        ...


class Watch(Protocol):
    """Tells when something that others may change has changed."""

    def __call__(self, subject: str, reload: Callable[[], None], /) -> None:
        """Have ``reload`` called at the start and within a second of every change of ``subject``, off the request path."""
        ...


@dataclass(frozen=True, slots=True)
class ServingPorts:
    """The ports of one serving process.

    Attributes:
        engine: the database, for a product's own tables. Typed loosely because HTTP knows no SQL library.
        uploads: folder in which uploaded tables wait for their job.
        slot_every_min: length of a slot of the scheduled scoring, minutes.
    """

    predictors: Mapping[str, Predictor[Any]]
    decisions: DecisionLog
    decision_batches: BatchDecisionLog
    clock: Clock
    metrics: PredictionMetrics
    limits: BodyLimits
    parse_table: ParseContractTable
    writers: TableWriters
    engine: Any
    tables_held: TableShelf
    jobs: JobStarter
    uploads: Path
    watch: Watch
    slot_every_min: int = 5
    table_places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_AT_ONCE))

    def tables(self, contract: RowContract, decide: Decide[A], rendering: Rendering[A]) -> TableAnswers[A]:
        """What answers a product's uploaded tables; all products share this process's places."""

        def parse(upload: Path, into: Path, *, with_original: bool) -> ParsedTable:
            return self.parse_table(upload, contract, into, with_original=with_original)

        return TableAnswers(
            parse, decide, rendering, self.writers, self.limits.batch_bytes, self.table_places
        )
