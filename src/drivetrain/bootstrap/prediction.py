"""Answering a table from the command line: the same check, model, ledger and figures as over HTTP."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivetrain.adapters.console.files import given_file, replacing
from drivetrain.adapters.console.output import CALLER
from drivetrain.adapters.postgres.batch_ledger import PostgresBatchDecisionLog
from drivetrain.adapters.tabular.answers import write_csv, write_xlsx
from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.limited import LimitedTableReader
from drivetrain.bootstrap.installation import database, home_of, open_stores
from drivetrain.core.ids import new_id
from drivetrain.core.progress import Progress
from drivetrain.core.time import SystemClock
from drivetrain.lifecycle.releasing.following import open_champion
from drivetrain.lifecycle.serving.answer_table import AnswerTable
from drivetrain.lifecycle.serving.answering import AnswerRows
from drivetrain.lifecycle.serving.batches import JSON, Mode, TableWriters, media_type_of, refuse_broken
from drivetrain.lifecycle.serving.predictions import ModelRef, RequestContext
from drivetrain.products import model_named
from drivetrain.settings import Settings


@dataclass(frozen=True, slots=True)
class TableAnswered:
    """What became of a table.

    Attributes:
        notes: what is to be said of the table as a whole, as ``CheckedUpload.notes``.
    """

    rows: int
    failed: int
    model: ModelRef
    notes: Mapping[str, Any]


def predict_file(
    settings: Settings,
    model: str,
    source: Path,
    target: Path,
    *,
    mode: Mode,
    progress: Progress,
    sheet: str | None = None,
) -> TableAnswered:
    """Answer a table and write the answers; ``target`` appears whole, after the ledger has every decision.

    Args:
        source: CSV, XLSX or XLS.
        target: ``.csv``, ``.xlsx`` or ``.json``.
        sheet: name of a spreadsheet's sheet; None to have it chosen.

    Raises:
        InvalidInputError: the ending of ``target`` is not one of these, or the table breaks the contract.
        UnreadableInputError: ``source`` is not a table.
        ModelNotReadyError: nothing is released yet.
    """
    spec, media_type = model_named(model), media_type_of(target.name)
    check_upload = LimitedTableReader(ParseLimits(rows=settings.file_rows, wall_s=settings.parse_timeout_s))
    given_file(source)
    home = home_of(settings)
    with tempfile.TemporaryDirectory(prefix="drivetrain-") as folder:
        with progress.stage("read and check", total=1, unit="table") as stage:
            rows = check_upload(
                source, spec.contract, Path(folder), with_original=media_type != JSON, sheet=sheet
            )
            refuse_broken(rows.total, rows.failed, mode, "The table")
            stage.advance()
        with database(settings, home) as url:
            predictor = open_champion(
                spec.name, spec.load, open_stores(settings, home, url).catalog, home.open_version
            )
            decide = AnswerRows(spec.rule, predictor, PostgresBatchDecisionLog(url), SystemClock())
            answer = AnswerTable(decide, spec.rendering(), TableWriters(write_csv, write_xlsx))
            context = RequestContext(CALLER, new_id(), time.perf_counter())
            with replacing(target) as file:
                answer(rows, file, media_type, context, mode, progress)
    return TableAnswered(rows.total, len(rows.failed), predictor.current().ref, rows.notes())
