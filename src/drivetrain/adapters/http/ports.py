"""What a serving process hands to every product for building its routes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from drivetrain.adapters.http.metrics import PredictionMetrics
from drivetrain.adapters.http.tables import MOST_AT_ONCE, TableAnswers
from drivetrain.core.time import Clock
from drivetrain.lifecycle.data.contracts import RowContract
from drivetrain.lifecycle.kit.jobs import JobStarter, TableShelf
from drivetrain.lifecycle.serving.batches import A, CheckUpload, Decide, Rendering, TableWriters
from drivetrain.lifecycle.serving.predictions import BatchDecisionLog, DecisionLog, Predictor


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How much a body may hold: bytes of one decision, bytes of a list or an upload, rows of a list."""

    single_bytes: int
    batch_bytes: int
    list_rows: int


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
    """

    predictors: Mapping[str, Predictor[Any]]
    decisions: DecisionLog
    decision_batches: BatchDecisionLog
    clock: Clock
    metrics: PredictionMetrics
    limits: BodyLimits
    check_upload: CheckUpload
    writers: TableWriters
    engine: Any
    tables_held: TableShelf
    jobs: JobStarter
    watch: Watch
    table_concurrency: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_AT_ONCE))

    def tables(self, contract: RowContract, decide: Decide[A], rendering: Rendering[A]) -> TableAnswers[A]:
        """What answers a product's uploaded tables; all products share this process's limit."""
        return TableAnswers(
            contract,
            self.check_upload,
            decide,
            rendering,
            self.writers,
            self.limits.batch_bytes,
            self.table_concurrency,
        )
