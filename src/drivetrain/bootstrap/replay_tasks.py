"""Replays in the background, for windows that nobody waits for in a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drivetrain.bootstrap.installation import home_of, open_stores
from drivetrain.bootstrap.trials import Trials
from drivetrain.core.progress import Progress
from drivetrain.core.time import read_instant
from drivetrain.lifecycle.kit.tasks import TaskPorts
from drivetrain.lifecycle.releasing.replay import Window
from drivetrain.settings import Settings


def preview_version(ports: TaskPorts, arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """What a version would have changed in the answers of a window; the report of the replay.

    Raises:
        NotFoundError: there is no such model or version.
        ArtifactRefusedError: the version's files are not what was registered.
    """
    settings = Settings()
    home = home_of(settings)
    stores = open_stores(settings, home, ports.database.url)
    trials = Trials(ports.database.engine, home, stores.catalog)
    window = Window(
        read_instant(arguments["since"]), read_instant(arguments["until"]), int(arguments["most"])
    )
    return dict(trials.replay(arguments["model"], arguments["version"], window, progress))
