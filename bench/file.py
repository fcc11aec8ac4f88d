"""A table of 100,000 rows through the API: time, and memory of the server beside what it had before."""

from __future__ import annotations

import csv
import http.client
import io
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil

from bench.installation import HOST, Installation, Platform
from bench.report import Figure, at_most, shown
from drivetrain.lifecycle.data.contracts import Row

ROWS = 100_000
MOST_S = 2
MOST_EXTRA_MIB = 64
ANSWER_TYPES = ("application/json", "text/csv")

_MIB = 1 << 20
_SAMPLE_S = 0.02
_TIMEOUT_S = 120.0


def measure(installation: Installation, platform: Platform, *, is_quick: bool) -> list[Figure]:
    """Send the table and read the answer to its end; the first time the workers are fresh, which is when memory grows most."""
    table = csv_of(installation.rows(ROWS // 10 if is_quick else ROWS))
    workers = platform.workers()
    resting = _Memory.of(workers)
    figures = []
    for wanted in ANSWER_TYPES:
        walls, peaks = [], []
        for _ in range(1 if is_quick else 5):
            with Sampling(workers) as peak:
                walls.append(send(platform, table, wanted))
            peaks.append(peak)
        rows = table.count(b"\n") - 1
        figures += [
            at_most(f"{rows:,} rows of CSV, answer {wanted}", walls, MOST_S, "s"),
            at_most(
                "  most resident memory of the workers over rest",
                [(peak.server.rss - resting.rss) / _MIB for peak in peaks],
                MOST_EXTRA_MIB,
                "MiB",
                resting_mib=resting.rss / _MIB,
            ),
            shown(
                "  the same as proportional share (PSS)",
                [(peak.server.pss - resting.pss) / _MIB for peak in peaks],
                "MiB",
            ),
            shown("  the parsing child, at most", [peak.child_rss / _MIB for peak in peaks], "MiB"),
        ]
    return figures


def csv_of(rows: list[Row]) -> bytes:
    """Rows as a client would upload them."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def send(platform: Platform, table: bytes, wanted: str, path: str = "/rental/prices/file") -> float:
    """Seconds from the first byte sent to the last received."""
    started = time.monotonic()
    connection = http.client.HTTPConnection(HOST, platform.port, timeout=_TIMEOUT_S)
    try:
        headers = {**platform.headers, "content-type": "text/csv", "accept": wanted}
        connection.request("POST", path, table, headers)
        answer = connection.getresponse()
        size = 0
        while block := answer.read(1 << 20):
            size += len(block)
    finally:
        connection.close()
    if answer.status != http.client.OK or size < len(table):
        raise RuntimeError(f"the table was answered with {answer.status} and {size:,} bytes")
    return time.monotonic() - started


@dataclass(slots=True)
class _Memory:
    """Bytes of some processes together."""

    rss: int = 0
    pss: int = 0

    @classmethod
    def of(cls, processes: list[psutil.Process]) -> _Memory:
        """As it is now."""
        return cls(
            sum(_rss(process.pid) for process in processes), sum(_pss(process.pid) for process in processes)
        )


@dataclass(slots=True)
class Sampling:
    """The most memory that processes and their children held while the block ran, looked at every 20 ms."""

    processes: list[psutil.Process]
    server: _Memory = field(default_factory=_Memory)
    child_rss: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._sample, name="memory", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        assert self._thread is not None
        self._thread.join()

    def _sample(self) -> None:
        while not self._stop.wait(_SAMPLE_S):
            now = _Memory.of(self.processes)
            self.server.rss = max(self.server.rss, now.rss)
            self.server.pss = max(self.server.pss, now.pss)
            children = [child for process in self.processes for child in _children(process.pid)]
            self.child_rss = max([self.child_rss, *(_rss(child) for child in children)])


def _rss(pid: int) -> int:
    return _kilobytes(pid, "status", b"VmRSS:")


def _pss(pid: int) -> int:
    return _kilobytes(pid, "smaps_rollup", b"Pss:")


def _kilobytes(pid: int, file: str, name: bytes) -> int:
    with suppress(OSError):  # it ended between two looks
        for line in Path(f"/proc/{pid}/{file}").read_bytes().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) << 10
    return 0


def _children(pid: int) -> list[int]:
    """Pids of the children that any thread of the process started."""
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found
