"""The definitions of Feast are ours, and its join is by knowledge time; with Feast itself: tests/integration/test_feast.py."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from tests.support.dispatch import NOW

from drivetrain.core.errors import InvalidInputError, UnavailableError
from drivetrain.dispatch.features.adapters.feast_store import (
    SERVICE,
    apply_definitions,
    materialize_online,
    open_store,
    read_as_known,
)
from drivetrain.dispatch.features.domain.views import LAYOUT, VIEWS


class Recorded:
    """A feature store that notes how it is asked; it knows the last row alone, and has no online store."""

    def __init__(self, layout: str) -> None:
        self.tags = {"layout": layout}
        self.asked: list[dict[str, Any]] = []
        self.config, self.online_config = self, None

    def get_feature_service(self, name: str) -> Recorded:
        assert name == SERVICE
        return self

    def get_historical_features(self, **asked: Any) -> Recorded:
        self.asked.append(asked)
        return self

    def to_df(self) -> Any:
        names = [feature.rpartition(":")[2] for feature in self.asked[-1]["features"]]
        return self.asked[-1]["entity_df"][-1:].assign(**dict.fromkeys(names, 1))


def test_the_join_is_by_knowledge_time() -> None:
    pd = pytest.importorskip("pandas")
    store = Recorded(LAYOUT.digest)
    rows = pd.DataFrame({"driver_id": ["d0", "d1"], "event_timestamp": [NOW, NOW], "label": [7, 8]})
    joined = read_as_known(store, rows)
    assert [asked["filter_by_created_timestamp"] for asked in store.asked] == [True] * len(VIEWS)
    assert list(joined.columns) == [*rows.columns, *LAYOUT.names]
    assert (joined.label.tolist(), joined.trips_1h.isna().tolist()) == ([7, 8], [True, False])


def test_a_store_of_other_definitions_is_not_asked() -> None:
    store = Recorded("other")
    with pytest.raises(InvalidInputError, match="other definitions"):
        read_as_known(store, "rows")
    assert store.asked == []


def test_nothing_is_written_online_where_there_is_no_online_store() -> None:
    with pytest.raises(InvalidInputError, match="--redis"):
        materialize_online(Recorded(LAYOUT.digest), None)  # type: ignore[arg-type]


@pytest.mark.skipif(importlib.util.find_spec("feast") is not None, reason="Feast is installed")
@pytest.mark.parametrize("step", [apply_definitions, open_store])
def test_without_feast_it_says_what_to_install(step: Any, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="pip install"):
        step(tmp_path)
