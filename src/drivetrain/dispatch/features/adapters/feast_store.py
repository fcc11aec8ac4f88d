"""The features as definitions of Feast, for whoever has a feature store: an extra that nothing else imports.

Feast reads values that we have counted; it counts nothing. It is used for its registry, for materializing into its
online stores, and for joins with features of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from drivetrain.core.errors import UnavailableError
from drivetrain.dispatch.features.domain.views import LAYOUT, VIEWS, Feature, FeatureView

SERVICE = "dispatch_driver"
EVENT_TIME = "as_of"
"""Column of the instant for which a row was counted."""

KNOWN_TIME = "known_at"
"""Column of the instant from which on a row was known."""

_TYPES = {"|u1": "Int32", "<u4": "Int64", "<f4": "Float32"}


def definitions(folder: Path) -> Sequence[Any]:
    """All that Feast has to know: the entity, a view with its source for each of ours, and a service of them.

    Args:
        folder: with a Parquet file for each view, ``driver_stats.parquet`` and so on: ``driver_id``, the instants
            ``as_of`` and ``known_at``, and the features.

    Raises:
        UnavailableError: ``dispatch.feast_not_installed``.
    """
    feast = _feast()
    driver = feast.Entity(name="driver", join_keys=["driver_id"], value_type=feast.ValueType.STRING)
    views = [_view(feast, driver, view, folder) for view in VIEWS]
    service = feast.FeatureService(name=SERVICE, features=views, tags={"layout": LAYOUT.digest})
    return [driver, *views, service]


def read_as_known(store: Any, rows: Any) -> Any:
    """The features of rows as they were known at the instant of each.

    The one call of this in the package. By default Feast joins by when a value happened, and so gives values that
    were written only later; ``filter_by_created_timestamp`` leaves them out.

    Args:
        store: a ``feast.FeatureStore`` to which ``definitions`` were applied.
        rows: a frame of pandas with ``driver_id`` and ``event_timestamp``.

    Returns:
        A frame of pandas: the rows with their features.

    Raises:
        ValueError: the store was made from other definitions than these.
    """
    service = store.get_feature_service(SERVICE)
    if service.tags.get("layout") != LAYOUT.digest:
        raise ValueError("the feature store has other definitions: apply these")
    return store.get_historical_features(
        entity_df=rows, features=service, filter_by_created_timestamp=True
    ).to_df()


def _view(feast: Any, driver: Any, view: FeatureView, folder: Path) -> Any:
    source = feast.FileSource(
        name=view.name,
        path=str(folder / f"{view.name}.parquet"),
        timestamp_field=EVENT_TIME,
        created_timestamp_column=KNOWN_TIME,
    )
    return feast.FeatureView(
        name=view.name,
        entities=[driver],
        ttl=timedelta(microseconds=view.ttl_us),
        schema=[_field(feast, feature) for feature in view.features],
        source=source,
    )


def _field(feast: Any, feature: Feature) -> Any:
    kind = getattr(feast.types, _TYPES[feature.kind])
    return feast.Field(name=feature.name, dtype=kind, description=feature.definition)


def _feast() -> Any:
    try:
        import feast
        import feast.types
    except ImportError:
        raise UnavailableError(
            "Feast is not installed: pip install 'feast>=0.67,<0.68'.", code="dispatch.feast_not_installed"
        ) from None
    return feast
