"""Reports of parity in PostgreSQL, and the decisions that they are made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, RowMapping, insert, select, text

from drivetrain.adapters.postgres.database import translating
from drivetrain.core.time import iso_utc
from drivetrain.dispatch.features.adapters.tables import feature_parity
from drivetrain.dispatch.features.application.check_parity import ParityReport
from drivetrain.dispatch.features.application.ports import SeenFeatures

_PLACE_FIGURES = 2
"""Of each driver of a decision: distance and age of the position stand before the features."""

# The day is a bound for installations whose decisions have no features: all of the ledger would be looked through.
_NEWEST = text("""
    SELECT decision_id, input -> 'features_as_of' AS state, features, answer -> 'drivers' AS drivers
    FROM drivetrain.decisions
    WHERE model = :model AND decided_at >= now() - interval '1 day' AND input -> 'features_as_of' IS NOT NULL
    ORDER BY decided_at DESC LIMIT :most
""")


class PostgresSeenDecisions:
    """The port ``SeenDecisions`` on the ledger.

    Args:
        model: the policy by which drivers are ranked.
    """

    def __init__(self, engine: Engine, model: str) -> None:
        self._engine = engine
        self._model = model

    def newest(self, most: int) -> Iterator[SeenFeatures]:
        """What the last decisions knew, the newest first."""
        with translating(), self._engine.connect() as connection:
            rows = connection.execute(_NEWEST, {"model": self._model, "most": most}).mappings().all()
        return map(seen_features, rows)


def seen_features(row: RowMapping | Mapping[str, Any]) -> SeenFeatures:
    """What one decision of the ledger knew: its figures are a row for each driver of its answer."""
    drivers = [driver["driver_id"] for driver in row["drivers"]]
    figures = np.array(row["features"], dtype=np.float64).reshape(len(drivers), -1)
    state = row["state"]
    return SeenFeatures(
        str(row["decision_id"]),
        state["layout"],
        state["as_of_us"],
        dict(state["offsets"]),
        drivers,
        figures[:, _PLACE_FIGURES:],
    )


class PostgresParityReports:
    """Keeps what comparisons gave; each is made once and never changed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def newest(self) -> Mapping[str, Any] | None:
        """The last one as ``keep`` was given it, with ``checked_at``; None while there was none.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        wanted = select(feature_parity).order_by(feature_parity.c.checked_at.desc()).limit(1)
        with translating(), self._engine.connect() as connection:
            row = connection.execute(wanted).mappings().one_or_none()
        return None if row is None else {"checked_at": iso_utc(row["checked_at"]), **row["report"]}

    @staticmethod
    def keep(connection: Connection, report: Mapping[str, Any]) -> None:
        """Keep one, in the transaction of the caller."""
        connection.execute(insert(feature_parity).values(report=dict(report)))


def plain(report: ParityReport) -> dict[str, Any]:
    """A report as JSON."""
    return {
        "layout": report.layout,
        "decisions": report.decisions,
        "of_other_layout": report.of_other_layout,
        "begins_us": report.begins_us,
        "ends_us": report.ends_us,
        "features": [
            {
                "name": feature.name,
                "compared": feature.compared,
                "equal": feature.equal,
                "equal_share": feature.equal_share,
                "only_online": feature.only_online,
                "only_offline": feature.only_offline,
                "largest_difference": feature.largest_difference,
            }
            for feature in report.features
        ],
    }
