"""`drivetrain up` on an empty home without real tables, as in a newcomer's first minutes."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from tests.support.platform import EXAMPLE, MODEL, RunningPlatform, drivetrain, eventually, launch

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SET_UP_WITHIN_S = 600
"""Training takes one or two minutes of CPU; a busy machine several times that."""


def test_from_the_first_second_everybody_is_answered_and_everything_says_that_it_is_synthetic(
    empty_home: Path,
) -> None:
    """The home appears by itself; nothing else is set. Nobody hangs, and prices come while other models are trained."""
    platform = launch(empty_home)
    try:
        _answers_while_it_sets_itself_up(platform)
        platform.wait_ready(SET_UP_WITHIN_S)
        assert eventually(lambda: "Ready after" in platform.said(), 60)  # `up` looks a moment after we do
        _says_that_it_is_synthetic(platform)
    finally:
        assert platform.stop() == 0
    assert "failed" not in platform.said() and platform.failures() == []


def _answers_while_it_sets_itself_up(platform: RunningPlatform) -> None:
    seen: set[tuple[str, int, str]] = set()

    def answers(path: str) -> bool:
        """Note what a route answers; whether it answers at all."""
        try:
            answer = platform.ask(path)
        except httpx.HTTPError:
            return False
        seen.add((path, answer.status_code, answer.json().get("code", "")))
        return True

    assert eventually(lambda: answers("/health/live") and answers("/rental/price"), 30)
    assert seen == {("/health/live", 200, ""), ("/rental/price", 503, "platform.starting")}
    assert eventually(lambda: "set-up" in platform.ask("/health").text, SET_UP_WITHIN_S, every_s=0.1)
    assert eventually((platform.home / "admin.key").exists, 30)
    with platform.client() as client:

        def is_priced() -> bool:
            answer = client.post("/rental/price", json=dict(EXAMPLE))
            assert answer.status_code == 200 or answer.json()["code"] == "model.not_ready"
            return answer.status_code == 200

        assert eventually(is_priced, SET_UP_WITHIN_S, every_s=0.1)
        health = client.get("/health").json()
    why = {each["name"]: each["why"] for each in health["dependencies"]}
    assert re.fullmatch(r"Training .+: \d+ of \d+ done\.", why["set-up"])
    assert "Ready after" not in platform.said()


def _says_that_it_is_synthetic(platform: RunningPlatform) -> None:
    """The screen, `/health`, the models and their cards."""
    said = platform.said()
    assert re.search(
        r"Table rental-pricing: no real one was found; [0-9,]+ SYNTHETIC rows were generated", said
    )
    assert platform.admin_key in said
    with platform.client() as client:
        assert client.post("/rental/price", json=dict(EXAMPLE)).status_code == 200
        health = client.get("/health").json()
        assert health["state"] == "ok" and all(each["is_synthetic"] for each in health["data"])
        assert MODEL in {each["model"] for each in health["data"]}
        assert all(each["champion"]["is_synthetic"] for each in client.get("/models").json()["items"])
        history = client.get(f"/models/{MODEL}/history").json()["items"]
    assert [(line["action"], line["actor"], line["by_gate"]) for line in history] == [("promote", "up", True)]
    card = drivetrain(platform.home, "models", "show", MODEL)
    assert card.code == 0 and "SYNTHETIC" in card.out.upper()
