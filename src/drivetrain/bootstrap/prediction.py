"""Answering a table from the command line: the same check, model, ledger and figures as over HTTP."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivetrain.adapters.console.files import given_file, writing
from drivetrain.adapters.console.output import CALLER
from drivetrain.adapters.postgres.batch_ledger import PostgresBatchDecisionLog
from drivetrain.adapters.tabular.answers import write_csv, write_xlsx
from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.limited import LimitedTableReader
from drivetrain.bootstrap.installation import Home, Stores, database, home_of, open_stores
from drivetrain.core.errors import InvalidInputError
from drivetrain.core.ids import new_id
from drivetrain.core.progress import Progress, Stage
from drivetrain.core.time import SystemClock
from drivetrain.lifecycle.kit.products import ModelSpec
from drivetrain.lifecycle.releasing.registry import NoChampionError
from drivetrain.lifecycle.serving.answering import AnswerRows
from drivetrain.lifecycle.serving.batches import (
    ENDINGS,
    JSON,
    CheckedUpload,
    Mode,
    TableWriters,
    refuse_broken,
)
from drivetrain.lifecycle.serving.predictions import ModelRef, Predictor, RequestContext
from drivetrain.products import model_named
from drivetrain.settings import Settings


@dataclass(frozen=True, slots=True)
class TableAnswered:
    """What became of a table."""

    rows: int
    failed: int
    model: ModelRef


def predict_file(
    settings: Settings, model: str, source: Path, target: Path, *, mode: Mode, progress: Progress
) -> TableAnswered:
    """Answer a table and write the answers; ``target`` appears whole, after the ledger has every decision.

    Args:
        source: CSV, XLSX or XLS.
        target: ``.csv``, ``.xlsx`` or ``.json``.

    Raises:
        InvalidInputError: the ending of ``target`` is not one of these, or the table breaks the contract.
        UnreadableInputError: ``source`` is not a table.
        ModelNotReadyError: nothing is released yet.
    """
    spec = model_named(model)
    media_type = _media_type(target)
    given_file(source)
    home = home_of(settings)
    with (
        tempfile.TemporaryDirectory(prefix="drivetrain-") as folder,
        progress.stage("read and check", total=1, unit="table") as stage,
    ):
        limits = ParseLimits(rows=settings.file_rows, wall_s=settings.parse_timeout_s)
        check_upload = LimitedTableReader(limits)
        rows = check_upload(source, spec.contract, Path(folder), with_original=media_type != JSON)
        refuse_broken(rows.total, rows.failed, mode, "The table")
        stage.advance()
        with database(settings, home) as url:
            stores = open_stores(url)
            predictor = _champion(spec, home, stores)
            decide = AnswerRows(spec.rule, predictor, PostgresBatchDecisionLog(url), SystemClock())
            context = RequestContext(CALLER, new_id(), time.perf_counter())
            with progress.stage("answer", total=rows.total, unit="rows") as answering:
                answers = _shown(decide(rows.chunks(), context), answering)
                _write(target, media_type, rows, answers, spec.rendering(), mode)
    return TableAnswered(rows.total, len(rows.failed), predictor.current().ref)


def _champion(spec: ModelSpec, home: Home, stores: Stores) -> Predictor[Any]:
    predictor: Predictor[Any] = Predictor(spec.name, spec.load)
    version = stores.catalog.champion(spec.name)
    if version is None:
        raise NoChampionError(spec.name)
    predictor.swap(home.open_version(version), ModelRef(spec.name, version.version))
    return predictor


def _write(
    target: Path,
    media_type: str,
    rows: CheckedUpload,
    answers: Generator[list[Any], None, None],
    rendering: Any,
    mode: Mode,
) -> None:
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        with writing(target):
            with closing(answers), unfinished.open("wb") as file:
                TableWriters(write_csv, write_xlsx).write(file, media_type, rows, answers, rendering, mode)
            unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _shown(answers: Generator[list[Any], None, None], stage: Stage) -> Generator[list[Any], None, None]:
    with closing(answers):
        for chunk in answers:
            stage.advance(len(chunk))
            yield chunk


def _media_type(target: Path) -> str:
    found: Sequence[str] = [kind for kind, ending in ENDINGS.items() if target.suffix.lower() == f".{ending}"]
    if not found:
        endings = ", ".join(f".{ending}" for ending in ENDINGS.values())
        raise InvalidInputError(f"{target.name} must end in one of {endings}.", code="output.unknown_kind")
    return found[0]
