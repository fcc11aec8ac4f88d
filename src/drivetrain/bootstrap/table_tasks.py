"""Previewing and adding tables in the background."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
        UnreadableInputError: the file is not a table.
    """
    file = home_of(Settings()).uploads / arguments["file"]
    with _used_up(file):
        return dict(preview_table(arguments["name"], file, arguments["mapping"], progress).as_dict())


def add_upload(_: TaskPorts, arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Judge an uploaded file and make it the current version of its table.

    Raises:
        TableRefusedError: models cannot learn from it; nothing was changed.
        InvalidInputError: the mapping cannot be used.
        UnreadableInputError: the file is not a table.
    """
    file = home_of(Settings()).uploads / arguments["file"]
    with _used_up(file):
        added = add_table(
            Settings(),
            arguments["name"],
            file,
            mapping=arguments["mapping"],
            source=arguments["source"],
            licence=arguments["licence"],
            accept_refused=arguments["accept_refused"],
            show_refused=lambda _: None,
            progress=progress,
        )
    return {"table": added.reference.as_dict(), "preview": dict(added.preview.as_dict())}


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
