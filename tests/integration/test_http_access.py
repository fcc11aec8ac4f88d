"""Keys, tokens and scopes on the running platform; what `/metrics` and `/health` say."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import httpx
import pytest
from tests.support.platform import EXAMPLE, MODEL, RunningPlatform, eventually

from drivetrain.accounts.audit.domain.scopes import AUDIT_READ
from drivetrain.bootstrap.installation import Home, database, key_issuer, open_stores
from drivetrain.bootstrap.refreshing import METRICS_INTERVAL_S
from drivetrain.core.access import PlatformScope
from drivetrain.products import SCOPES
from drivetrain.settings import Settings

pytestmark = pytest.mark.usefixtures("unharmed")

UNKNOWN = "0198c0de-0000-7000-8000-000000000000"

ROUTES: tuple[tuple[str, str, str], ...] = (
    ("POST", "/rental/price", PlatformScope.PREDICT),
    ("POST", "/rental/prices", PlatformScope.PREDICT_BATCH),
    ("POST", "/rental/prices/file", PlatformScope.PREDICT_BATCH),
    ("GET", f"/decisions/{UNKNOWN}", PlatformScope.DECISIONS_READ),
    ("POST", f"/decisions/{UNKNOWN}/outcome", PlatformScope.EVENTS_WRITE),
    ("GET", "/models", PlatformScope.MODELS_READ),
    ("GET", f"/models/{MODEL}", PlatformScope.MODELS_READ),
    ("GET", f"/models/{MODEL}/versions", PlatformScope.MODELS_READ),
    ("GET", f"/models/{MODEL}/history", PlatformScope.MODELS_READ),
    ("POST", f"/models/{MODEL}/promote", PlatformScope.MODELS_PROMOTE),
    ("POST", f"/models/{MODEL}/rollback", PlatformScope.MODELS_PROMOTE),
    ("POST", f"/models/{MODEL}/load", PlatformScope.MODELS_LOAD),
    ("POST", f"/models/{MODEL}/unload", PlatformScope.MODELS_LOAD),
    ("GET", f"/models/{MODEL}/comparison", PlatformScope.MODELS_READ),
    ("POST", "/replays", PlatformScope.DECISIONS_READ),
    ("POST", "/keys", PlatformScope.USERS_ADMIN),
    ("GET", "/keys", PlatformScope.USERS_ADMIN),
    ("DELETE", "/keys/nonsense", PlatformScope.USERS_ADMIN),
    ("GET", "/audit", AUDIT_READ.name),
    ("GET", "/metrics", PlatformScope.METRICS_READ),
)


@pytest.fixture(scope="module")
def keys(platform: RunningPlatform) -> Mapping[str, str]:
    """One key of every role."""
    home, settings = Home(platform.home), Settings(home=platform.home)
    with database(settings, home) as url:
        stores = open_stores(settings, home, url)
        made = {
            role: key_issuer(settings, home, stores.keys)
            .create(name=f"the {role}", grants=[role], days=None, actor="a test")
            .text
            for role in SCOPES.roles
        }

    def are_known() -> bool:
        statuses = set()
        for key in [*made.values()] * 4:  # over new connections, which any of the workers may take
            with platform.client(key) as client:
                statuses.add(client.get("/validate-token").status_code)
        return statuses == {200}

    assert eventually(are_known, 2.0)
    return made


@pytest.fixture
def anybody(platform: RunningPlatform) -> Iterator[httpx.Client]:
    """A client without a key."""
    with platform.client(None) as client:
        yield client


@pytest.mark.parametrize("role", SCOPES.roles)
@pytest.mark.parametrize(
    ("method", "path", "scope"), ROUTES, ids=[f"{method} {path}" for method, path, _ in ROUTES]
)
def test_a_role_gets_past_the_gate_of_exactly_its_routes(
    anybody: httpx.Client, keys: Mapping[str, str], role: str, method: str, path: str, scope: str
) -> None:
    """The body is empty, so that nothing happens behind the gate."""
    answer = anybody.request(method, path, headers={"X-API-Key": keys[role]})
    if scope in SCOPES.roles[role]:
        assert answer.status_code not in {401, 403}
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "auth.scope_missing")
        assert scope in answer.json()["detail"]


@pytest.mark.parametrize(("method", "path"), [route[:2] for route in ROUTES] + [("GET", "/validate-token")])
def test_nobody_without_a_key_gets_past_any_gate(anybody: httpx.Client, method: str, path: str) -> None:
    assert anybody.request(method, path).status_code == 401


def test_a_token_carries_the_scopes_of_its_key(anybody: httpx.Client, keys: Mapping[str, str]) -> None:
    given = anybody.post("/token", json={"api_key": keys["client"]})
    assert given.status_code == 200
    token = given.json()
    assert list(token) == ["access_token", "token_type", "expires_in", "scopes"]
    assert (token["token_type"], token["expires_in"]) == ("bearer", 900)
    assert token["scopes"] == sorted(SCOPES.roles["client"])
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    assert anybody.post("/rental/price", json=dict(EXAMPLE), headers=bearer).status_code == 200
    assert anybody.get("/models", headers=bearer).status_code == 403


def test_a_token_tells_whose_it_is_and_when_it_ends(anybody: httpx.Client, keys: Mapping[str, str]) -> None:
    token = anybody.post("/token", json={"api_key": keys["viewer"]}).json()["access_token"]
    told = anybody.get("/validate-token", headers={"Authorization": f"Bearer {token}"}).json()
    assert (told["subject"], told["scopes"]) == ("the viewer", sorted(SCOPES.roles["viewer"]))
    left_s = (datetime.fromisoformat(told["expires_at"]) - datetime.now(UTC)).total_seconds()
    assert 890 < left_s <= 900


def test_a_key_may_come_as_a_bearer_credential_too(anybody: httpx.Client, keys: Mapping[str, str]) -> None:
    """For scrapers that cannot send a header of their own name."""
    assert anybody.get("/metrics", headers={"Authorization": f"Bearer {keys['viewer']}"}).status_code == 200
    told = anybody.get("/validate-token", headers={"Authorization": f"bearer {keys['viewer']}"}).json()
    assert told == {"subject": "the viewer", "scopes": sorted(SCOPES.roles["viewer"]), "expires_at": None}


def test_metrics_are_summed_over_the_workers(platform: RunningPlatform) -> None:
    """Requests over many connections reach both workers; whichever answers knows of all of them."""
    labels = 'method="POST",handler="/rental/price",status="2xx"'
    requests = f"http_requests_total{{{labels}}}"
    with platform.client() as client:
        before, answered_before = _settled(client, requests), _settled(client, _PREDICTIONS)
    for _ in range(40):
        with platform.client() as client:
            assert client.post("/rental/price?explain=false", json=dict(EXAMPLE)).status_code == 200

    def has_all() -> bool:
        with platform.client() as client:
            return (
                _value(client, requests) >= before + 40
                and _value(client, _PREDICTIONS) >= answered_before + 40
            )

    assert eventually(has_all, 60)  # workers show what they count every quarter of a second
    for _ in range(6):  # whichever worker is asked
        with platform.client() as client:
            assert _value(client, requests) == before + 40
            assert _value(client, _PREDICTIONS) == answered_before + 40
    processes = {line["process"] for line in platform.log_lines() if line.get("handler") == "/rental/price"}
    assert processes == {"api-0", "api-1"}


def test_metrics_have_their_documented_names_and_buckets(platform: RunningPlatform) -> None:
    with platform.client() as client:
        client.post("/rental/price", json={**EXAMPLE, "mileage": -1})
        text = client.get("/metrics").text
    for name in (
        "http_requests_total",
        "http_request_duration_seconds_bucket",
        "drivetrain_predictions_total",
        "drivetrain_predictions_refused_total",
        "drivetrain_prediction_range_width_ratio_bucket",
        "drivetrain_ledger_queue_decisions",
        "drivetrain_ledger_decisions_total",
    ):
        assert re.search(rf"^{name}[{{ ]", text, re.MULTILINE), name
    assert 'le="0.001"' in text
    assert 'handler="/decisions/{decision_id}"' in text or "decision_id" not in text  # templates, never ids
    assert UNKNOWN not in text


def test_the_ledgers_count_follows_the_decisions(platform: RunningPlatform) -> None:
    with platform.client() as client:
        before = _settled(client, "drivetrain_ledger_decisions_total")
        for _ in range(10):
            client.post("/rental/price", json=dict(EXAMPLE))
        assert eventually(lambda: _value(client, "drivetrain_ledger_decisions_total") >= before + 10, 10)
        assert _settled(client, "drivetrain_ledger_decisions_total") == before + 10


def _settled(client: httpx.Client, name: str) -> float:
    """The value once the workers have shown what they counted: the same over two of their intervals."""
    value = _value(client, name)
    for _ in range(20):
        time.sleep(2 * METRICS_INTERVAL_S)
        value, former = _value(client, name), value
        if value == former:
            return value
    raise AssertionError(f"{name} goes on rising")


def test_health_needs_no_key_and_names_every_dependency_and_the_synthetic_data(anybody: httpx.Client) -> None:
    for path in ("/health", "/health/ready"):
        told = anybody.get(path).json()
        assert told["state"] == "ok"
        assert {"name": "database", "state": "ok", "why": ""} in told["dependencies"]
        assert {"name": f"model {MODEL}", "state": "ok", "why": ""} in told["dependencies"]
    assert anybody.get("/health/live").json() == {"state": "ok"}
    data = {each["model"]: each for each in anybody.get("/health").json()["data"]}
    assert (data[MODEL]["version"], data[MODEL]["dataset"]) == ("1", "rental-pricing")
    assert all(each["is_synthetic"] for each in data.values())


def test_models_tell_what_is_live_and_who_decided_so(platform: RunningPlatform) -> None:
    with platform.client() as client:
        listed = next(each for each in client.get("/models").json()["items"] if each["name"] == MODEL)
        shown = client.get(f"/models/{MODEL}").json()
        versions = client.get(f"/models/{MODEL}/versions").json()["items"]
        (release,) = client.get(f"/models/{MODEL}/history").json()["items"]
    assert listed["champion"]["version"] == shown["champion"]["version"] == "1"
    assert shown["champion"]["is_synthetic"] and shown["report"]["rows"] > 700
    assert [version["version"] for version in versions] == ["2", "1"]
    assert {"rmse_error", "mae_error", "range_coverage_score"} <= versions[0]["metrics"].keys()
    assert (release["version"], release["previous"], release["action"]) == ("1", None, "promote")
    assert not any(
        "/" in str(value) for version in versions for value in (version["run_id"], version["dataset"]["name"])
    )


_PREDICTIONS = f'drivetrain_predictions_total{{model="{MODEL}",version="1"}}'


def _value(client: httpx.Client, series: str) -> float:
    text = client.get("/metrics").text
    found = [line.rpartition(" ")[2] for line in text.splitlines() if line.startswith(f"{series} ")]
    if not found:  # the order of labels is the library's
        name, _, labels = series.rstrip("}").partition("{")
        wanted = set(labels.split(",")) - {""}
        for line in text.splitlines():
            match = re.fullmatch(rf"{name}(?:\{{(.*)\}})? (\S+)", line)
            if match and set((match[1] or "").split(",")) - {""} == wanted:
                found.append(match[2])
    return float(found[0]) if found else 0.0
