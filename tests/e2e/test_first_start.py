"""`drivetrain up` on an empty home, as a newcomer's first minute: with generated tables, and with the real ones."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from tests.support.platform import EXAMPLE, MODEL, drivetrain, launch, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SET_UP_WITHIN_S = 600
"""Training takes one or two minutes of CPU; a busy machine several times that."""

DATA_DIR = Path(os.environ.get("DRIVETRAIN_DATA_DIR", ""))


def test_without_real_tables_everything_says_that_it_is_synthetic(empty_home: Path) -> None:
    """The screen, `/health`, the models and their cards. The home appears by itself; nothing else is set."""
    with running(empty_home, within_s=SET_UP_WITHIN_S) as platform, platform.client() as client:
        said = platform.said()
        assert re.search(r"Table rental-pricing: no real one was found; [0-9,]+ SYNTHETIC rows were generated", said)
        assert platform.admin_key in said and "Ready after" in said
        assert client.post("/rental/price", json=dict(EXAMPLE)).status_code == 200
        health = client.get("/health").json()
        assert health["state"] == "ok" and all(each["is_synthetic"] for each in health["data"])
        assert MODEL in {each["model"] for each in health["data"]}
        assert all(each["champion"]["is_synthetic"] for each in client.get("/models").json()["items"])
        history = client.get(f"/models/{MODEL}/history").json()["items"]
        assert [(line["action"], line["actor"], line["by_gate"]) for line in history] == [("promote", "up", True)]
        card = drivetrain(empty_home, "models", "show", MODEL)
        assert card.code == 0 and "SYNTHETIC" in card.out.upper()


@pytest.mark.real_table
@pytest.mark.skipif(Path() == DATA_DIR, reason="DRIVETRAIN_DATA_DIR does not name the real tables")
def test_with_the_real_tables_the_figures_of_the_design_are_reached(empty_home: Path) -> None:
    """Repeated cross-validation as the gate saw it: RMSE, MAE, coverage, and no price that moves the wrong way."""
    platform = launch(empty_home, DATA_DIR=str(DATA_DIR.resolve()))
    try:
        platform.wait_ready(SET_UP_WITHIN_S)
        assert "Table rental-pricing: real" in platform.said()
        with platform.client() as client:
            assert not any(each["is_synthetic"] for each in client.get("/health").json()["data"] if each["model"] == MODEL)
            answer = client.post("/rental/price", json=dict(EXAMPLE)).json()
            assert 10 < answer["price_per_day"] < 422 and len(answer["comparables"]) == 5
        shown = drivetrain(empty_home, "models", "show", MODEL, "--json").json()
        metrics = shown["metrics"]
        assert metrics["rmse_error"] <= 17.0
        assert metrics["mae_error"] <= 11.1
        assert 0.88 <= metrics["range_coverage_score"] <= 0.92
        assert metrics["range_width_error"] <= 50
        checks = {check["question"]: check for check in shown["report"]["gate"]["checks"]}
        wrong_way = next(check for question, check in checks.items() if "wrong way" in question)
        assert wrong_way["passed"] and wrong_way["figures"].startswith("0 ")
        segments = shown["report"]["range"]["segments"]
        assert all(segment["coverage"] >= 0.86 for segment in segments.values() if segment["rows"] >= 100)
    finally:
        assert platform.stop() == 0
