"""Parsing an upload in a child process that may be hurt by it, while the caller may not.

The caller never imports polars or a spreadsheet reader: rows come back as lines of canonical JSON.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from drivetrain.adapters.tabular.job import (
    LOG_FILE,
    REPORT_FILE,
    ROWS_FILE,
    ParseJob,
    ParseLimits,
)
from drivetrain.adapters.tabular.originals import csv_lines, original_rows
from drivetrain.core.errors import (
    ContractError,
    FieldError,
    InvalidInputError,
    TooLargeError,
    UnavailableError,
    UnreadableInputError,
)
from drivetrain.lifecycle.data.contracts import FieldWarning, RowContract
from drivetrain.lifecycle.serving.batches import CHUNK_ROWS, CheckedUpload

_CHILD = "drivetrain.adapters.tabular.child"
_LOG_TAIL = 2_000
_NOT_LISTED = FieldError(
    "input.contract", "The row violates the contract; only the first errors of a table are described."
)
_REFUSALS: dict[str, type[InvalidInputError] | type[UnreadableInputError]] = {
    cls.__name__: cls for cls in (InvalidInputError, UnreadableInputError, TooLargeError)
}


@dataclass(frozen=True, slots=True)
class LimitedTableReader:
    """The port ``CheckUpload`` for CSV, XLSX and XLS: a child process parses, within limits, and checks.

    Attributes:
        limits: what one upload may cost.
        python: the interpreter that the child runs on.
        with_xml: True to read XML as well.
    """

    limits: ParseLimits = field(default_factory=ParseLimits)
    python: str = sys.executable
    with_xml: bool = False

    def __call__(
        self,
        upload: Path,
        contract: RowContract,
        into: Path,
        *,
        with_original: bool = False,
        sheet: str | None = None,
        headings: Mapping[str, str] | None = None,
    ) -> CheckedUpload:
        """Check a table in the child. Blocks; use a thread.

        Args:
            headings: what the file calls columns of the contract, by their names; None for the same.

        Raises:
            ContractError: the header lacks columns or has one twice.
            InvalidInputError: the table has no rows.
            UnreadableInputError: it cannot be read, took too long (``input.parse_timeout``) or hurt the child
                (``input.parse_failed``).
            TooLargeError: it passes one of the limits.
            UnavailableError: the child could not be started.
        """
        job = ParseJob(
            upload, into, contract, self.limits, sheet, with_original, headings or {}, self.with_xml
        )
        _run_child(job, self.python)
        report = json.loads((into / REPORT_FILE).read_bytes())
        if "refused" in report:
            raise _refusal(report["refused"])
        return CheckedUpload(
            total=report["rows"],
            failed=_errors_by_row(report),
            chunks=partial(_lines, into / ROWS_FILE),
            warnings=_warnings_by_row(report),
            ignored_columns=tuple(report["ignored_columns"]),
            original=partial(original_rows, into) if with_original else lambda: iter(()),
            csv_lines=partial(csv_lines, into),
            sheet=report["sheet"],
            table_warnings=[FieldWarning(**warning) for warning in report["table_warnings"]],
        )


def _lines(path: Path) -> Iterator[list[bytes]]:
    """The good rows in order, ``CHUNK_ROWS`` at a time: canonical JSON objects without the line end."""
    with path.open("rb") as file:
        while lines := [line[:-1] for line in islice(file, CHUNK_ROWS)]:
            yield lines


def _errors_by_row(report: Mapping[str, Any]) -> Mapping[int, Sequence[FieldError]]:
    failed: dict[int, list[FieldError]] = {row: [] for row in report["bad_rows"]}
    for plain in report["errors"]:
        error = FieldError(**plain)
        if error.row is not None:
            failed[error.row].append(error)
    return {row: errors or [_NOT_LISTED] for row, errors in failed.items()}


def _warnings_by_row(report: Mapping[str, Any]) -> Mapping[int, Sequence[FieldWarning]]:
    """Warnings name lines of the good rows, counted from 0; here they stand by the row of the upload."""
    if not report["warnings"]:
        return {}
    bad = set(report["bad_rows"])
    rows = [row for row in range(1, report["rows"] + 1) if row not in bad]
    warnings: dict[int, list[FieldWarning]] = {}
    for plain in report["warnings"]:
        warning = FieldWarning(plain["field"], plain["code"], plain["detail"])
        for line in plain["lines"]:
            warnings.setdefault(rows[line], []).append(warning)
    return warnings


def _run_child(job: ParseJob, python: str) -> None:
    """Run the child to its end, or end it with everything it started."""
    with _start(job, python) as child:
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


def _start(job: ParseJob, python: str) -> subprocess.Popen[bytes]:
    """Start the child in its own session, with an environment that holds nothing worth stealing.

    It dies with the thread that calls this, which waits for it.
    """
    try:
        with (job.into / LOG_FILE).open("wb") as log:
            return subprocess.Popen(
                [python, "-I", "-X", "utf8", "-m", _CHILD, str(os.getpid())],
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
            "The table parser cannot be started; retry later.", code="input.parser_unavailable"
        ) from error


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the whole session if the child still runs, and collect it."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _failure(returncode: int, log: Path) -> UnreadableInputError:
    error = UnreadableInputError(
        "The table could not be parsed within the memory and time limits of one upload; save it as plain CSV in UTF-8, "
        "or split it into smaller files.",
        code="input.parse_failed",
    )
    tail = log.read_bytes()[-_LOG_TAIL:].decode("utf-8", "replace")
    error.add_note(f"the child ended with {returncode}:\n{tail}")  # for our log, never for the answer
    return error


def _refusal(plain: Mapping[str, Any]) -> ContractError | InvalidInputError | UnreadableInputError:
    errors = [FieldError(**problem) for problem in plain["errors"]]
    if plain["class"] == ContractError.__name__:
        return ContractError(errors, subject=plain["subject"])
    return _REFUSALS[plain["class"]](plain["detail"], code=plain["code"], errors=errors)
