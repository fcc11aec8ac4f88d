"""Downloading a published table from where it stands, and keeping it only if it is the one expected."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import fastexcel
import httpx

from drivetrain.adapters.disk.errors import keeping
from drivetrain.core.errors import (
    ConflictError,
    DrivetrainError,
    NotFoundError,
    TooLargeError,
    UnavailableError,
)
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.data.datasets import sha256_of
from drivetrain.lifecycle.data.table_specs import (
    Origin,
    TableSpec,
    check_published_shape,
    compare_published_shape,
)

_TIMEOUT = httpx.Timeout(30.0, connect=10.0)  # seconds without a byte, not for the whole file
_MAX_REDIRECTS = 5


def fetch(
    table: TableSpec, into: Path, progress: Progress, *, transport: httpx.BaseTransport | None = None
) -> Path:
    """Download a table from the first of its origins that has it.

    The file appears under its published name in one step, after its checksum (or, where none is known, its
    header and row count) proved right. When anything fails, nothing is kept.

    Args:
        into: folder to put the file in; made if need be.
        transport: replaces the network, for tests.

    Raises:
        NotFoundError: no origin has the file any more, or the table is not published anywhere.
        ConflictError: an origin has another file under this address.
        TooLargeError: the file is larger than the published one can be.
        UnavailableError: an origin does not answer, or the disk is full. It outranks the others: trying again
            may help.
    """
    failures: list[tuple[Origin, DrivetrainError]] = []
    with keeping(into):
        into.mkdir(parents=True, exist_ok=True)
        for origin in table.origins:
            try:
                return _fetch_from(origin, table, into, progress, transport)
            except (NotFoundError, ConflictError, TooLargeError, UnavailableError) as failure:
                failures.append((origin, failure))
    raise _all_failed(table, failures)


def _fetch_from(
    origin: Origin, table: TableSpec, into: Path, progress: Progress, transport: httpx.BaseTransport | None
) -> Path:
    with _arriving(into) as (path, file):
        with _answers(origin), _client(transport) as client, client.stream("GET", origin.url) as response:
            _check_status(response)
            _receive(response, file, origin, progress)
        file.close()
        _check_contents(path, origin, table)
        return path.replace(into / Path(table.file_names[-1]).name)


def _receive(response: httpx.Response, file: BinaryIO, origin: Origin, progress: Progress) -> None:
    announced = int(response.headers.get("content-length", 0))
    _check_size(announced, origin)
    received = 0
    with progress.stage("fetch", total=announced or origin.limit_bytes, unit="bytes") as stage:
        for block in response.iter_bytes():
            received += len(block)
            _check_size(received, origin)
            file.write(block)
            stage.advance(len(block))


def _check_status(response: httpx.Response) -> None:
    if response.status_code in {404, 410}:
        raise NotFoundError(f"no such file (HTTP {response.status_code})", code="data.origin_gone")
    if response.status_code != 200:
        raise UnavailableError(f"refused (HTTP {response.status_code})", code="data.origin_unreachable")


def _check_size(size: int, origin: Origin) -> None:
    if size > origin.limit_bytes:
        raise TooLargeError(f"more than {origin.limit_bytes:,} bytes", code="data.origin_too_large")


def _check_contents(path: Path, origin: Origin, table: TableSpec) -> None:
    if origin.sha256 is not None and sha256_of(path) != origin.sha256:
        raise ConflictError("the checksum is not the published one", code="data.origin_changed")
    if origin.rows is not None and Path(table.file_names[-1]).suffix == ".xlsx":
        _check_workbook(path, table, origin.rows)
    elif origin.rows is not None:
        check_published_shape(path, table, origin.rows)


def _check_workbook(path: Path, table: TableSpec, rows: int) -> None:
    """Recognize a published workbook by its first sheet: same header, same number of rows."""
    try:
        sheet = fastexcel.read_excel(path.read_bytes()).load_sheet(0, dtypes="string")
    except fastexcel.FastExcelError:
        raise ConflictError("it is not a spreadsheet", code="data.origin_changed") from None
    compare_published_shape(table, [column.name for column in sheet.available_columns()], sheet.height, rows)


def _all_failed(table: TableSpec, failures: list[tuple[Origin, DrivetrainError]]) -> DrivetrainError:
    """One error for all origins; of the kind that a second try may cure, if there is one."""
    if not failures:
        return NotFoundError(f"{table.name} has no known download address.", code="data.no_origin")
    cause = next(
        (failure for _, failure in failures if isinstance(failure, UnavailableError)), failures[0][1]
    )
    reasons = "; ".join(f"{origin.host}: {failure.detail.rstrip('.')}" for origin, failure in failures)
    advice = f"Download it by other means and run `drivetrain data add {table.name} FILE`."
    return type(cause)(f"{table.name} could not be fetched ({reasons}). {advice}", code=cause.code)


def _client(transport: httpx.BaseTransport | None) -> httpx.Client:
    return httpx.Client(
        transport=transport,
        timeout=_TIMEOUT,
        follow_redirects=True,
        max_redirects=_MAX_REDIRECTS,
        headers={"accept-encoding": "identity"},  # sizes are then those of the file
        event_hooks={"request": [_refuse_plain_http]},
    )


def _refuse_plain_http(request: httpx.Request) -> None:
    """A redirect must not lead away from https."""
    if request.url.scheme != "https":
        raise ConflictError(
            f"redirects to {request.url.scheme}, which is not encrypted",
            code="data.origin_insecure",
        )


@contextmanager
def _answers(origin: Origin) -> Iterator[None]:
    """Translate what httpx raises while an origin is asked."""
    try:
        yield
    except httpx.TimeoutException:
        raise UnavailableError("no answer in time", code="data.origin_unreachable") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        raise UnavailableError(f"not reached ({reason})", code="data.origin_unreachable") from error


@contextmanager
def _arriving(into: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """An open temporary file in the folder, gone afterwards unless it was renamed."""
    handle, name = tempfile.mkstemp(prefix=".fetching-", dir=into)
    try:
        with os.fdopen(handle, "wb") as file:
            yield Path(name), file
    finally:
        Path(name).unlink(missing_ok=True)
