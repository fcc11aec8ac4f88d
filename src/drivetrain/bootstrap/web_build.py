"""Building the web app of a clone: beside the platform that `up` runs, or by itself."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import drivetrain
from drivetrain.adapters.embedded.children import end_with_parent
from drivetrain.adapters.node.build_report import BuildReport
from drivetrain.adapters.node.web_build import WebBuild
from drivetrain.core.errors import NotFoundError
from drivetrain.settings import Settings

NICENESS = 19
"""Of a build beside the platform: training and serving come first."""

_PACKAGE = Path(drivetrain.__file__).parent
BUNDLES = _PACKAGE / "adapters" / "http" / "bundle"
BUNDLE = BUNDLES / "app"
"""Made by builds, ignored by git, and put into the wheel."""

Say = Callable[[str], None]


def clone() -> Path | None:
    """The clone that this package runs from; None where it is installed, or the clone has no web app."""
    folder = _PACKAGE.parents[1]
    return folder if (folder / "web" / "package.json").is_file() else None


def build_command(settings: Settings) -> Sequence[str] | None:
    """What `up` runs beside the platform to have a bundle of the current source; None where there is nothing to build."""
    if settings.web_app is not None or clone() is None:
        return None
    return [sys.executable, "-m", "drivetrain.entrypoints.web_app", "--beside"]


def web_build(say: Say) -> WebBuild:
    """The build of this clone.

    Raises:
        NotFoundError: ``platform.no_web_source``.
    """
    folder = clone()
    if folder is None:
        raise NotFoundError(
            "The source of the web app is not here; it is in the folder web of a clone.",
            code="platform.no_web_source",
        )
    return WebBuild(
        source=folder / "web",
        node_lock=folder / "requirements" / "web.lock.txt",
        builder=folder / ".builder",
        bundle=BUNDLE,
        report=BuildReport(BUNDLES),
        say=say,
    )


def run_beside() -> None:
    """In a build that `up` started: stay out of the way of the platform, and end with it, with every process of ours."""
    signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, signal.SIGKILL))
    end_with_parent()
    os.nice(NICENESS)
