"""Settings are listed for operators and administrators, and for nobody else."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from tests.support.callers_of_roles import AS, authenticator_of_roles

from drivetrain.adapters.http.settings import setting_routes
from drivetrain.core.shown_settings import ShownSetting

WORKERS = ShownSetting(
    "DRIVETRAIN_WORKERS", 2, False, "default", "", "API processes.", "a whole number, at least 1"
)


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    app.state.authenticator = authenticator_of_roles()
    app.include_router(setting_routes([WORKERS]))
    return app


@pytest.mark.parametrize("role", ["operator", "admin"])
async def test_operators_and_administrators_see_them(client, role) -> None:
    answer = await client.get("/settings", headers=AS[role])
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "items": [
                {
                    "variable": "DRIVETRAIN_WORKERS",
                    "value": 2,
                    "is_secret": False,
                    "origin": "default",
                    "unit": "",
                    "description": "API processes.",
                    "accepts": "a whole number, at least 1",
                    "needs_restart": True,
                }
            ],
            "next": None,
        },
    )


@pytest.mark.parametrize(
    ("headers", "status"), [(AS["viewer"], 403), (AS["client"], 403), ({}, 401)], ids=["viewer", "client", ""]
)
async def test_nobody_else_does(client, headers, status) -> None:
    assert (await client.get("/settings", headers=headers)).status_code == status
