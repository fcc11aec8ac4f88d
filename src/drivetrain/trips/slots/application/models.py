"""Which version of the duration model was live at an instant, opened once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from drivetrain.lifecycle.releasing.registry import (
    Alias,
    ModelCatalog,
    ModelVersion,
    NoChampionError,
    Release,
)
from drivetrain.trips.duration.application.ports import RideModel
from drivetrain.trips.slots.application.ports import PastModel

_MOST_OPEN = 3
"""A catch-up goes through time, so it meets versions one after the other."""


def champion_at(history: Sequence[Release], instant: datetime) -> str | None:
    """The version that had the alias ``champion`` at an instant; None when none had.

    Args:
        history: newest first.
    """
    last = next(
        (release for release in history if release.alias is Alias.CHAMPION and release.at <= instant), None
    )
    return None if last is None else last.version


class CatalogPastModels:
    """The port ``PastModels`` on the catalog's history of releases."""

    def __init__(
        self, model: str, catalog: ModelCatalog, open_model: Callable[[ModelVersion], RideModel]
    ) -> None:
        """Ask a catalog.

        Args:
            open_model: loads a version's verified files; raises ArtifactRefusedError where they are not what
                was registered.
        """
        self._model = model
        self._catalog = catalog
        self._open = open_model
        self._opened: dict[str, RideModel] = {}

    def live_at(self, instant: datetime) -> PastModel:
        """The version that was champion at an instant; before the first release, the first version ever released.

        Raises:
            ModelNotReadyError: none was ever released.
            ArtifactRefusedError: its files are damaged or gone.
        """
        history = self._catalog.history(self._model)
        version = champion_at(history, instant)
        if version is not None:
            return PastModel(self._load(version))
        first = next(
            (
                release.version
                for release in reversed(history)
                if release.alias is Alias.CHAMPION and release.version
            ),
            None,
        )
        if first is None:
            raise NoChampionError(self._model)
        return PastModel(self._load(first), "No version was live then.")

    def _load(self, version: str) -> RideModel:
        if version not in self._opened:
            opened = self._open(self._catalog.version(self._model, version))
            while len(self._opened) >= _MOST_OPEN:
                del self._opened[next(iter(self._opened))]
            self._opened[version] = opened
        return self._opened[version]
