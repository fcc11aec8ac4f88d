"""Routes about models show what is live and why, and move it only for those who may, with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from tests.support.fakes import FixedClock, MemoryKeyStore, MemoryModelCatalog
from tests.support.task_fakes import task_record

from drivetrain.adapters.http import models
from drivetrain.adapters.http.access import Authenticator, KeyRing
from drivetrain.adapters.http.models import ModelPorts, TrainingNotes, model_routes
from drivetrain.core.access import KeyRecord, mint_key
from drivetrain.core.errors import ConflictError
from drivetrain.lifecycle.kit.task_records import TaskRecord
from drivetrain.lifecycle.learning.artifacts import ArtifactRefusedError
from drivetrain.lifecycle.releasing.promotion import Releases
from drivetrain.lifecycle.releasing.registry import Alias, ModelVersion
from drivetrain.products import SCOPES

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
MODEL = "rental-price"
OPERATOR, VIEWER = mint_key("local"), mint_key("local")
AS_OPERATOR, AS_VIEWER = {"X-API-Key": OPERATOR.text}, {"X-API-Key": VIEWER.text}


@pytest.fixture
def catalog() -> MemoryModelCatalog:
    catalog = MemoryModelCatalog(FixedClock(NOW))
    for number in ("1", "2", "3"):
        catalog.add_version(
            ModelVersion(
                MODEL,
                number,
                NOW,
                f"secret/place/{number}",
                "ab" * 32,
                {"rmse_error": 16.5},
                {"gate": {}},
                {},
                True,
                "run",
            )
        )
    return catalog


@pytest.fixture
def approvals() -> int:
    return 1


@pytest.fixture
def app(app: FastAPI, catalog, approvals) -> FastAPI:
    clock = FixedClock(NOW)
    store = MemoryKeyStore(clock)
    for name, key in (("operator", OPERATOR), ("viewer", VIEWER)):
        store.add(KeyRecord(key.key_id, name, SCOPES.granted([name]), key.digest(b"pepper"), NOW, "test"))
    ring = KeyRing(store.all)
    ring.reload()
    app.state.authenticator = Authenticator(
        ring, pepper=b"pepper", token_secret=b"s" * 32, token_ttl_s=900, clock=clock
    )
    app.state.alive = []

    def compare(name: str) -> dict[str, str]:
        if name not in catalog.challengers():
            raise ConflictError("No version is on trial.", code="model.no_trial")
        return {"compared": name}

    def notes_of(version: ModelVersion) -> TrainingNotes:
        if version.version == "3":
            raise ArtifactRefusedError("A file was changed.")
        return TrainingNotes(f"# Version {version.version}", {"trees": 60})

    app.state.prove = lambda version: None
    desk = Releases(catalog, lambda version: app.state.prove(version), approvals)
    names = [MODEL, "car-price"]
    app.state.deferred = []

    def defer_training(model: str, settings: Mapping[str, Any], actor: str) -> TaskRecord:
        app.state.deferred.append((model, dict(settings), actor))
        return task_record(name="models.train", arguments={"model": model, "settings": dict(settings)})

    ports = ModelPorts(
        catalog, desk, names, lambda: app.state.alive, compare, notes_of, defer_training, follow_timeout_s=0
    )
    app.include_router(model_routes(ports))
    return app


async def promote(client, version: object = "1", reason: object = "better", **headers: str):
    return await client.post(
        f"/models/{MODEL}/promote", json={"version": version, "reason": reason}, headers=AS_OPERATOR
    )


async def test_every_model_is_listed_trained_or_not(client):
    await promote(client, "2")
    listed = (await client.get("/models", headers=AS_VIEWER)).json()
    assert [(item["name"], item["champion"] and item["champion"]["version"]) for item in listed["items"]] == [
        (MODEL, "2"),
        ("car-price", None),
    ]
    assert listed["next"] is None


async def test_a_model_shows_its_report_and_not_where_its_files_lie(client):
    untrained = (await client.get(f"/models/{MODEL}", headers=AS_VIEWER)).json()
    assert untrained == {"name": MODEL, "champion": None, "challenger": None, "report": None}
    await promote(client)
    shown = await client.get(f"/models/{MODEL}", headers=AS_VIEWER)
    assert shown.json()["report"] == {"gate": {}}
    assert shown.json()["champion"]["is_synthetic"] is True
    assert "secret/place" not in shown.text


async def test_versions_come_newest_first(client):
    items = (await client.get(f"/models/{MODEL}/versions", headers=AS_VIEWER)).json()["items"]
    assert [item["version"] for item in items] == ["3", "2", "1"]
    assert items[0]["created_at"] == "2026-05-01T12:00:00.000000Z"


async def test_a_version_shows_its_report_recipe_and_card(client):
    shown = (await client.get(f"/models/{MODEL}/versions/2", headers=AS_VIEWER)).json()
    assert (shown["version"], shown["report"], shown["recipe"]) == ("2", {"gate": {}}, {"trees": 60})
    assert shown["card"] == "# Version 2"


async def test_a_version_whose_files_were_changed_is_not_described(client):
    refused = await client.get(f"/models/{MODEL}/versions/3", headers=AS_VIEWER)
    assert (refused.status_code, refused.json()["code"]) == (503, "model.artifact_refused")
    assert (await client.get(f"/models/{MODEL}/versions/9", headers=AS_VIEWER)).status_code == 404


async def test_promotions_and_roll_backs_stand_in_the_history_with_actor_and_reason(client, catalog):
    await promote(client, "1", "first")
    await promote(client, "2", "better")
    rolled = await client.post(
        f"/models/{MODEL}/rollback", json={"reason": "complaints"}, headers=AS_OPERATOR
    )
    assert (rolled.status_code, rolled.json()["version"], rolled.json()["previous"]) == (200, "1", "2")
    history = (await client.get(f"/models/{MODEL}/history", headers=AS_VIEWER)).json()["items"]
    assert [
        (line["action"], line["version"], line["actor"], line["reason"], line["by_gate"]) for line in history
    ] == [
        ("rollback", "1", "operator", "complaints", False),
        ("promote", "2", "operator", "better", False),
        ("promote", "1", "operator", "first", False),
    ]
    assert catalog.live()[MODEL, Alias.CHAMPION].version == "1"


async def test_a_conflict_is_told_and_changes_nothing(client, catalog):
    await promote(client, "1")
    assert (await promote(client, "1")).status_code == 409
    assert (
        await client.post(f"/models/{MODEL}/rollback", json={"reason": "x"}, headers=AS_OPERATOR)
    ).status_code == 409
    assert len(catalog.history(MODEL)) == 1


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("", "r"),
        ("latest", "r"),
        ("-1", "r"),
        ("1.0", "r"),
        (1, "r"),
        ("1\n", "r"),
        ("1" * 10, "r"),
        ("1", ""),
        ("1", "x" * 501),
    ],
)
async def test_a_promotion_that_is_not_well_formed_is_refused(client, catalog, version, reason):
    assert (await promote(client, version, reason)).status_code == 422
    assert catalog.history(MODEL) == []


async def test_an_unknown_version_is_not_found(client):
    assert (await promote(client, "99")).status_code == 404


@pytest.mark.parametrize("path", ["", "/versions", "/history"])
async def test_an_unknown_model_is_not_found_and_the_known_ones_are_named(client, path):
    answer = await client.get(f"/models/nonsense{path}", headers=AS_VIEWER)
    assert (answer.status_code, answer.json()["code"]) == (404, "model.not_found")
    assert MODEL in answer.json()["detail"]


async def test_reading_is_not_promoting(client, catalog):
    for action, body in (("promote", {"version": "1", "reason": "r"}), ("rollback", {"reason": "r"})):
        assert (
            await client.post(f"/models/{MODEL}/{action}", json=body, headers=AS_VIEWER)
        ).status_code == 403
        assert (await client.post(f"/models/{MODEL}/{action}", json=body)).status_code == 401
    assert catalog.history(MODEL) == []


class Worker:
    """A serving process with what it reported."""

    def __init__(self, name: str, version: str) -> None:
        self.name = name
        self.serving = {MODEL: version}


async def test_a_promotion_says_which_workers_have_not_followed(client, app):
    app.state.alive = [Worker("a:1", "1"), Worker("a:2", "0")]
    assert (await promote(client, "1")).json()["workers"] == {"serving": ["a:1"], "behind": ["a:2"]}


class TestApprovals:
    @pytest.fixture
    def approvals(self) -> int:
        return 2

    async def test_the_first_wish_waits_for_a_second_person(self, client, catalog):
        answer = await promote(client, "1")
        assert answer.status_code == 202
        assert answer.json() == {
            "model": MODEL,
            "version": "1",
            "state": "waiting",
            "approved_by": ["operator"],
            "needed": 2,
        }
        assert (await promote(client, "1")).status_code == 202  # the same person again is no second one
        assert catalog.live() == {}
        catalog.approve(MODEL, "1", actor="somebody else", reason="agreed")
        assert (await promote(client, "1")).json()["actor"] == "operator and somebody else"


class TestTrials:
    async def test_it_waits_for_the_workers_and_says_who_has_it(self, client, app):
        await promote(client, "1")
        one, other = Worker("a:1", "1"), Worker("a:2", "1")
        one.serving["rental-price on trial"], other.serving["rental-price on trial"] = "2 0.25", "2 0"
        app.state.alive = [one, other]
        loaded = await self.load(client, share=0.25)
        assert loaded.json()["workers"] == {"serving": ["a:1"], "behind": ["a:2"]}
        del other.serving["rental-price on trial"]
        ended = await client.post(f"/models/{MODEL}/unload", json={"reason": "r"}, headers=AS_OPERATOR)
        assert ended.json()["workers"] == {"serving": ["a:2"], "behind": ["a:1"]}

    @staticmethod
    async def load(client, version: str = "2", headers=AS_OPERATOR, **more: object):
        body = {"version": version, "reason": "More rows.", **more}
        return await client.post(f"/models/{MODEL}/load", json=body, headers=headers)

    async def test_a_version_is_put_on_trial_seen_compared_and_let_go(self, client):
        await promote(client, "1")
        loaded = await self.load(client, share=0.25)
        assert (loaded.status_code, loaded.json()["alias"], loaded.json()["share"]) == (
            200,
            "challenger",
            0.25,
        )
        shown = (await client.get(f"/models/{MODEL}", headers=AS_VIEWER)).json()
        assert (shown["challenger"]["version"], shown["challenger"]["share"]) == ("2", 0.25)
        compared = (await client.get(f"/models/{MODEL}/comparison", headers=AS_VIEWER)).json()
        assert compared == {"compared": MODEL}
        ended = await client.post(
            f"/models/{MODEL}/unload", json={"reason": "Seen enough."}, headers=AS_OPERATOR
        )
        assert (ended.json()["version"], ended.json()["previous"], ended.json()["action"]) == (
            None,
            "2",
            "unload",
        )
        assert (await client.get(f"/models/{MODEL}", headers=AS_VIEWER)).json()["challenger"] is None

    async def test_without_a_trial_there_is_nothing_to_compare_or_end(self, client):
        await promote(client, "1")
        assert (await client.get(f"/models/{MODEL}/comparison", headers=AS_VIEWER)).json()[
            "code"
        ] == "model.no_trial"
        ended = await client.post(f"/models/{MODEL}/unload", json={"reason": "r"}, headers=AS_OPERATOR)
        assert (ended.status_code, ended.json()["code"]) == (409, "model.no_trial")

    async def test_the_champion_does_not_challenge_itself(self, client):
        await promote(client, "1")
        assert (await self.load(client, "1")).json()["code"] == "model.challenges_itself"

    @pytest.mark.parametrize("share", [-0.1, 0.51, 1, "a half", True, None])
    async def test_a_share_out_of_bounds_is_refused(self, client, catalog, share):
        assert (await self.load(client, share=share)).status_code == 422
        assert catalog.history(MODEL) == []

    async def test_looking_is_not_loading(self, client, catalog):
        assert (await self.load(client, headers=AS_VIEWER)).status_code == 403
        assert catalog.history(MODEL) == []


class TestWithoutAPlace:
    @pytest.fixture(autouse=True)
    def _no_place(self, monkeypatch):
        monkeypatch.setattr(models, "_MOST_COMPARED_AT_ONCE", 0)
        monkeypatch.setattr(models, "_PATIENCE_S", 0.0)

    async def test_a_comparison_is_told_to_come_back(self, client):
        answer = await client.get(f"/models/{MODEL}/comparison", headers=AS_VIEWER)
        assert (answer.status_code, answer.json()["code"]) == (429, "limits.too_many_requests")
        assert (await client.get(f"/models/{MODEL}", headers=AS_VIEWER)).status_code == 200


async def test_a_training_is_deferred_and_shown_as_a_task(client, app) -> None:
    answer = await client.post(
        f"/models/{MODEL}/trainings", json={"settings": {"trees": 40}}, headers=AS_OPERATOR
    )
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    assert answer.headers["location"] == f"/tasks/{answer.json()['task_id']}"
    assert app.state.deferred == [(MODEL, {"trees": 40}, "operator")]


TRAININGS_REFUSED = [
    (AS_VIEWER, MODEL, {}, 403, "auth.scope_missing"),
    (AS_OPERATOR, "no-model", {}, 404, "model.not_found"),
    (AS_OPERATOR, MODEL, {"settings": {"trees": [1]}}, 422, "input.contract"),  # no plain value
    (AS_OPERATOR, MODEL, {"rows": 3}, 422, "input.contract"),  # an unknown field
]


@pytest.mark.parametrize(("headers", "model", "body", "status", "code"), TRAININGS_REFUSED)
async def test_a_training_that_cannot_be_is_refused(client, app, headers, model, body, status, code) -> None:
    answer = await client.post(f"/models/{model}/trainings", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert app.state.deferred == []
