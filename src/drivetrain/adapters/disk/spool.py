"""Decisions kept on local disk while the ledger is away: one file a process, appended in groups, fsynced."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import structlog

from drivetrain.core.errors import UnavailableError
from drivetrain.core.files import is_at, open_private, sync
from drivetrain.core.locks import lock
from drivetrain.lifecycle.serving.predictions import Decision, ModelRef

LARGEST_SPOOL_BYTES = 1 << 30
"""Some two million decisions; past that the disk matters more than one more answer."""

_OPEN, _TAKEN, _REFUSED = ".open.jsonl", ".taken.jsonl", ".refused"

_log = structlog.get_logger("drivetrain.spool")


class DecisionSpool:
    """Takes decisions when the ledger cannot, and gives them back when it can.

    Every process writes a file of its own; whoever drains takes all of them, so that what a killed process
    left is not forgotten. A file is removed only after the ledger has all of it; giving a decision back twice
    does no harm, because the ledger knows its id.

    Args:
        folder: of the installation; must outlive the process.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = self._new_path()
        self._pending: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        # its own: work that hangs with the database fills the threads that all share, and answers wait for this one
        self._thread = ThreadPoolExecutor(1, "spool")

    @property
    def is_empty(self) -> bool:
        """True when nothing waits to be given back."""
        return not any(self._folder.glob("*.jsonl")) if self._folder.is_dir() else True

    async def append(self, decision: Decision) -> None:
        """Return once the decision is on disk.

        Raises:
            UnavailableError: the disk is full or cannot be written.
        """
        durable = asyncio.get_running_loop().create_future()
        self._pending.append((_line(decision), durable))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_groups())
        await durable

    def files(self) -> list[Path]:
        """What waits."""
        return sorted(self._folder.glob("*.jsonl"))

    def claim(self, path: Path) -> Path:
        """Take a file out of the way of its writer, so that it is whole when it is read.

        Returns:
            Where it lies now: a name that no other file gets, because its writer goes on under the old one.

        Raises:
            FileNotFoundError: another process was faster.
        """
        if path.name.endswith(_TAKEN):
            return path
        claimed = path.with_name(f"{path.name.removesuffix(_OPEN)}-{os.urandom(4).hex()}{_TAKEN}")
        with path.open("rb") as file:
            lock(file)  # waits for a group that is being written
            if not is_at(file, path):
                # taken while this process waited; what lies there now is a new file
                raise FileNotFoundError(path)
            path.replace(claimed)
        return claimed

    def set_refused(self, path: Path) -> None:
        """Keep a file for people to look at: it holds decisions that the ledger will never take."""
        path.replace(path.with_suffix(_REFUSED))
        _log.error(
            "the ledger rejected decisions of the spool; they are kept", file=path.with_suffix(_REFUSED).name
        )

    def read(self, path: Path) -> Iterator[Decision]:
        """The decisions of a file.

        A last line cut short by a crash was never acknowledged and is passed over. Any other line that cannot
        be read
        was: it is put beside, for people to look at.
        """
        with path.open("rb") as file:
            for line in file:
                try:
                    yield _decision(orjson.loads(line))
                except (ValueError, LookupError, TypeError):
                    if not line.endswith(b"\n"):
                        _log.warning("an incomplete line of the spool was skipped", file=path.name)
                    else:
                        self._put_beside(path, line)

    def _put_beside(self, path: Path, line: bytes) -> None:
        beside = path.with_suffix(".damaged")
        _log.error("a line of the spool is damaged; it is kept", file=beside.name)
        with open_private(beside) as file:
            file.write(line)

    async def _write_groups(self) -> None:
        loop = asyncio.get_running_loop()
        while self._pending:
            group, self._pending = self._pending, []
            lines = [line for line, _ in group]
            error = await loop.run_in_executor(self._thread, self._write, lines)
            for _, durable in group:
                if durable.done():
                    continue
                if error is None:
                    durable.set_result(None)
                else:
                    durable.set_exception(error)

    def _write(self, lines: Sequence[bytes]) -> UnavailableError | None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._own_file() as file:
                size = os.fstat(file.fileno()).st_size
                if size > LARGEST_SPOOL_BYTES:
                    return UnavailableError(
                        "The local spool of decisions is full.", code="ledger.spool_full", retry_after_s=30
                    )
                _append(file, size, b"".join(lines))
                if size == 0:
                    sync(self._folder)  # or a power cut could take the new file's name away
        except OSError as error:
            return UnavailableError(
                f"The decision cannot be stored: {error.strerror}.",
                code="ledger.spool_failed",
                retry_after_s=5,
            )
        return None

    def _own_file(self) -> BinaryIO:
        """The file of this process, locked; a new one where a drain has taken the last one away meanwhile."""
        while True:
            file = open_private(self._path)
            lock(file)
            if is_at(file, self._path):
                return file
            file.close()

    def _new_path(self) -> Path:
        return self._folder / f"{os.getpid()}-{os.urandom(4).hex()}{_OPEN}"


def _append(file: BinaryIO, size: int, group: bytes) -> None:
    """Bring a group to the disk whole, or leave the file as it was: half a line would be glued to the next one.

    Raises:
        OSError: the disk is full or broken.
    """
    rest = memoryview(group)
    try:
        while rest:
            rest = rest[os.write(file.fileno(), rest) :]
        os.fsync(file.fileno())
    except OSError:
        os.ftruncate(file.fileno(), size)
        raise


def _line(decision: Decision) -> bytes:
    plain = {
        "decision_id": decision.decision_id,
        "decided_at": decision.decided_at.isoformat(),
        "product": decision.product,
        "model": decision.model.name,
        "version": decision.model.version,
        "input": base64.b64encode(decision.input_json).decode(),
        "features": [float(number) for number in decision.features],  # numpy's are no JSON numbers
        "answer": base64.b64encode(decision.answer_json).decode(),
        "latency_us": decision.latency_us,
        "caller": decision.caller,
        "request_id": decision.request_id,
    }
    return orjson.dumps(plain, option=orjson.OPT_APPEND_NEWLINE)


def _decision(plain: dict[str, Any]) -> Decision:
    return Decision(
        decision_id=plain["decision_id"],
        decided_at=datetime.fromisoformat(plain["decided_at"]),
        product=plain["product"],
        model=ModelRef(plain["model"], plain["version"]),
        input_json=base64.b64decode(plain["input"]),
        features=[float("nan") if number is None else number for number in plain["features"]],
        answer_json=base64.b64decode(plain["answer"]),
        latency_us=plain["latency_us"],
        caller=plain["caller"],
        request_id=plain["request_id"],
    )
