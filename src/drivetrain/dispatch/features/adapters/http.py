"""The route that shows how far features of decisions agree with the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Depends
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer
from drivetrain.adapters.http.openapi import answer, documented
from drivetrain.core.time import iso_utc
from drivetrain.dispatch.features.domain.parity import ALARM_SHARE
from drivetrain.dispatch.features.domain.views import STATS_LAYOUT
from drivetrain.dispatch.state.domain.scopes import DISPATCH_READ

_reads = Needs(DISPATCH_READ.name)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FeatureParityAnswer(TypedDict):
    """One feature: values compared, of them equal to the last bit, and those that only one side has."""

    name: str
    compared: int
    equal: int
    equal_share: float
    only_online: int
    only_offline: int
    largest_difference: float


class ParityAnswer(TypedDict):
    """The last comparison; ``checked_at`` is null while there was none.

    Decisions whose features were defined otherwise are counted in ``of_other_layout`` and not compared.
    """

    checked_at: str | None
    layout: str
    decisions: int
    of_other_layout: int
    first_decision_as_of: str | None
    last_decision_as_of: str | None
    is_equal: bool
    features: list[FeatureParityAnswer]


_EXAMPLE: ParityAnswer = {
    "checked_at": "2026-05-01T09:23:02.104220Z",
    "layout": STATS_LAYOUT.digest,
    "decisions": 200,
    "of_other_layout": 0,
    "first_decision_as_of": "2026-05-01T09:21:40.000000Z",
    "last_decision_as_of": "2026-05-01T09:23:01.000000Z",
    "is_equal": True,
    "features": [
        {
            "name": "accept_rate_7d",
            "compared": 600,
            "equal": 600,
            "equal_share": 1.0,
            "only_online": 0,
            "only_offline": 0,
            "largest_difference": 0.0,
        }
    ],
}


def feature_routes(newest: Callable[[], Mapping[str, Any] | None]) -> APIRouter:
    """``GET /dispatch/features/parity``.

    Args:
        newest: the last report, as it is kept.
    """
    router = APIRouter(prefix="/dispatch/features", tags=["dispatch"])

    @router.get("/parity", dependencies=[Depends(_reads)])
    @documented(answer(ParityAnswer, "The last comparison, hourly.", example=_EXAMPLE))
    def read_feature_parity() -> Response:
        """Show how far the features that decisions knew agree with the log up to where they had read it."""
        return json_answer(_answer(newest()))

    return router


def _answer(report: Mapping[str, Any] | None) -> ParityAnswer:
    if report is None:
        return {
            "checked_at": None,
            "layout": STATS_LAYOUT.digest,
            "decisions": 0,
            "of_other_layout": 0,
            "first_decision_as_of": None,
            "last_decision_as_of": None,
            "is_equal": True,
            "features": [],
        }
    return {
        "checked_at": report["checked_at"],
        "layout": report["layout"],
        "decisions": report["decisions"],
        "of_other_layout": report["of_other_layout"],
        "first_decision_as_of": _instant(report["begins_us"]),
        "last_decision_as_of": _instant(report["ends_us"]),
        "is_equal": all(feature["equal_share"] >= ALARM_SHARE for feature in report["features"]),
        "features": report["features"],
    }


def _instant(micros: int | None) -> str | None:
    return None if micros is None else iso_utc(_EPOCH + timedelta(microseconds=micros))
