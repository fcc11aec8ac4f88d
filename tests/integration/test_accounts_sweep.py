"""What nobody needs any more is deleted by a task, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.support.accounts_app import NOW, AccountsApp

from drivetrain.accounts.people.adapters import pace
from drivetrain.accounts.product import CARD
from drivetrain.core.progress import SilentProgress


@pytest.fixture
def accounts(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AccountsApp:
    monkeypatch.setattr(pace, "STEP_S", 0.001)
    return AccountsApp(engine, tmp_path, sign_up=True)


def swept(accounts: AccountsApp) -> Any:
    (task,) = [task for task in CARD.tasks if task.name == "accounts.sweep"]
    ports: Any = SimpleNamespace(
        installation=accounts.installation, database=SimpleNamespace(engine=accounts.engine)
    )
    return task.run(ports, {}, SilentProgress())


async def test_only_what_is_over_is_deleted(accounts: AccountsApp) -> None:
    accounts.person("ada@example.org")
    async with accounts.browser() as client:
        await client.post("/sign-ups", json={"email": "never@example.org", "name": "Never"})
        await client.post("/password-resets", json={"email": "ada@example.org"})
        await accounts.signed_in(client)
        assert swept(accounts) == {"unconfirmed_accounts": 0, "links": 0, "sessions": 0}
        assert (await client.get("/people/me")).status_code == 200
        accounts.clock.at = NOW + timedelta(hours=2)
        assert swept(accounts) == {"unconfirmed_accounts": 0, "links": 0, "sessions": 1}
        accounts.clock.at = NOW + timedelta(days=2)
        assert swept(accounts)["links"] == 2
        accounts.clock.at = NOW + timedelta(days=8)
        assert swept(accounts)["unconfirmed_accounts"] == 1
    with accounts.engine.connect() as connection:
        left = connection.scalars(text("SELECT email FROM drivetrain.people")).all()
    assert left == ["ada@example.org"]
