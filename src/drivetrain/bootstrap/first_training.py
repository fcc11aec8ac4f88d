"""Training several models at once, each in a process of its own: what the first start and the benchmark do."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from drivetrain.adapters.embedded.children import Child, end_children, start_child
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.learning.training import SIDE_BY_SIDE

LOOK_EVERY_S = 0.1
STOP_GRACE_S = 10.0

Command = Callable[[str, str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class TrainingEnded:
    """What became of one training.

    Attributes:
        said: what the process printed; of one that failed, with its errors.
    """

    model: str
    code: int
    said: str


@dataclass(frozen=True, slots=True)
class _Training:
    model: str
    child: Child
    out: IO[bytes]
    err: IO[bytes]

    def close(self) -> TrainingEnded:
        """What became of it, once it has ended.

        Its bars are on standard error: two sets of them fit no screen.
        """
        with self.out, self.err:
            told = [_text(self.out), *([_text(self.err)] if self.child.returncode else [])]
        return TrainingEnded(self.model, self.child.returncode, "\n".join(filter(None, told)))


def _command(model: str, actor: str) -> list[str]:
    return [sys.executable, "-m", "drivetrain.entrypoints.cli", "train", model, "--actor", actor]


def train_side_by_side(
    models: Sequence[str],
    environment: Mapping[str, str],
    *,
    actor: str,
    progress: Progress,
    stopped: Callable[[], bool],
    command: Command = _command,
) -> Iterator[TrainingEnded]:
    """Train models in their order, ``SIDE_BY_SIDE`` at a time; one result as each ends.

    A training fits two models at a time itself, but reads, packs and registers with one core: the second
    process uses the other one meanwhile.

    Args:
        environment: of the processes; names the home and the database.
        stopped: True once nothing more shall be trained; what runs is then ended.
        command: what trains a model, from its name and the actor.
    """
    waiting, running = list(models), list[_Training]()
    try:
        while running or (waiting and not stopped()):
            while waiting and len(running) < SIDE_BY_SIDE and not stopped():
                model = waiting.pop(0)
                running.append(_start(model, command(model, actor), environment))
            names = " and ".join(training.model for training in running)
            with progress.stage(f"train {names}", total=1, unit="model") as stage:
                done = _first_to_end(running, stopped)
                stage.advance()
            running.remove(done)
            yield done.close()
    finally:
        end_children([training.child for training in running], STOP_GRACE_S)
        for training in running:
            training.close()


def _start(model: str, command: Sequence[str], environment: Mapping[str, str]) -> _Training:
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - closed when the training has ended
    child = start_child(command, environment, stdout=out, stderr=err)
    return _Training(model, child, out, err)


def _first_to_end(running: Sequence[_Training], stopped: Callable[[], bool]) -> _Training:
    while True:
        for training in running:
            if training.child.poll() is not None:
                return training
        if stopped():
            for training in running:
                training.child.terminate()
        time.sleep(LOOK_EVERY_S)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace").rstrip()
