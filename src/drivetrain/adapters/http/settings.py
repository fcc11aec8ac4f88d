"""``GET /settings``: what the installation is set to, without its secrets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from fastapi import APIRouter, Depends
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer
from drivetrain.adapters.http.openapi import answer, documented
from drivetrain.core.access import PlatformScope
from drivetrain.core.shown_settings import Origin, ShownSetting

_reads = Needs(PlatformScope.SETTINGS_READ)


class SettingAnswer(TypedDict):
    """A setting. ``value`` of a secret is ``set`` or ``not set``; ``origin`` is ``platform`` where ``up`` itself gave it."""

    variable: str
    value: str | float | bool | None
    is_secret: bool
    origin: Origin
    unit: str
    description: str
    accepts: str
    needs_restart: bool


class SettingList(TypedDict):
    """Every setting of the platform and its products."""

    items: list[SettingAnswer]
    next: None


def setting_routes(settings: Sequence[ShownSetting]) -> APIRouter:
    """The route over the settings, which do not change while a process lives."""
    router = APIRouter(prefix="/settings", tags=["platform"], dependencies=[Depends(_reads)])
    items = [asdict(setting) for setting in settings]

    @router.get("")
    @documented(answer(SettingList, "The settings, the platform's first."))
    def list_settings() -> Response:
        """List every setting: value, origin, unit, what it does and accepts; of secrets only whether they are set."""
        return json_answer({"items": items, "next": None})

    return router
