"""A load generator: raw HTTP/1.1 over kept connections, in a process of its own, to this machine only.

``python -m bench.load`` reads a job as JSON on standard input and answers what it saw as JSON.

- *Closed loop*: each connection sends its next request when the answer to the last has come. Shows how much
  the server can do.
- *Open loop*: requests fall due at a fixed rate whether answers come or not, and latency counts from when a
  request was due, so a server that stalls cannot hide it by slowing the generator down (coordinated
  omission). Shows how long callers wait.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass, field
from itertools import cycle
from typing import Any, cast

import uvloop

BACKLOG_S = 5.0
"""How long requests that fell due and found no idle connection are still sent after the measured time."""

PATIENCE_S = 10.0
"""How long answers may still come after the measured time; what is missing then has failed."""

LONGEST_S = 120.0


@dataclass(frozen=True, slots=True)
class Job:
    """What to send.

    Attributes:
        requests: whole requests, sent in turn; bytes as Latin-1 text, so that they travel as JSON.
        seconds: of sending, after ``warm_up_s`` that do not count.
        rate: requests/s of an open loop; None for a closed one.
        delay_s: between the start of the process, which costs as much as hundreds of requests, and the first connection.
        niceness: of the process; more than 0 for clients whose own work must not count, because it would not be done here.
        wants_trace: True to tell of every request when, on which connection, and from which version it was
            answered.
    """

    host: str
    port: int
    requests: list[str]
    connections: int
    seconds: float
    warm_up_s: float = 0.5
    rate: float | None = None
    delay_s: float = 0.0
    niceness: int = 0
    wants_trace: bool = False

    def __post_init__(self) -> None:
        """Refuse to load anybody else's machine, and to go on for long."""
        if not ipaddress.ip_address(self.host).is_loopback:
            raise ValueError(f"{self.host} is not this machine")
        if not 0 < self.seconds + self.warm_up_s <= LONGEST_S:
            raise ValueError(f"a load lasts {LONGEST_S:.0f} s at most")


@dataclass(frozen=True, slots=True)
class Answered:
    """One traced answer; instants of the monotonic clock, which all processes share.

    Attributes:
        request: place of the request in the job.
        said: the answer up to the part that tells who gave it.
    """

    client_port: int
    sent_at_s: float
    at_s: float
    request: int
    version: str
    said: str


@dataclass(slots=True)
class Seen:
    """What came of a job.

    Attributes:
        latencies_us: of requests that fell due in the measured time; of the unsent ones, how long they had
            waited.
        failed: requests sent and not answered with a status 2xx, in the warm-up too.
        unsent: requests that fell due and never found an idle connection: the server was too slow for the
            rate.
        statuses: how many answers had which status.
        cpu_s: CPU time of the generator itself.
    """

    seconds: float
    latencies_us: list[int] = field(default_factory=list)
    failed: int = 0
    unsent: int = 0
    cpu_s: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict)
    trace: list[Answered] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers/s."""
        return (len(self.latencies_us) - self.unsent) / self.seconds

    def quantile_ms(self, share: float) -> float:
        """Latency that this share of the answers does not exceed."""
        ordered = sorted(self.latencies_us)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] / 1000 if ordered else float("nan")

    def as_dict(self) -> dict[str, Any]:
        """The figures, without the single requests."""
        return {
            "rate": round(self.rate, 1),
            **{f"p{share * 100:g}_ms": self.quantile_ms(share) for share in (0.5, 0.95, 0.99, 0.999)},
            "failed": self.failed,
            "unsent": self.unsent,
            "statuses": self.statuses,
        }


class Connection(asyncio.Protocol):
    """One kept connection with at most one request on the way."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self.due_s: float | None = None
        self.sent_at_s = 0.0
        self.request = 0
        self.port = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self.port = transport.get_extra_info("sockname")[1]

    def send(self, number: int, request: bytes, due_s: float) -> None:
        """Send one request; ``due_s`` is when it should have left."""
        assert self._transport is not None
        self.due_s, self.request, self.sent_at_s = due_s, number, time.monotonic()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer = self._buffer + data if self._buffer else data
        head_end = buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        at = buffer.find(b"content-length: ", 0, head_end)
        if at < 0:
            self.close()
            return
        length = int(buffer[at + 16 : buffer.find(b"\r", at)])
        if len(buffer) >= head_end + 4 + length:
            self._buffer = b""
            self._load.on_answer(self, buffer)

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.on_lost(self)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


class Load:
    """Runs one job."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._loop = asyncio.get_running_loop()
        self._requests = cycle(
            [(number, request.encode("latin-1")) for number, request in enumerate(job.requests)]
        )
        self._connections: set[Connection] = set()
        self._idle: deque[Connection] = deque()
        self._due: deque[float] = deque()
        self._done = self._loop.create_future()
        self._next_due_s = self._counts_from_s = self._stops_at_s = 0.0
        self.seen = Seen(job.seconds)

    async def run(self) -> Seen:
        """Send, wait for the last answers, hang up."""
        os.nice(self._job.niceness)
        await asyncio.sleep(self._job.delay_s)
        for _ in range(self._job.connections):
            _, connection = await self._loop.create_connection(
                lambda: Connection(self), self._job.host, self._job.port
            )
            self._connections.add(connection)
        self._idle.extend(self._connections)
        cpu_before_s = time.process_time()
        began_s = self._next_due_s = time.monotonic()
        self._counts_from_s = began_s + self._job.warm_up_s
        self._stops_at_s = self._counts_from_s + self._job.seconds
        if self._job.rate is None:
            while self._idle:
                self._send(self._idle.popleft(), time.monotonic())
        else:
            self._tick(1 / self._job.rate)
        try:
            async with asyncio.timeout(self._stops_at_s + PATIENCE_S - began_s):
                await self._done
        except TimeoutError:
            pass
        self.seen.failed += sum(connection.due_s is not None for connection in self._connections)
        waiting = [due_s for due_s in self._due if due_s >= self._counts_from_s]
        self.seen.unsent = len(waiting)
        self.seen.latencies_us += [round((time.monotonic() - due_s) * 1e6) for due_s in waiting]
        self.seen.cpu_s = time.process_time() - cpu_before_s
        for connection in list(self._connections):
            connection.due_s = None
            connection.close()
        return self.seen

    def on_answer(self, connection: Connection, answer: bytes) -> None:
        """Count an answer and use the connection again."""
        now_s = time.monotonic()
        due_s, connection.due_s = connection.due_s, None
        if due_s is None:  # an answer nobody asked for
            self.seen.failed += 1
            return
        status = answer[9:12].decode("latin-1")
        self.seen.statuses[status] = self.seen.statuses.get(status, 0) + 1
        if not status.startswith("2"):
            self.seen.failed += 1
        elif due_s >= self._counts_from_s:
            self.seen.latencies_us.append(round((now_s - due_s) * 1e6))
        if self._job.wants_trace:
            self.seen.trace.append(
                Answered(
                    connection.port,
                    connection.sent_at_s,
                    now_s,
                    connection.request,
                    version_of(answer),
                    said(answer),
                )
            )
        self._go_on(connection, now_s)

    def on_lost(self, connection: Connection) -> None:
        """Account for a connection that the server ended; without any left the job ends too."""
        self._connections.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if connection.due_s is not None:
            connection.due_s = None
            self.seen.failed += 1
        if not self._connections:
            self._finish()

    def _go_on(self, connection: Connection, now_s: float) -> None:
        if self._due and now_s < self._stops_at_s + BACKLOG_S:
            self._send(connection, self._due.popleft())
        elif self._job.rate is None and now_s < self._stops_at_s:
            self._send(connection, now_s)
        else:
            self._idle.append(connection)
            if now_s >= self._stops_at_s and len(self._idle) == len(self._connections):
                self._finish()

    def _tick(self, interval_s: float) -> None:
        """Send what has fallen due; the loop's timer is a millisecond wide, and what it is late counts as latency."""
        now_s = time.monotonic()
        while self._next_due_s <= now_s and self._next_due_s < self._stops_at_s:
            if self._idle:
                self._send(self._idle.popleft(), self._next_due_s)
            else:
                self._due.append(self._next_due_s)
            self._next_due_s += interval_s
        if self._next_due_s < self._stops_at_s:
            self._loop.call_later(max(0.0, self._next_due_s - now_s), self._tick, interval_s)
        elif len(self._idle) == len(self._connections):
            self._finish()

    def _send(self, connection: Connection, due_s: float) -> None:
        connection.send(*next(self._requests), due_s)

    def _finish(self) -> None:
        if not self._done.done():
            self._done.set_result(None)


def said(answer: bytes) -> str:
    """What was answered, without who answered; of any bytes that end in the JSON of an answer."""
    return answer[answer.find(b"{") : answer.rfind(b'"model":')].decode()


def version_of(answer: bytes) -> str:
    """The version of the model that answered."""
    at = answer.rfind(b'"version":"')
    return answer[at + 11 : answer.find(b'"', at + 11)].decode("latin-1") if at >= 0 else ""


class Generator:
    """A job running in a child process."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self._child = child

    def result(self) -> Seen:
        """What came of it, once it has ended.

        Raises:
            RuntimeError: the child failed.
        """
        output, _ = self._child.communicate(timeout=LONGEST_S + 2 * PATIENCE_S)
        if self._child.returncode:
            raise RuntimeError("the load generator failed; what it wrote stands above")
        plain = json.loads(output)
        trace = [Answered(*each) for each in plain.pop("trace")]
        return Seen(**plain, trace=trace)


@contextmanager
def generating(job: Job) -> Iterator[Generator]:
    """Run a job in a child process, which is gone when the block ends."""
    command = [sys.executable, "-m", "bench.load"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdin is not None
            child.stdin.write(json.dumps(asdict(job)))
            child.stdin.close()
            child.stdin = None
            yield Generator(child)
        finally:
            child.kill()


def run(job: Job) -> Seen:
    """Run a job in a child process and wait for it."""
    with generating(job) as generator:
        return generator.result()


def as_request(
    method: str,
    path: str,
    *,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    content_type: str = "application/json",
) -> str:
    """A whole request as a job holds it."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "host: 127.0.0.1",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    if body:
        lines += [f"content-type: {content_type}", f"content-length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1").decode("latin-1") + body.decode("latin-1")


async def _run(job: Job) -> Seen:
    return await Load(job).run()


def main() -> None:
    """Run the job on standard input."""
    seen = uvloop.run(_run(Job(**json.load(sys.stdin))))
    json.dump(asdict(seen) | {"trace": [astuple(each) for each in seen.trace]}, sys.stdout)


if __name__ == "__main__":
    main()
