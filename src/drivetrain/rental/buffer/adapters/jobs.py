"""The jobs of rental, each in a process of its own: analyses of tables of rentals."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.quarantine import write_quarantine
from drivetrain.core.errors import DrivetrainError, FieldError
from drivetrain.core.ids import new_id
from drivetrain.lifecycle.data.column_mapping import UNMAPPED, ColumnMapping
from drivetrain.lifecycle.kit.jobs import JobPorts
from drivetrain.rental.buffer.adapters.rental_files import read_rentals
from drivetrain.rental.buffer.adapters.repositories import PostgresAnalysisStore
from drivetrain.rental.buffer.application.find_analysis import abandoned_error, needs_run
from drivetrain.rental.buffer.application.jobs import TOTAL
from drivetrain.rental.buffer.application.ports import AnalysisRequest
from drivetrain.rental.buffer.application.records import METHOD
from drivetrain.rental.buffer.application.run_analysis import RunAnalysis
from drivetrain.rental.buffer.domain.chains import Cells
from drivetrain.rental.buffer.model.chains.dataset import DATASET_NAME


def analyze_current(ports: JobPorts, _: Sequence[str]) -> None:
    """Analyze the installation's current table of rentals, unless that was done or is being done."""
    reference = ports.tables.current(DATASET_NAME)
    store = PostgresAnalysisStore(ports.engine)
    with store.alone(reference.digest) as is_alone:
        newest = store.newest_standing(reference.digest, method=METHOD)
        if not is_alone or (newest is not None and not needs_run(newest)):
            return  # an unfinished one that nobody holds the lock of has lost its process
        request = AnalysisRequest(
            analysis_id=new_id(),
            created_at=ports.clock.now(),
            created_by="platform",
            source=f"{reference.name} {reference.version}: {reference.source.rstrip('.')}",
            sha256=reference.digest,
            is_synthetic=reference.is_synthetic,
            is_standing=True,
        )
        store.add(request, method=METHOD, total=TOTAL)
        _run(ports, store, request, reference.path, reference.mapping)


def analyze_upload(ports: JobPorts, arguments: Sequence[str]) -> None:
    """Analyze an uploaded table, and remove the upload's folder, unless another attempt needs it.

    Args:
        arguments: the id of the stored request, the file below the folder of uploads, and the sheet where one is
            named.
    """
    analysis_id, waiting, *sheets = arguments
    file = ports.uploads / waiting
    store = PostgresAnalysisStore(ports.engine)
    _run(ports, store, store.get(analysis_id).request, file, sheet=sheets[0] if sheets else None)
    shutil.rmtree(file.parent, ignore_errors=True)


def _run(
    ports: JobPorts,
    store: PostgresAnalysisStore,
    request: AnalysisRequest,
    file: Path,
    mapping: ColumnMapping = UNMAPPED,
    sheet: str | None = None,
) -> None:
    limits = ParseLimits(rows=ports.table_rows, wall_s=ports.parse_timeout_s)
    quarantine = ports.quarantine / f"{DATASET_NAME}-{request.sha256[:12]}.csv"

    def keep_refused(cells: Cells, errors: Sequence[FieldError]) -> None:
        write_quarantine(cells, errors, quarantine)

    try:
        read_cells = partial(read_rentals, file, limits, mapping, sheet)
        RunAnalysis(store, ports.clock)(request, read_cells, keep_refused)
    except SystemExit:  # asked to stop
        store.fail(request.analysis_id, abandoned_error(), ports.clock.now())
        raise
    except Exception:
        bug = DrivetrainError(
            "This is a bug of ours; the log of the platform says more.", code="platform.internal_error"
        )
        store.fail(request.analysis_id, bug, ports.clock.now())
        raise
