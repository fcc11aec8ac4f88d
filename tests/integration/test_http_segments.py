"""Buyer segments on the running platform: listed, asked for, recorded, replayed, and predicted by command."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.buyers import SPORTS_CAR, look
from tests.support.platform import RunningPlatform, drivetrain

from drivetrain.resale.segments.model.contract import BUYER_PROFILE, MODEL_NAME

ASSIGN = "/resale/segments/assign"
DONE = [
    look(),
    look(kind="like", price_eur=4_900.0),
    look(kind="search", body=None),
    look(body="sedan"),
    look(),
]


@pytest.fixture
def client(platform: RunningPlatform) -> Iterator[httpx.Client]:
    with platform.client() as client:
        yield client


def ask(client: httpx.Client, done: list[dict[str, Any]]) -> dict[str, Any]:
    answer = client.post(ASSIGN, json={"interactions": done})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_first_start_finds_segments_in_generated_buyers_and_says_so(client: httpx.Client) -> None:
    listed = client.get("/resale/segments").json()
    assert listed["synthetic"] is True
    assert listed["model"]["name"] == MODEL_NAME
    assert len(listed["items"]) > 1
    assert len({each["name"] for each in listed["items"]}) == len(listed["items"])
    assert sum(each["share"] for each in listed["items"]) == pytest.approx(1, abs=0.01)
    shown = client.get(f"/models/{MODEL_NAME}").json()
    assert shown["champion"]["is_synthetic"] is True
    assert shown["report"]["models"]["candidate"]["recovery_score"]["low"] > 0.5
    (release,) = client.get(f"/models/{MODEL_NAME}/history").json()["items"]
    assert (release["action"], release["by_gate"]) == ("promote", True)


def test_a_buyer_is_recorded_as_a_profile_and_the_ledger_gives_the_answer_back(client: httpx.Client) -> None:
    given = ask(client, DONE)
    decision = client.get(f"/decisions/{given['decision_id']}").json()
    assert decision["answer"] == {
        name: given[name] for name in ("segment", "name", "confidence", "second", "fits")
    }
    assert list(decision["input"]) == list(BUYER_PROFILE.names)
    assert (decision["product"], decision["model"]) == ("resale", given["model"])
    again = client.post("/resale/segments/profile", json=decision["input"]).json()
    assert again["segment"] == given["segment"] and again["confidence"] == given["confidence"]


def test_every_order_of_the_interactions_gives_the_same_answer(client: httpx.Client) -> None:
    kept = ("segment", "name", "confidence", "second", "fits", "reasons")
    assert (
        len(
            {
                json.dumps([ask(client, DONE[at:] + DONE[:at])[name] for name in kept])
                for at in range(len(DONE))
            }
        )
        == 1
    )


def test_a_file_of_profiles_is_answered_over_http_and_by_command_alike(
    client: httpx.Client, platform: RunningPlatform, tmp_path: Path
) -> None:
    buyers = [
        client.get(f"/decisions/{ask(client, done)['decision_id']}").json()["input"]
        for done in (DONE, [SPORTS_CAR] * 9)
    ]
    with (tmp_path / "buyers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, BUYER_PROFILE.names)
        writer.writeheader()
        writer.writerows(buyers)
    sent = {"file": ("buyers.csv", (tmp_path / "buyers.csv").read_bytes())}
    answer = client.post("/resale/segments/profiles/file", files=sent)
    assert answer.status_code == 200, answer.text
    over_http = [(each["segment"], each["confidence"]) for each in answer.json()["results"]]
    out = tmp_path / "out.json"
    said = drivetrain(
        platform.home, "predict", MODEL_NAME, "--in", tmp_path / "buyers.csv", "--out", out, "--json"
    )
    assert said.code == 0, said.err
    by_command = [(each["segment"], each["confidence"]) for each in json.loads(out.read_text())["results"]]
    assert by_command == over_http
    assert over_http[0][0] != over_http[1][0]


def test_replaying_the_same_version_changes_nothing(client: httpx.Client) -> None:
    for done in (DONE, [SPORTS_CAR], [SPORTS_CAR] * 20):
        ask(client, done)
    asked = {"model": MODEL_NAME, "version": "1", "since": "2020-01-01T00:00:00Z"}
    answer = client.post("/replays", json=asked)
    assert answer.status_code < 300, answer.text
    report = answer.json()
    assert report["decisions"] == report["identical"] >= 3
    assert report["moved_share"] == 0


@pytest.mark.parametrize(
    "body", ["", "{", "[]", '{"interactions": [{"kind": "view", "price_eur": NaN}]}', '{"interactions": 3}']
)
def test_bad_bodies_are_problems(client: httpx.Client, body: str) -> None:
    answer = client.post(ASSIGN, content=body.encode(), headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"].startswith("application/problem+json")
