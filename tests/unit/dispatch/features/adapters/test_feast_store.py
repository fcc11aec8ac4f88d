"""The definitions of Feast are ours, by name, kind and time to live, and its join is by knowledge time."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from drivetrain.core.errors import UnavailableError
from drivetrain.dispatch.features.adapters.feast_store import SERVICE, definitions, read_as_known
from drivetrain.dispatch.features.domain.views import LAYOUT, VIEWS

HAS_FEAST = importlib.util.find_spec("feast") is not None
needs_feast = pytest.mark.skipif(
    not HAS_FEAST, reason="Feast is not installed; it is no dependency of this package"
)


class Recorded:
    """A feature store that notes how it is asked."""

    def __init__(self, layout: str) -> None:
        self.tags = {"layout": layout}
        self.asked: dict[str, Any] = {}

    def get_feature_service(self, name: str) -> Recorded:
        assert name == SERVICE
        return self

    def get_historical_features(self, **asked: Any) -> Recorded:
        self.asked = asked
        return self

    def to_df(self) -> str:
        return "joined"


def test_the_join_is_by_knowledge_time() -> None:
    store = Recorded(LAYOUT.digest)
    assert read_as_known(store, "rows") == "joined"
    assert store.asked == {"entity_df": "rows", "features": store, "filter_by_created_timestamp": True}


def test_a_store_of_other_definitions_is_not_asked() -> None:
    store = Recorded("other")
    with pytest.raises(ValueError, match="other definitions"):
        read_as_known(store, "rows")
    assert store.asked == {}


@pytest.mark.skipif(HAS_FEAST, reason="Feast is installed")
def test_without_feast_it_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="pip install"):
        definitions(tmp_path)


@needs_feast
def test_the_views_are_ours(tmp_path: Path) -> None:
    _, *views, service = definitions(tmp_path)
    assert [view.name for view in views] == [view.name for view in VIEWS]
    for theirs, ours in zip(views, VIEWS, strict=True):
        assert [field.name for field in theirs.schema] == [feature.name for feature in ours.features]
        assert theirs.ttl == timedelta(microseconds=ours.ttl_us)
    assert service.tags["layout"] == LAYOUT.digest


@needs_feast
def test_a_value_that_was_written_later_does_not_leak(tmp_path: Path) -> None:
    feast, pd = pytest.importorskip("feast"), pytest.importorskip("pandas")
    at = datetime(2026, 5, 1, 9, tzinfo=UTC)
    written = [(at, at, 0.99), (at + timedelta(hours=1), at + timedelta(hours=3), 0.01)]
    for view in VIEWS:
        rows = [
            {"driver_id": "d0", "as_of": as_of, "known_at": known, **{f.name: rate for f in view.features}}
            for as_of, known, rate in written
        ]
        pd.DataFrame(rows).to_parquet(tmp_path / f"{view.name}.parquet")
    config = feast.RepoConfig(
        project="dispatch",
        provider="local",
        registry=str(tmp_path / "registry.db"),
        online_store=None,
        entity_key_serialization_version=3,
    )
    store = feast.FeatureStore(config=config)
    store.apply(list(definitions(tmp_path)))
    asked = pd.DataFrame([{"driver_id": "d0", "event_timestamp": at + timedelta(hours=2)}])
    assert read_as_known(store, asked)["accept_rate_7d"].tolist() == [pytest.approx(0.99)]
