"""The system user PostgreSQL runs as, and the paths that user must be able to reach."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from drivetrain.core.errors import UnavailableError

SYSTEM_USER = "pgserver"
"""Made when we are root, because PostgreSQL refuses to run as root. The wheel's own helpers use the same
name."""

CREATE_ATTEMPTS = 10
"""Two processes may make the user at once; ``useradd`` then fails on the lock of /etc/passwd and is tried
again."""


@dataclass(frozen=True, slots=True)
class ServerUser:
    """Who owns the database files and runs the server: ourselves, or somebody else when we are root."""

    uid: int
    gid: int

    def run_command(
        self, command: list[str], *, log_fd: int, keep_fds: tuple[int, ...] = ()
    ) -> subprocess.Popen[bytes]:
        """Start a program of PostgreSQL as this user, in its own session, away from our environment.

        Its own session keeps Ctrl-C in a terminal from ending the database before those who use it. The
        environment is not passed on because ``PGDATA``, ``PGOPTIONS`` or a foreign ``LD_LIBRARY_PATH`` would
        change what runs.
        """
        identity = (self.uid, self.gid, ()) if os.geteuid() == 0 else (None, None, None)
        user, group, extra_groups = identity
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log_fd,
            stderr=log_fd,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            start_new_session=True,
            pass_fds=keep_fds,
            user=user,
            group=group,
            extra_groups=extra_groups,
            umask=0o077,
        )

    def take(self, path: Path) -> None:
        """Give one file or folder to this user (nothing to do unless we are root)."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def make_private_folder(self, folder: Path) -> None:
        """Make a folder only this user (and root) can enter, or take over one that is ours already.

        Raises:
            UnavailableError: something of that name exists and is not a folder of ours. Under a shared
                temporary folder this is what an attack looks like, so nothing is changed.
        """
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {self.uid, os.geteuid()}:
            raise UnavailableError(
                f"{folder} exists and belongs to another user; remove it, then start again.",
                code="database.other_owner",
            )
        self.take(folder)
        folder.chmod(0o700)

    def let_through(self, path: Path) -> None:
        """Let this user pass through ``path`` and the folders above it.

        When we are root the home may lie below a folder such as ``/root`` that nobody else may enter. Each
        such folder gets the traverse bit (``x``) for others and nothing more: names in it stay unreadable,
        files keep their modes. Nothing is changed when we are not root, because then the server runs as
        ourselves.
        """
        if os.geteuid() != 0:
            return
        for folder in (path, *path.parents):
            status = folder.stat()
            bit = self._traverse_bit(status)
            if not status.st_mode & bit:
                folder.chmod(stat.S_IMODE(status.st_mode) | bit)

    def let_read_programs(self, tree: Path) -> None:
        """Let this user run the programs of the wheel when root installed it with a strict umask.

        Only the wheel's own files are touched; they are public and hold nothing of the installation.
        """
        self.let_through(tree)
        if os.geteuid() != 0 or (tree / "bin" / "postgres").stat().st_mode & stat.S_IXOTH:
            return
        for path in (tree, *tree.rglob("*")):
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))

    def _traverse_bit(self, status: os.stat_result) -> int:
        if status.st_uid == self.uid:
            return stat.S_IXUSR
        return stat.S_IXGRP if status.st_gid == self.gid else stat.S_IXOTH


def user_for(data: Path) -> ServerUser:
    """Who the server of this data folder must run as.

    PostgreSQL insists that the folder's owner runs it. So root runs it as the owner of an existing folder
    (``sudo`` on somebody's home works and changes no owner) and as the user ``pgserver`` on a new one.

    Raises:
        UnavailableError: we are not root and the folder belongs to another user, or the user cannot be made.
    """
    try:
        owner = data.stat()
    except FileNotFoundError:
        owner = None
    if os.geteuid() == 0:
        return (
            ServerUser(owner.st_uid, owner.st_gid)
            if owner is not None and owner.st_uid != 0
            else _system_user()
        )
    if owner is not None and owner.st_uid != os.geteuid():
        raise UnavailableError(
            f"The database in {data} belongs to {_name(owner.st_uid)} and only that user can start it; "
            "run as that user, or choose another DRIVETRAIN_HOME.",
            code="database.other_owner",
        )
    return ServerUser(os.geteuid(), os.getegid())


def _system_user() -> ServerUser:
    command = [
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--shell",
        "/bin/false",
        SYSTEM_USER,
    ]
    reason = ""
    for _ in range(CREATE_ATTEMPTS):
        try:
            entry = pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            reason = _failure_of(command)
            time.sleep(0.1 if reason else 0)
        else:
            return ServerUser(entry.pw_uid, entry.pw_gid)
    raise UnavailableError(
        f"PostgreSQL refuses to run as root and the system user {SYSTEM_USER} could not be created ({reason}); "
        f"make that user, run drivetrain as a normal user, or set DRIVETRAIN_DATABASE_URL.",
        code="database.no_system_user",
    )


def _failure_of(command: list[str]) -> str:
    """Run a command; why it failed, empty when it did not."""
    try:
        result = subprocess.run(command, check=False, capture_output=True, text=True)
    except FileNotFoundError:
        return f"{command[0]} is not installed"
    return "" if result.returncode == 0 else result.stderr.strip()


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
