"""Answers that are written whole before their first byte leaves; large ones wait on disk."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from typing import IO

from starlette.responses import StreamingResponse

from drivetrain.adapters.http.storage import storing
from drivetrain.lifecycle.serving.batches import A, CheckedUpload, Rendering, write_results

_IN_MEMORY_BYTES = 1 << 20
_BLOCK = 1 << 18
"""Bytes that leave at a time; each takes a turn of a thread."""


def spooled_answer(
    write: Callable[[IO[bytes]], None],
    *,
    media_type: str,
    file_name: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> StreamingResponse:
    """An answer that is written whole before its first byte leaves; large ones wait on disk.

    Whatever ``write`` raises is raised from here, and nothing has been sent.

    Args:
        file_name: under which a browser keeps it.
        headers: further ones.
    """
    spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - closed when the answer has left
    try:
        with storing("The answer"):
            write(spool)
    except BaseException:
        spool.close()
        raise
    all_headers = {"Content-Length": str(spool.tell()), **(headers or {})}
    if file_name is not None:
        all_headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    spool.seek(0)
    return StreamingResponse(_blocks(spool), media_type=media_type, headers=all_headers)


def answer_list(
    rows: CheckedUpload, answers: Generator[list[A], None, None], rendering: Rendering[A]
) -> StreamingResponse:
    """The JSON answer of a batch, once the ledger has all of it."""
    with closing(answers):
        return spooled_answer(
            lambda file: write_results(file, rows, answers, rendering), media_type="application/json"
        )


def _blocks(spool: IO[bytes]) -> Iterator[bytes]:
    with spool:
        while block := spool.read(_BLOCK):
            yield block
