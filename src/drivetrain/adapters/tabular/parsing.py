"""What the parsing child does: it limits itself, opens the upload, checks it, and writes files as the answer.

The code is ours and trusted; only the data is hostile.
"""

from __future__ import annotations

import csv
import gc
import os
import resource
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import numpy as np
import orjson

from drivetrain.adapters.tabular.frame_checks import CheckedFrame, check_table, with_broken_rows
from drivetrain.adapters.tabular.job import (
    CSV_LINES_FILE,
    KINDS_FILE,
    ORIGINAL_FILE,
    REPORT_FILE,
    ROWS_FILE,
    ParseJob,
    ParseLimits,
)
from drivetrain.adapters.tabular.reading import read_table
from drivetrain.adapters.tabular.row_texts import write_csv_lines, write_rows
from drivetrain.adapters.tabular.text_tables import TextTable
from drivetrain.core.errors import ContractError, DrivetrainError, InvalidInputError
from drivetrain.lifecycle.data.cells import misnamed_columns
from drivetrain.lifecycle.data.contracts import RowContract

_COURTESY = 5
"""Steps by which the child yields to the processes that answer requests."""


def parse(job: ParseJob) -> None:
    """Run a job in a process that has nothing else to do. Refusals are an answer; anything else ends the process."""
    _limit_self(job.limits)
    # millions of cells and no cycle among them: collecting would double the time of a short life
    gc.disable()
    answer(job)


def answer(job: ParseJob) -> None:
    """Do a job in this process as it is, and leave its report."""
    try:
        report = _run(job)
    except DrivetrainError as error:
        report = _refusal(error)
    (job.into / REPORT_FILE).write_bytes(orjson.dumps(report))


def _limit_self(limits: ParseLimits) -> None:
    os.nice(_COURTESY)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file_bytes, limits.file_bytes))
    resource.setrlimit(resource.RLIMIT_DATA, (limits.memory_bytes, limits.memory_bytes))


def _run(job: ParseJob) -> dict[str, object]:
    named = job.named
    table = read_table(
        job.upload,
        list(named),
        job.limits,
        optional=[heading for heading, name in named.items() if name in job.contract.optional_names],
        sheet=job.sheet,
        keep_all=job.with_original,
        with_xml=job.with_xml,
    ).renamed(named)
    if table.cells.height == 0:
        raise InvalidInputError("The table has a header and no rows.", code="input.no_rows")
    checked = check_table(
        table.contract_cells(),
        job.contract,
        with_target=False,
        listed_errors=job.limits.listed_errors,
        kinds=table.contract_kinds(),
    )
    if table.overlong:
        first = islice(table.overlong, job.limits.listed_errors)
        checked = with_broken_rows(checked, table.overlong, [table.overlong_error(row) for row in first])
    write_rows(checked.frame, job.into / ROWS_FILE)
    if job.with_original:
        write_original(table, job.into)
        if table.kinds is None:
            write_csv_lines(table.cells, job.into / CSV_LINES_FILE)
    return _report(table, checked, job.contract)


def write_original(table: TextTable, folder: Path) -> None:
    """The cells as text, and for a spreadsheet the kind of each of them, a byte a cell."""
    path = folder / ORIGINAL_FILE
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(table.header)
    with path.open("ab") as file:
        table.cells.fill_null("").write_csv(file, include_header=False)
    if table.kinds is not None:
        (folder / KINDS_FILE).write_bytes(np.ascontiguousarray(table.kinds.to_numpy()).tobytes())


def _report(table: TextTable, checked: CheckedFrame, contract: RowContract) -> dict[str, object]:
    misnamed = misnamed_columns(table.matched, contract.optional_names)
    return {
        "rows": table.cells.height,
        "bad_rows": checked.bad_row_numbers.to_list(),
        "errors": [asdict(error) for error in checked.errors],
        "warnings": [{**warning.as_dict(), "lines": lines.to_list()} for warning, lines in checked.warnings],
        "ignored_columns": table.matched.ignored,
        "sheet": table.sheet,
        "table_warnings": [warning.as_dict() for warning in misnamed],
    }


def _refusal(error: DrivetrainError) -> dict[str, object]:
    errors = [asdict(problem) for problem in error.errors]
    return {
        "refused": {
            "class": type(error).__name__,
            "code": error.code,
            "detail": error.detail,
            "subject": error.subject if isinstance(error, ContractError) else None,
            "errors": errors,
        }
    }
