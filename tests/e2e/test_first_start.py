"""`drivetrain up` on an empty home without real tables, as in a newcomer's first minutes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.support.platform import EXAMPLE, MODEL, drivetrain, eventually, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SET_UP_WITHIN_S = 600
"""Training takes one or two minutes of CPU; a busy machine several times that."""


def test_without_real_tables_everything_says_that_it_is_synthetic(empty_home: Path) -> None:
    """The screen, `/health`, the models and their cards. The home appears by itself; nothing else is set."""
    with running(empty_home, within_s=SET_UP_WITHIN_S) as platform, platform.client() as client:
        assert eventually(lambda: "Ready after" in platform.said(), 20)  # `up` looks a moment after we do
        said = platform.said()
        assert re.search(
            r"Table rental-pricing: no real one was found; [0-9,]+ SYNTHETIC rows were generated", said
        )
        assert platform.admin_key in said
        assert client.post("/rental/price", json=dict(EXAMPLE)).status_code == 200
        health = client.get("/health").json()
        assert health["state"] == "ok" and all(each["is_synthetic"] for each in health["data"])
        assert MODEL in {each["model"] for each in health["data"]}
        assert all(each["champion"]["is_synthetic"] for each in client.get("/models").json()["items"])
        history = client.get(f"/models/{MODEL}/history").json()["items"]
        assert [(line["action"], line["actor"], line["by_gate"]) for line in history] == [
            ("promote", "up", True)
        ]
        card = drivetrain(empty_home, "models", "show", MODEL)
        assert card.code == 0 and "SYNTHETIC" in card.out.upper()
