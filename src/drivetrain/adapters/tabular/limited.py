"""Parsing an upload in a child process that may be hurt by it, while the caller may not.

The caller never imports polars or a spreadsheet reader: rows come back as lines of canonical JSON.
"""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivetrain.adapters.tabular.job import (
    LOG_FILE,
    ORIGINAL_FILE,
    REPORT_FILE,
    ROWS_FILE,
    ParseJob,
    ParseLimits,
)
from drivetrain.core.errors import (
    ContractError,
    FieldError,
    InvalidInputError,
    TooLargeError,
    UnavailableError,
    UnreadableInputError,
)
from drivetrain.lifecycle.data.contracts import FieldWarning, RowContract

IntArray = NDArray[np.int64]

_CHILD = "drivetrain.adapters.tabular.parse"
_LOG_TAIL = 2_000
_REFUSALS: dict[str, type[InvalidInputError] | type[UnreadableInputError]] = {
    cls.__name__: cls for cls in (InvalidInputError, UnreadableInputError, TooLargeError)
}


@dataclass(frozen=True, slots=True)
class ParseReport:
    """What the child found.

    Attributes:
        rows: data rows of the upload; the header is not counted.
        columns: columns of the upload, the ignored ones included.
        bad_rows: 1-based data rows with at least one wrong cell, ascending.
        counts: how many cells are wrong, by code.
        errors: the first wrong cells in reading order.
        warnings: what is unusual in good rows, each with the 0-based lines of ``ParsedTable.lines`` it
            concerns.
        ignored_columns: headers that the contract does not know.
    """

    rows: int
    columns: int
    bad_rows: IntArray
    counts: Mapping[str, int]
    errors: tuple[FieldError, ...]
    warnings: tuple[tuple[FieldWarning, IntArray], ...]
    ignored_columns: tuple[str, ...]

    @property
    def good_rows(self) -> int:
        """How many rows have no wrong cell: the number of lines."""
        return self.rows - len(self.bad_rows)

    def good_row_numbers(self) -> IntArray:
        """1-based data row of every line, shape (good_rows,)."""
        is_good = np.ones(self.rows, dtype=np.bool_)
        is_good[self.bad_rows - 1] = False
        return np.flatnonzero(is_good) + 1


@dataclass(frozen=True, slots=True)
class ParsedTable:
    """The good rows of an upload and the report on all of them. Lives as long as ``folder`` does."""

    folder: Path
    report: ParseReport

    def lines(self, size: int = 1_000) -> Iterator[list[bytes]]:
        """The good rows in order, up to ``size`` at a time: canonical JSON objects without the line end."""
        with (self.folder / ROWS_FILE).open("rb") as file:
            while lines := [line[:-1] for line in islice(file, size)]:
                yield lines

    def original(self) -> Iterator[list[str]]:
        """Every row of the upload as text, the header first. Only for tables parsed ``with_original``."""
        with (self.folder / ORIGINAL_FILE).open(encoding="utf-8", newline="") as file:
            yield from csv.reader(file)

    def refuse_bad_rows(self) -> None:
        """Insist that every row is good.

        Raises:
            ContractError: one is not; the first wrong cells are named, and all of them counted.
        """
        if self.report.errors:
            raise ContractError(
                self.report.errors, subject="The table", count=sum(self.report.counts.values())
            )


def parse_table(
    upload: Path,
    contract: RowContract,
    into: Path,
    *,
    limits: ParseLimits | None = None,
    with_original: bool = False,
    sheet: str | None = None,
) -> ParsedTable:
    """Parse an uploaded CSV, XLSX or XLS in a limited child process, and check it. Blocks; use a thread.

    Args:
        upload: the file as it was received; its name and declared type are not looked at.
        contract: the columns it promises, without the target.
        into: an existing empty folder for the answer; the caller removes it.
        limits: what the upload may cost; None for the defaults.
        with_original: True to keep all cells, for ``ParsedTable.original``.
        sheet: name of a spreadsheet's sheet; None for the first that has the columns.

    Raises:
        ContractError: the header lacks columns or has one twice. Wrong rows do not raise: see
            ``refuse_bad_rows``.
        InvalidInputError: the table has no rows.
        UnreadableInputError: it cannot be read, took too long (``input.parse_timeout``) or hurt the child
            (``input.parse_failed``).
        TooLargeError: it passes one of the limits.
        UnavailableError: the child could not be started.
    """
    job = ParseJob(upload, into, contract, limits or ParseLimits(), sheet, with_original)
    _run_child(job)
    report = json.loads((into / REPORT_FILE).read_bytes())
    if "refused" in report:
        raise _refusal(report["refused"])
    return ParsedTable(into, _report(report))


def _run_child(job: ParseJob) -> None:
    """Run the child to its end, or end it with everything it started."""
    with _start(job) as child:
        try:
            child.communicate(job.as_json().encode("utf-8"), timeout=job.limits.wall_s)
        except subprocess.TimeoutExpired as error:
            raise UnreadableInputError(
                f"The table took more than {job.limits.wall_s:g} s to parse; split it into smaller files.",
                code="input.parse_timeout",
            ) from error
        finally:
            _end(child)
    if child.returncode != 0 or not (job.into / REPORT_FILE).is_file():
        raise _failure(child.returncode, job.into / LOG_FILE)


def _start(job: ParseJob) -> subprocess.Popen[bytes]:
    """Start the child in its own session, with an environment that holds nothing worth stealing."""
    try:
        with (job.into / LOG_FILE).open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-I", "-X", "utf8", "-m", _CHILD],
                stdin=subprocess.PIPE,
                # stays empty; its end tells at once that the child is gone, where waiting would poll
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=job.into,
                env={
                    "PATH": os.defpath,
                    "POLARS_MAX_THREADS": str(job.limits.threads),
                    "TMPDIR": str(job.into.absolute()),
                },
                close_fds=True,
                start_new_session=True,
            )
    except OSError as error:
        raise UnavailableError(
            "The parser of tables cannot be started now; try again.", code="input.parser_unavailable"
        ) from error


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the whole session if the child still runs, and collect it."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _failure(returncode: int, log: Path) -> UnreadableInputError:
    error = UnreadableInputError(
        "The table could not be parsed within the memory and time one upload may take; save it as plain CSV in UTF-8, "
        "or split it into smaller files.",
        code="input.parse_failed",
    )
    tail = log.read_bytes()[-_LOG_TAIL:].decode("utf-8", "replace")
    error.add_note(f"the child ended with {returncode}:\n{tail}")  # for our log, never for the answer
    return error


def _refusal(plain: Mapping[str, Any]) -> ContractError | InvalidInputError | UnreadableInputError:
    errors = [FieldError(**one) for one in plain["errors"]]
    if plain["class"] == ContractError.__name__:
        return ContractError(errors, subject="The header")
    return _REFUSALS[plain["class"]](plain["detail"], code=plain["code"], errors=errors)


def _report(plain: Mapping[str, Any]) -> ParseReport:
    return ParseReport(
        rows=plain["rows"],
        columns=plain["columns"],
        bad_rows=np.array(plain["bad_rows"], dtype=np.int64),
        counts=plain["counts"],
        errors=tuple(FieldError(**one) for one in plain["errors"]),
        warnings=tuple(
            (FieldWarning(one["field"], one["code"], one["detail"]), np.array(one["lines"], dtype=np.int64))
            for one in plain["warnings"]
        ),
        ignored_columns=tuple(plain["ignored_columns"]),
    )
