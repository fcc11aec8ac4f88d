"""100,000 drivers who report: bodies of 1,000 at a rate, or as fast as they are answered, from a process of their own.

``python -m bench.live.fleet`` reads a shift as JSON on standard input and answers what it saw as JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

import orjson
import uvloop

from bench.campaign.connection import Connection
from bench.dispatch import BODY, DRIVERS_KNOWN, City

MOST_LATE_S = 1.0
"""A body that falls due later than this behind its time is left out, and counted."""


@dataclass(frozen=True, slots=True)
class Shift:
    """What to report.

    Attributes:
        bodies_per_s: None for as many as are answered.
        seconds: how long; 0 for one report of every driver.
    """

    host: str
    port: int
    key: str
    bodies_per_s: float | None
    seconds: float
    connections: int = 4
    drivers: int = DRIVERS_KNOWN


@dataclass(slots=True)
class Reported:
    """What came of a shift.

    Attributes:
        left_out: bodies that were not sent, because the ones before took too long.
        answer_ms: of each body, from when it was due.
    """

    accepted: int = 0
    left_out: int = 0
    took_s: float = 0.0
    cpu_s: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict)
    answer_ms: list[float] = field(default_factory=list)


class Fleet:
    """Reports for a shift."""

    def __init__(self, shift: Shift) -> None:
        self._shift = shift
        self._city = City(seed=time.time_ns() % 2**32)
        self._place = 0
        self._statuses = Counter[str]()
        self._reported = Reported()
        self._due_at = self._ends_at = 0.0

    async def work(self) -> Reported:
        """Send, until the shift is over."""
        began = self._due_at = time.monotonic()
        cpu_s = time.process_time()
        self._ends_at = began + self._shift.seconds
        await asyncio.gather(*(self._send() for _ in range(self._shift.connections)))
        self._reported.took_s = time.monotonic() - began
        self._reported.cpu_s = time.process_time() - cpu_s
        self._reported.statuses = dict(self._statuses)
        return self._reported

    async def _send(self) -> None:
        shift = self._shift
        connection = Connection(shift.host, shift.port, shift.key)
        while not self._is_over():
            due_at = await self._turn()
            answer = await connection.ask("POST", "/dispatch/events", self._body())
            self._statuses[str(answer.status)] += 1
            if answer.status == 200:
                self._reported.accepted += answer.json()["counts"]["accepted"]
                self._reported.answer_ms.append((time.monotonic() - due_at) * 1e3)
        connection.close()

    def _is_over(self) -> bool:
        if self._shift.seconds == 0:
            return self._place >= self._shift.drivers
        return max(self._due_at, time.monotonic()) >= self._ends_at

    async def _turn(self) -> float:
        """Wait until the next body is due; when it was."""
        if self._shift.bodies_per_s is None:
            return time.monotonic()
        while time.monotonic() - self._due_at > MOST_LATE_S:
            self._due_at += 1 / self._shift.bodies_per_s
            self._reported.left_out += 1
        due_at, self._due_at = self._due_at, self._due_at + 1 / self._shift.bodies_per_s
        await asyncio.sleep(max(0.0, due_at - time.monotonic()))
        return due_at

    def _body(self) -> bytes:
        numbers = [(self._place + number) % self._shift.drivers for number in range(BODY)]
        self._place += BODY
        return orjson.dumps(self._city.bodies(time.time_ns() // 1_000, numbers))


class Working:
    """A shift in a child process."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child

    def result(self) -> Reported:
        """What came of it, once it is over.

        Raises:
            RuntimeError: the child failed.
        """
        output, _ = self._child.communicate()
        if self._child.returncode:
            raise RuntimeError("the fleet failed; what it wrote stands above")
        return Reported(**json.loads(output))


@contextmanager
def reporting(shift: Shift) -> Iterator[Working]:
    """Run a shift in a child process, which is gone when the block ends."""
    command = [sys.executable, "-m", "bench.live.fleet"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        try:
            if child.stdin is not None:
                child.stdin.write(json.dumps(asdict(shift)).encode())
                child.stdin.close()
                child.stdin = None
            yield Working(child)
        finally:
            child.kill()


async def _run(shift: Shift) -> Reported:
    return await Fleet(shift).work()


def main() -> None:
    """Work the shift on standard input."""
    json.dump(asdict(uvloop.run(_run(Shift(**json.load(sys.stdin))))), sys.stdout)


if __name__ == "__main__":
    main()
