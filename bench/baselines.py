"""Other APIs on as many processes as the platform has workers, started and ended for a measurement."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import httpx
import psutil

from bench.installation import HOST, free_port

_READY_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Baseline:
    """A running API."""

    port: int
    processes: list[psutil.Process]


@contextmanager
def serving(application: str, workers: int, environment: Mapping[str, str]) -> Iterator[Baseline]:
    """An API under uvicorn, with the loop and the parser that the platform uses and without a log.

    Args:
        application: ``module:name``.
        environment: beside the usual one.

    Raises:
        RuntimeError: it does not answer.
    """
    port = free_port()
    command = [
        *(sys.executable, "-m", "uvicorn", application, "--host", HOST, "--port", str(port)),
        *("--workers", str(workers), "--loop", "uvloop", "--http", "httptools"),
        *("--no-access-log", "--log-level", "critical"),
    ]
    child = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1", **environment})
    try:
        _wait(child, application, port)
        yield Baseline(port, psutil.Process(child.pid).children(recursive=True))
    finally:
        family = psutil.Process(child.pid).children(recursive=True) if child.poll() is None else []
        child.terminate()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()


def _wait(child: subprocess.Popen[bytes], application: str, port: int) -> None:
    give_up_at = time.monotonic() + _READY_TIMEOUT_S
    while time.monotonic() < give_up_at and child.poll() is None:
        with suppress(httpx.HTTPError):
            httpx.get(f"http://{HOST}:{port}/", timeout=2.0)
            return
        time.sleep(0.1)
    raise RuntimeError(f"{application} does not answer")
