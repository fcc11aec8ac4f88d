"""Which release of the package this is, and of which commit where it runs from a clone."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import drivetrain

_ANSWER_WITHIN_S = 5.0


def release() -> str:
    """As people quote it: release, commit where it is known, Python."""
    commit = commit_of(Path(drivetrain.__file__).resolve().parent)
    python = ".".join(str(part) for part in sys.version_info[:3])
    return f"drivetrain {version('drivetrain')}{f' (commit {commit})' if commit else ''}, Python {python}"


def commit_of(package: Path) -> str | None:
    """The commit of the clone that a package runs from, ``+`` behind it where files were changed; None elsewhere."""
    if not (package.parents[1] / ".git").exists():
        return None
    command = ["git", "-C", str(package), "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=_ANSWER_WITHIN_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() or None
