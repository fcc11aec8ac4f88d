"""Running several commands, a few at a time, each in a process of its own, and hearing of each as it ends."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from drivetrain.adapters.embedded.children import Child, end_children, start_child
from drivetrain.core.progress import Progress

LOOK_EVERY_S = 0.1
STOP_GRACE_S = 10.0


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What became of one command.

    Attributes:
        code: its exit code.
        output: what it printed; of one that failed, with its errors.
    """

    name: str
    code: int
    output: str


@dataclass(frozen=True, slots=True)
class _Running:
    name: str
    child: Child
    out: IO[bytes]
    err: IO[bytes]

    def close(self) -> CommandResult:
        """What became of it, once it has ended.

        Its bars are on standard error: two sets of them fit no screen.
        """
        code = self.child.wait()
        with self.out, self.err:
            texts = [_text(self.out), *([_text(self.err)] if code else [])]
        return CommandResult(self.name, code, "\n".join(filter(None, texts)))


def run_side_by_side(
    commands: Mapping[str, Sequence[str]],
    environment: Mapping[str, str],
    *,
    action: str,
    at_once: int,
    stopped: Callable[[], bool],
    progress: Progress,
) -> Iterator[CommandResult]:
    """Run commands in their order, ``at_once`` at a time; one result as each ends.

    Args:
        commands: by name.
        action: what they do, as a verb that stands before their names in the progress.
        environment: of the processes, complete but for the pid of their parent.
        stopped: True once nothing more shall be started; what runs is then ended.
    """
    waiting, running = list(commands), list[_Running]()
    try:
        while running or (waiting and not stopped()):
            while waiting and len(running) < at_once and not stopped():
                name = waiting.pop(0)
                running.append(_start(name, commands[name], environment))
            names = " and ".join(command.name for command in running)
            with progress.stage(f"{action} {names}", total=1, unit="command") as stage:
                ended = _first_to_end(running, stopped)
                stage.advance()
            running.remove(ended)
            yield ended.close()
    finally:
        end_children([command.child for command in running], STOP_GRACE_S)
        for command in running:
            command.close()


def _start(name: str, command: Sequence[str], environment: Mapping[str, str]) -> _Running:
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - closed when the command has ended
    return _Running(name, start_child(command, environment, stdout=out, stderr=err), out, err)


def _first_to_end(running: Sequence[_Running], stopped: Callable[[], bool]) -> _Running:
    while True:
        for command in running:
            if command.child.poll() is not None:
                return command
        if stopped():
            for command in running:
                command.child.terminate()
        time.sleep(LOOK_EVERY_S)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace").rstrip()
