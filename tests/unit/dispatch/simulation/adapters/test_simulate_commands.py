"""``drivetrain simulate dispatch``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from drivetrain.core.errors import InvalidInputError
from drivetrain.dispatch.simulation.adapters.simulate_commands import app

QUICK = ["dispatch", "--market", "overload", "--hours", "0.25"]


def run(*options: str) -> str:
    result = CliRunner().invoke(app, [*QUICK, *options], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_policies_are_compared_with_the_first_one_and_written_as_a_page(tmp_path: Path) -> None:
    page = tmp_path / "league.html"
    said = run(
        "--policy", "windows", "--policy", "nearest", "--seeds", "1-2", "--json", "--report", str(page)
    )
    league = json.loads(said)
    assert league["reference"] == "windows"
    (market,) = league["markets"]
    assert market["drivers"] == 375
    by_policy = {standing["policy"]: standing for standing in market["standings"]}
    assert set(by_policy) == {"windows", "nearest"}
    assert by_policy["windows"]["differences"] == {}
    difference = by_policy["nearest"]["differences"]["pick_up_s"]
    assert difference["low"] <= difference["value"] <= difference["high"]
    html = page.read_text(encoding="utf-8")
    assert "SIMULATED" in html
    assert html.count("<svg") == 2
    assert league["version"] in html
    for assumed in league["assumed"]:
        assert assumed.split(".")[0] in html


def test_people_read_the_intervals_and_what_is_assumed() -> None:
    said = run("--policy", "nearest", "--policy", "optimal", "--seeds", "1-2")
    assert "overload: 375 drivers, 2 cities" in said
    assert "chi-square" in said


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--city", "atlantis"], "dispatch.unknown_city"),
        (["--policy", "coin"], "dispatch.unknown_policy"),
        (["--market", "night"], "dispatch.unknown_market"),
        (["--seeds", "5-1"], "dispatch.bad_seeds"),
        (["--seeds", "1-900"], "dispatch.bad_seeds"),
        (["--seeds", "many"], "dispatch.bad_seeds"),
        (["--seeds", "7"], "dispatch.bad_seeds"),  # one city tells nothing about two policies
    ],
)
def test_what_cannot_be_run_is_said(options: list[str], code: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        CliRunner().invoke(app, [*QUICK, *options], catch_exceptions=False)
    assert caught.value.code == code
