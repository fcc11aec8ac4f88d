"""The platform that runs on a home, seen from another process: where it serves, how it is, and how it is ended."""

from __future__ import annotations

import http.client
import json
import os
import signal
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from drivetrain.adapters.embedded.home_lock import HolderInfo, HomeLock
from drivetrain.bootstrap.home import existing_home
from drivetrain.core.errors import ConflictError, NotFoundError, UnavailableError
from drivetrain.core.progress import Progress
from drivetrain.settings import Settings

ANSWER_WITHIN_S = 5.0
STOPPED_WITHIN_S = 60.0
"""Requests in progress end first, then the database writes what it holds."""

_PAUSE_S = 0.1
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - read, not listened on


@dataclass(frozen=True, slots=True)
class PlatformStatus:
    """A running platform.

    Attributes:
        since: when it was started, UTC.
        address: None until it listens, an instant after its start, and of a command that works on the home without it.
        health: what ``GET /health`` answers; None where it did not answer within ``ANSWER_WITHIN_S``, or is starting.
    """

    home: str
    pid: int
    since: datetime
    address: str | None
    health: dict[str, Any] | None

    @property
    def state(self) -> str:
        """In one word: what ``/health`` says, ``silent`` where no worker answers, ``busy`` where a command holds the home."""
        if self.address is None:
            return "busy"
        return "silent" if self.health is None else str(self.health["state"])

    def as_dict(self) -> dict[str, object]:
        """Plain values."""
        return {
            "home": self.home,
            "state": self.state,
            "pid": self.pid,
            "since": self.since.isoformat(),
            "address": self.address,
            "health": self.health,
        }


def address_of(host: str, port: int) -> str:
    """Where this machine's browsers reach who listens on an address."""
    host = _ANYWHERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def platform_status(settings: Settings) -> PlatformStatus:
    """How the platform of the home is.

    Raises:
        NotFoundError: ``platform.not_running``, or there is no home.
    """
    home = existing_home(settings).folder
    holder = _holder(HomeLock(home))
    health = None if holder.address is None else _health(holder.address)
    return PlatformStatus(str(home), holder.pid, holder.since, holder.address, health)


def stop_platform(settings: Settings, progress: Progress) -> HolderInfo:
    """End the platform of the home as Ctrl-C does, and wait until it is gone; what it was.

    Raises:
        NotFoundError: ``platform.not_running``, or there is no home.
        ConflictError: ``home.in_use``; it is no platform that holds the home, but a command such as a training.
        UnavailableError: ``platform.still_running`` after ``STOPPED_WITHIN_S``, or ``platform.not_yours``.
    """
    lock = HomeLock(existing_home(settings).folder)
    holder = _holder(lock)
    if holder.address is None:
        raise ConflictError(
            f"Process {holder.pid} works on this home, and is no platform that serves; it ends by itself.",
            code="home.in_use",
        )
    try:
        os.kill(holder.pid, signal.SIGTERM)
    except PermissionError:
        raise UnavailableError(
            f"Process {holder.pid} belongs to another user; stop it as that user.", code="platform.not_yours"
        ) from None
    except ProcessLookupError:
        pass  # it has just ended, or runs where this process cannot see it: the lock tells
    give_up_at = time.monotonic() + STOPPED_WITHIN_S
    with progress.stage("stopping", total=1, unit="platforms"):
        while lock.holder() is not None:
            if time.monotonic() > give_up_at:
                raise UnavailableError(
                    f"Process {holder.pid} was asked to stop {STOPPED_WITHIN_S:.0f} s ago and still runs; "
                    "its log says what it waits for.",
                    code="platform.still_running",
                )
            time.sleep(_PAUSE_S)
    return holder


def _holder(lock: HomeLock) -> HolderInfo:
    holder = lock.holder()
    if holder is None:
        raise NotFoundError(
            "No platform runs on this home; `drivetrain up` starts one.", code="platform.not_running"
        )
    return holder


def _health(address: str) -> dict[str, Any] | None:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=ANSWER_WITHIN_S)
    try:
        connection.request("GET", "/health")
        answer = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return answer if isinstance(answer, dict) and "dependencies" in answer else None
