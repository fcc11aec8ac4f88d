"""Preparing a start in a process of its own: what it leaves behind for the supervisor, and how that one waits for it."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from drivetrain.adapters.embedded.children import Child, end_children, start_child
from drivetrain.core.errors import (
    ConflictError,
    DrivetrainError,
    FieldError,
    InvalidInputError,
    NotFoundError,
    UnavailableError,
)
from drivetrain.core.files import write_private

CHECK_INTERVAL_S = 0.05
STOP_GRACE_S = 25.0
_KINDS = {kind.__name__: kind for kind in (InvalidInputError, NotFoundError, ConflictError, UnavailableError)}


@dataclass(slots=True)
class StopRequest:
    """Set by Ctrl-C and SIGTERM."""

    signum: int = 0

    @contextmanager
    def listening(self) -> Iterator[StopRequest]:
        """Take the signals for as long as the block runs."""
        before = {number: signal.signal(number, self._take) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def is_requested(self) -> bool:
        """True once somebody asked to stop."""
        return self.signum != 0

    def _take(self, signum: int, _: FrameType | None) -> None:
        self.signum = signum


@dataclass(frozen=True, slots=True)
class KeptCommand:
    """A module that is kept running beside the workers.

    Attributes:
        summary: begins the sentence that says that it ended.
        module: its name, and arguments.
        needs_models: whether it has nothing to do before every model is trained.
    """

    summary: str
    module: Sequence[str]
    needs_models: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to run beside the workers.

    Attributes:
        startup_jobs: jobs of the products that run once, in the background.
        lines: what is printed once the platform serves; may be secret.
    """

    startup_jobs: Sequence[str] = ()
    processes: Sequence[KeptCommand] = ()
    lines: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of preparing a start."""

    plan: Plan
    failure: DrivetrainError | None = None


@dataclass(frozen=True, slots=True)
class Preparation:
    """A start that is prepared far enough to serve, while tables are taken and models trained beside.

    Attributes:
        plan: empty where it was asked to stop.
        failure: what went wrong so far; nothing goes on then.
    """

    plan: Plan
    failure: DrivetrainError | None
    child: Child
    end_file: Path

    def is_over(self) -> bool:
        """Whether nothing goes on any more."""
        return self.child.poll() is not None

    def late_failure(self) -> DrivetrainError | None:
        """What went wrong since, once it is over.

        Raises:
            UnavailableError: ``platform.set_up_failed``; the process ended without saying why.
        """
        return None if self.failure is not None else _read_outcome(self.end_file, self.child).failure

    def stop(self) -> None:
        """Ask what goes on to end, and wait for it."""
        if not self.is_over():
            end_children([self.child], STOP_GRACE_S)


def prepare(
    environment: Mapping[str, str], folder: Path, stop: StopRequest, *, tables_only: bool = False
) -> Preparation:
    """Prepare a start in a process that ends, printing to where this one prints; give it when it can be served.

    Args:
        folder: for the files in which it says what came of it.
        stop: asks it to end as well; the plan is empty then.
        tables_only: whether to migrate the database and do nothing else.

    Raises:
        UnavailableError: ``platform.set_up_failed``; the process ended without saying why.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "set-up.json"
    end_file = end_of(file)
    for former in (file, end_file):
        former.unlink(missing_ok=True)
    command = [sys.executable, "-m", "drivetrain.entrypoints.cli.set_up", str(file)]
    child = start_child([*command, *(["--tables-only"] if tables_only else [])], environment)
    try:
        while child.poll() is None and not file.exists() and not stop.is_requested():
            time.sleep(CHECK_INTERVAL_S)
        if stop.is_requested():
            end_children([child], STOP_GRACE_S)
            return Preparation(Plan(), None, child, end_file)
        outcome = _read_outcome(file, child)
    except BaseException:
        end_children([child], STOP_GRACE_S)
        raise
    return Preparation(outcome.plan, outcome.failure, child, end_file)


def end_of(file: Path) -> Path:
    """Where a set-up that was served beside says what came of the rest."""
    return file.with_name("set-up-end.json")


def write_outcome(file: Path, plan: Plan, failure: DrivetrainError | None) -> None:
    """Say what came of it; whoever waits for the file finds it whole."""
    record = {"plan": asdict(plan), "failure": None if failure is None else _failure_record(failure)}
    write_private(file, json.dumps(record).encode())


def _read_outcome(file: Path, child: Child) -> Outcome:
    if not file.exists():
        raise UnavailableError(
            f"Setting up ended without a result (exit code {child.poll()}); the lines above say why.",
            code="platform.set_up_failed",
        )
    record = json.loads(file.read_text(encoding="utf-8"))
    file.unlink()
    return _outcome(record)


def _failure_record(error: DrivetrainError) -> dict[str, Any]:
    kind = next((name for name, kind in _KINDS.items() if isinstance(error, kind)), "")
    errors = [asdict(problem) for problem in error.errors]
    return {"kind": kind, "detail": error.detail, "code": error.code, "errors": errors}


def _outcome(record: Mapping[str, Any]) -> Outcome:
    plan = record["plan"]
    processes = [KeptCommand(**command) for command in plan["processes"]]
    return Outcome(Plan(plan["startup_jobs"], processes, plan["lines"]), _failure(record["failure"]))


def _failure(record: Mapping[str, Any] | None) -> DrivetrainError | None:
    if record is None:
        return None
    failure = _KINDS.get(record["kind"], DrivetrainError)(record["detail"], code=record["code"])
    failure.errors = tuple(FieldError(**problem) for problem in record["errors"])
    return failure
