"""The features as definitions of Feast, for whoever has a feature store: an extra that nothing else imports.

Feast reads values that we have counted; it counts nothing. It is used for its registry, for materializing into its
online stores, and for joins with features of others.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from drivetrain.core.errors import InvalidInputError, UnavailableError
from drivetrain.core.files import appearing
from drivetrain.dispatch.features.domain.views import LAYOUT, VIEWS, Feature, FeatureView

PROJECT = "dispatch"
SERVICE = "dispatch_driver"
SETTINGS_FILE = "feature_store.yaml"
EVENT_TIME = "as_of"
"""Column of the instant for which a row was counted."""

KNOWN_TIME = "known_at"
"""Column of the instant from which on a row was known."""

_PAIR = "drivetrain_pair"
"""Column of the number of a driver and an instant, while features are joined to them."""

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


def apply_definitions(folder: Path, redis: str | None = None) -> Any:
    """The feature store of a folder, made or brought up to these definitions.

    Its settings and its registry are written beside the files, so that Feast's own programs find it there.

    Args:
        folder: with the files of ``drivetrain dispatch materialize``.
        redis: where its online store is, as Feast writes it (``localhost:6379,db=1``); None for none.

    Returns:
        A ``feast.FeatureStore``.

    Raises:
        InvalidInputError: ``dispatch.no_view_file``.
        UnavailableError: ``dispatch.feast_not_installed``.
    """
    feast, folder = _feast(), folder.resolve()
    for view in VIEWS:
        if not (folder / f"{view.name}.parquet").is_file():
            raise InvalidInputError(
                f"{folder} has no {view.name}.parquet: write it with drivetrain dispatch materialize.",
                code="dispatch.no_view_file",
            )
    settings = {
        "project": PROJECT,
        "provider": "local",
        "registry": str(folder / "registry.db"),
        "online_store": None if redis is None else {"type": "redis", "connection_string": redis},
        "entity_key_serialization_version": 3,
    }
    with appearing(folder / SETTINGS_FILE) as file:
        file.write_text(json.dumps(settings, indent=1), encoding="utf-8")  # which is YAML, too
    store = feast.FeatureStore(repo_path=str(folder))
    store.apply(list(definitions(folder)))
    return store


def open_store(folder: Path) -> Any:
    """The feature store that ``apply_definitions`` made.

    Raises:
        InvalidInputError: ``dispatch.no_feature_store``; there is none.
        UnavailableError: ``dispatch.feast_not_installed``.
    """
    feast = _feast()
    if not (folder / SETTINGS_FILE).is_file():
        raise InvalidInputError(
            f"{folder} has no feature store: make it with drivetrain dispatch feast apply.",
            code="dispatch.no_feature_store",
        )
    return feast.FeatureStore(repo_path=str(folder.resolve()))


def materialize_online(store: Any, until: datetime) -> None:
    """Write what holds at an instant to the online store: of each driver the newest row that is not too old.

    Raises:
        InvalidInputError: ``dispatch.no_online_store``.
    """
    if store.config.online_config is None:
        raise InvalidInputError(
            "This feature store has no online store: apply the definitions with --redis.",
            code="dispatch.no_online_store",
        )
    _of_these_definitions(store)
    for view in VIEWS:
        since = until - timedelta(microseconds=view.ttl_us)
        store.materialize(since, until, feature_views=[view.name])


def read_as_known(store: Any, rows: Any) -> Any:
    """The features of rows as they were known at the instant of each, null where nothing was.

    The one call of Feast's historical join in the package. By default it goes by when a value happened, and so gives
    values that were written only later; ``filter_by_created_timestamp`` leaves them out. It drops rows for which a view
    has nothing young enough, those of other views included, and keeps one of several for a driver at an instant: so
    each view is joined by itself to each pair once, and all rows are kept.

    Args:
        store: a ``feast.FeatureStore`` to which ``definitions`` were applied.
        rows: a frame of pandas with ``driver_id`` and ``event_timestamp``, and no column called like a feature.

    Returns:
        A frame of pandas: the rows in their order, with their features.

    Raises:
        InvalidInputError: ``dispatch.other_definitions``.
    """
    _of_these_definitions(store)
    pair = ["driver_id", "event_timestamp"]
    joined = rows.assign(**{_PAIR: rows.groupby(pair, sort=False).ngroup()})
    asked = joined[[*pair, _PAIR]].drop_duplicates(_PAIR)
    for view in VIEWS:
        names = [feature.name for feature in view.features]
        found = store.get_historical_features(
            entity_df=asked,
            features=[f"{view.name}:{name}" for name in names],
            filter_by_created_timestamp=True,
        ).to_df()
        joined = joined.merge(found[[_PAIR, *names]], on=_PAIR, how="left")
    return joined.drop(columns=_PAIR)


def _of_these_definitions(store: Any) -> Any:
    """The service of a store.

    Raises:
        InvalidInputError: the store was made from other definitions than these.
    """
    service = store.get_feature_service(SERVICE)
    if service.tags.get("layout") != LAYOUT.digest:
        raise InvalidInputError(
            "The feature store has other definitions than this release: apply them again.",
            code="dispatch.other_definitions",
        )
    return service


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
            "Feast is not installed: pip install 'drivetrain[feast]'.", code="dispatch.feast_not_installed"
        ) from None
    return feast
