"""Which version scores a slot: the one that was champion then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.support.trip_fakes import PlainModel

from drivetrain.core.errors import ModelNotReadyError
from drivetrain.lifecycle.learning.artifacts import ArtifactRefusedError
from drivetrain.lifecycle.releasing.registry import Alias, ModelVersion, Release
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.trips.slots.application.models import CatalogPastModels, champion_at

NINE = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def release(
    version: str | None, hour: int, action: str = "promote", alias: Alias = Alias.CHAMPION
) -> Release:
    return Release(
        "trip-duration", alias, version, None, action, "somebody", "because", False, NINE + hour * HOUR
    )


HISTORY = [  # newest first
    release("4", 5, alias=Alias.CHALLENGER, action="load"),
    release("1", 3, action="rollback"),
    release("2", 2),
    release("1", 1),
]


class Catalog:
    """The part of the catalog that is asked."""

    def __init__(self, history: list[Release]) -> None:
        self._history = history

    def history(self, model: str) -> list[Release]:
        return self._history

    def version(self, model: str, version: str) -> ModelVersion:
        return ModelVersion(model, version, NINE, version, "", {}, {}, {}, True, "")


class Opening:
    """Opens versions, and counts."""

    def __init__(self, *damaged: str) -> None:
        self.opened: list[str] = []
        self._damaged = damaged

    def __call__(self, version: ModelVersion) -> PlainModel:
        self.opened.append(version.version)
        if version.version in self._damaged:
            raise ArtifactRefusedError("Its files were changed.")
        return PlainModel(ModelRef(version.model, version.version))


@pytest.mark.parametrize(
    ("hours", "version"), [(0.5, None), (1, "1"), (1.9, "1"), (2, "2"), (2.5, "2"), (3, "1"), (9, "1")]
)
def test_the_champion_of_an_instant(hours: float, version: str | None) -> None:
    assert champion_at(HISTORY, NINE + hours * HOUR) == version


def models(opening: Opening, history: list[Release]) -> CatalogPastModels:
    return CatalogPastModels("trip-duration", Catalog(history), opening)  # type: ignore[arg-type]


def test_each_version_is_opened_once() -> None:
    opening = Opening()
    then = models(opening, HISTORY)
    for hours in (1.2, 1.5, 2.5, 3.5):
        found = then.live_at(NINE + hours * HOUR)
        assert found.model.ref.version == champion_at(HISTORY, NINE + hours * HOUR) and found.remark == ""
    assert opening.opened == ["1", "2"]


def test_before_the_first_release_the_first_version_scores_and_that_is_said() -> None:
    found = models(Opening(), HISTORY).live_at(NINE - HOUR)
    assert found.model.ref.version == "1"
    assert "No version was live then" in found.remark


def test_without_any_release_nothing_is_scored() -> None:
    with pytest.raises(ModelNotReadyError):
        models(Opening(), []).live_at(NINE)


def test_a_damaged_version_stands_in_for_nothing_and_is_tried_again() -> None:
    """Another version would give other figures than those of then."""
    opening = Opening("2")
    then = models(opening, HISTORY)
    for _ in range(2):
        with pytest.raises(ArtifactRefusedError):
            then.live_at(NINE + 2.5 * HOUR)
    assert then.live_at(NINE + 4 * HOUR).model.ref.version == "1"
    assert opening.opened == ["2", "2", "1"]


def test_many_versions_are_not_all_kept_open() -> None:
    history = [release(str(number), number) for number in range(9, 0, -1)]
    opening = Opening()
    then = models(opening, history)
    for number in (*range(1, 10), 1):
        then.live_at(NINE + (number + 0.5) * HOUR)
    assert opening.opened == [*"123456789", "1"]
