"""One running platform per home folder."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from drivetrain.core.errors import ConflictError, UnavailableError
from drivetrain.core.locks import try_lock, try_share
from drivetrain.core.time import Clock, SystemClock

PATIENCE_S = 0.5
"""How long taking the lock is tried: ``holder`` of another process holds it shared for an instant while it
looks."""


@dataclass(frozen=True, slots=True)
class HolderInfo:
    """The process that runs the platform of a home.

    Attributes:
        since: when it took the lock, UTC.
        address: where it serves; None before it listens, and of whoever only works on the home.
    """

    pid: int
    since: datetime
    address: str | None = None


class HomeLock:
    """Held while a platform runs on a home; a second one on the same home is refused.

    The lock is the kernel's (``flock`` on ``<home>/run/up.lock``), so it is gone the moment its holder is,
    even after ``kill -9``; the text in the file only tells people who it is. The file stays: removing it
    would let two processes lock two files of the same name. Children started with ``subprocess`` do not
    inherit the lock (close-on-exec).

    Use as a context manager, once at a time per object.
    """

    def __init__(self, home: Path, *, clock: Clock | None = None) -> None:
        self._home = home.resolve()
        self._path = self._home / "run" / "up.lock"
        self._clock = clock or SystemClock()
        self._fd: int | None = None
        self._since = self._clock.now()

    def __enter__(self) -> HomeLock:
        """Take the lock.

        Raises:
            ConflictError: ``home.in_use``; another process holds it.
            UnavailableError: ``home.not_writable``; the home cannot be made or written.
        """
        fd = self._open()
        if not try_lock(fd, patience_s=PATIENCE_S):
            holder = _read(fd)
            os.close(fd)
            raise ConflictError(_refusal(self._home, holder), code="home.in_use")
        since = self._clock.now()
        try:
            _write(fd, HolderInfo(os.getpid(), since))
        except OSError as error:
            os.close(fd)
            raise _not_writable(self._path, error) from error
        self._fd, self._since = fd, since
        return self

    def announce(self, address: str) -> None:
        """Tell those who look where the platform serves. On a full disk nobody learns it, and all else goes on."""
        if self._fd is not None:
            with suppress(OSError):
                _write(self._fd, HolderInfo(os.getpid(), self._since, address))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the lock."""
        if self._fd is not None:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = None

    def holder(self) -> HolderInfo | None:
        """Who holds the lock; None when nobody does, or when the holder is only just starting."""
        try:
            fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _not_writable(self._path, error) from error
        try:
            return None if try_share(fd) else _read(fd)
        finally:
            os.close(fd)

    def _open(self) -> int:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise _not_writable(self._path, error) from error


def _write(fd: int, holder: HolderInfo) -> None:
    fields = {
        "pid": holder.pid,
        "since": holder.since.isoformat(timespec="seconds"),
        "address": holder.address,
    }
    text = json.dumps(fields)
    os.ftruncate(fd, 0)
    os.pwrite(fd, text.encode(), 0)


def _read(fd: int) -> HolderInfo | None:
    try:
        fields = json.loads(os.pread(fd, 1024, 0))
        since = datetime.fromisoformat(fields["since"]).astimezone(UTC)
        return HolderInfo(int(fields["pid"]), since, fields.get("address"))
    except (ValueError, KeyError, TypeError):
        return None


def _refusal(home: Path, holder: HolderInfo | None) -> str:
    holder_text = f" (process {holder.pid} since {holder.since:%Y-%m-%d %H:%M:%S} UTC)" if holder else ""
    return f"drivetrain is already running on this home, {home}{holder_text}; stop it first or choose another DRIVETRAIN_HOME."


def _not_writable(path: Path, error: OSError) -> UnavailableError:
    return UnavailableError(
        f"{path} cannot be used ({error.strerror}); make the folder writable for this user or choose another DRIVETRAIN_HOME.",
        code="home.not_writable",
    )
