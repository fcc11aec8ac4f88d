"""Answering a whole table: decided in chunks, recorded, and written with the answers beside its cells."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import IO, Generic

from drivetrain.core.progress import Progress, Stage
from drivetrain.lifecycle.serving.batches import A, CheckedUpload, Decide, Mode, Rendering, TableWriters
from drivetrain.lifecycle.serving.predictions import RequestContext


@dataclass(frozen=True, slots=True)
class AnswerTable(Generic[A]):
    """Answers the checked rows of a table and writes it.

    Raises:
        ModelNotReadyError: no version is served yet.
        UnavailableError: the decisions could not be made durable.
    """

    decide: Decide[A]
    rendering: Rendering[A]
    writers: TableWriters

    def __call__(
        self,
        rows: CheckedUpload,
        file: IO[bytes],
        media_type: str,
        context: RequestContext,
        mode: Mode,
        progress: Progress,
    ) -> None:
        """Write the answered table to ``file``; the ledger has every decision when this returns."""
        with progress.stage("answer", total=rows.total, unit="rows") as stage:
            answers = _counted(self.decide(rows.chunks(), context), stage)
            with closing(answers):
                self.writers.write(file, media_type, rows, answers, self.rendering, mode)


def _counted(answers: Generator[list[A], None, None], stage: Stage) -> Generator[list[A], None, None]:
    with closing(answers):
        for chunk in answers:
            stage.advance(len(chunk))
            yield chunk
