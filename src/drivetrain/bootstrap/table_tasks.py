"""Previewing and adding tables in the background."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.own_limits import own_limits
from drivetrain.bootstrap.home import home_of
from drivetrain.bootstrap.tables import add_table, preview_table
from drivetrain.core.errors import DrivetrainError, UnavailableError
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.kit.tasks import TaskPorts
from drivetrain.settings import Settings


def preview_upload(_: TaskPorts, arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Read an uploaded file as a table.

    Raises:
        InvalidInputError: the mapping cannot be used.
        UnreadableInputError: the file is not a table, or takes too long or too much memory to read.
    """
    settings = Settings()
    file = home_of(settings).uploads / arguments["file"]
    with _used_up(file), own_limits(parse_limits(settings)):
        return dict(preview_table(arguments["name"], file, arguments["mapping"], progress).as_dict())


def add_upload(_: TaskPorts, arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Judge an uploaded file and make it the current version of its table.

    Raises:
        TableRefusedError: models cannot learn from it; nothing was changed.
        InvalidInputError: the mapping cannot be used.
        UnreadableInputError: the file is not a table, or takes too long or too much memory to read.
    """
    settings = Settings()
    file = home_of(settings).uploads / arguments["file"]
    with _used_up(file), own_limits(parse_limits(settings)):
        added = add_table(
            settings,
            arguments["name"],
            file,
            mapping=arguments["mapping"],
            source=arguments["source"],
            licence=arguments["licence"],
            accept_refused=arguments["accept_refused"],
            is_synthetic=arguments.get("is_synthetic", False),  # tasks of earlier releases lack it
            show_refused=lambda _: None,
            progress=progress,
        )
    return {"table": added.reference.as_dict(), "preview": dict(added.preview.as_dict())}


def parse_limits(settings: Settings) -> ParseLimits:
    """How much one upload may cost."""
    return ParseLimits(rows=settings.file_rows, wall_s=settings.parse_timeout_s)


@contextmanager
def _used_up(file: Path) -> Iterator[None]:
    """Remove an upload once nothing more will be done with it: not where the next attempt needs it."""
    try:
        yield
    except UnavailableError:
        raise
    except DrivetrainError:
        shutil.rmtree(file.parent, ignore_errors=True)
        raise
    shutil.rmtree(file.parent, ignore_errors=True)
