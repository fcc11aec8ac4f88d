"""The policy of windows on a real database: promoted with its league row, rolled back, written into the audit trail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text
from tests.support.served import NamedCallers, caller_header, served_application, serving
from typer import Typer
from typer.testing import CliRunner

from drivetrain.core.audit import AuditEntry
from drivetrain.core.errors import ConflictError
from drivetrain.core.time import SystemClock
from drivetrain.dispatch.matching.adapters.policy_http import policy_routes
from drivetrain.dispatch.matching.adapters.policy_store import PostgresPolicyReleases
from drivetrain.dispatch.matching.application.release_policy import FollowReleases, ReleasePolicy
from drivetrain.dispatch.matching.domain.window_policies import WINDOW_POLICIES
from drivetrain.dispatch.simulation.adapters.commands import app as dispatch
from drivetrain.dispatch.simulation.adapters.league_store import PostgresLeagues, shipped
from drivetrain.dispatch.simulation.adapters.simulate_commands import app as simulate


@pytest.fixture
def release(engine: Engine) -> ReleasePolicy:
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE drivetrain.dispatch_policy_releases"))
    return ReleasePolicy(PostgresPolicyReleases(engine), PostgresLeagues(engine), SystemClock())


@pytest.fixture
def client(release: ReleasePolicy) -> Iterator[httpx.Client]:
    with (
        serving(served_application([policy_routes(release)], NamedCallers())) as (address, _),
        httpx.Client(
            base_url=address, headers=caller_header("dispatch:read", "models:promote"), timeout=60
        ) as client,
    ):
        yield client


def test_a_policy_is_promoted_with_its_league_row_and_rolled_back(
    client: httpx.Client, engine: Engine
) -> None:
    follow = FollowReleases(PostgresPolicyReleases(engine))
    assert client.get("/dispatch/policy").json()["policy"]["name"] == "windows"
    wish = {"policy": "near_first", "reason": "shorter ways", "expected_release": 0}
    done = client.put("/dispatch/policy", json=wish)
    assert done.status_code == 200, done.text
    assert done.json()["league"]["version"] == shipped()["version"]
    assert set(done.json()["league"]["markets"]) == {"slack", "tight", "overload"}
    assert follow() is WINDOW_POLICIES["near_first"]
    state = client.get("/dispatch/policy").json()
    assert (state["policy"]["name"], state["release"], len(state["history"])) == ("near_first", 1, 1)
    again = client.put("/dispatch/policy", json=wish)
    assert (again.status_code, again.json()["code"]) == (409, "dispatch.policy_changed")
    assert (
        client.post("/dispatch/policy/rollback", json={"reason": "waits grew"}).json()["policy"] == "windows"
    )
    assert follow() is WINDOW_POLICIES["windows"]
    nothing = client.post("/dispatch/policy/rollback", json={"reason": "again"})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "dispatch.nothing_to_roll_back")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"policy": "coin", "reason": "r"}, 404, "dispatch.unknown_policy"),
        ({"policy": "windows", "reason": "r"}, 409, "dispatch.policy_in_force"),
        ({"policy": "near_first", "reason": " "}, 422, "dispatch.policy_reason"),
        ({"policy": "near_first", "reason": ""}, 422, "input.contract"),
        ({"policy": "near_first", "reason": "r", "weights": {}}, 422, "input.contract"),
        ({"policy": "near_first", "reason": "r", "expected_release": -1}, 422, "input.contract"),
    ],
)
def test_what_is_not_promoted(client: httpx.Client, body: dict[str, object], status: int, code: str) -> None:
    refused = client.put("/dispatch/policy", json=body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


class Lines:
    """Lines of the trail, kept here."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []

    def record(self, connection: Any, entry: AuditEntry) -> None:
        self.entries.append(entry)


def test_a_release_and_its_line_in_the_audit_trail_stand_together(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE drivetrain.dispatch_policy_releases"))
    trail = Lines()
    releases = PostgresPolicyReleases(engine, trail)
    release = ReleasePolicy(releases, PostgresLeagues(engine), SystemClock()).promote(
        "waiting_age", reason="r", author="ann"
    )
    (line,) = trail.entries
    assert (line.actor, line.action, line.object) == (
        "ann",
        "policies.promote",
        "dispatch policy waiting_age",
    )
    with pytest.raises(ConflictError):
        releases.add(release, is_rollback=False)
    assert len(trail.entries) == 1


@pytest.fixture
def command(engine: Engine, release: ReleasePolicy) -> Callable[..., str]:
    """Runs commands on the database of the test."""

    @contextmanager
    def database() -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(engine=engine, audit=Lines())

    installation = SimpleNamespace(database=database)

    def run(app: Typer, *arguments: str) -> str:
        done = CliRunner().invoke(app, list(arguments), obj=lambda: installation)
        if done.exception is not None:
            raise done.exception
        return done.output

    return run


def test_the_commands_show_promote_and_roll_back(command: Callable[..., str]) -> None:
    assert "windows *" in command(dispatch, "policy", "show")
    said = command(dispatch, "policy", "promote", "near_first", "--reason", "shorter ways")
    assert "Release 1: near_first, version 3" in said
    assert shipped()["version"] in said
    assert "overload" in said
    shown = command(dispatch, "policy", "show")
    assert "near_first *" in shown
    assert "shorter ways" in shown
    assert "Release 2: windows" in command(dispatch, "policy", "rollback", "--reason", "waits grew")
    with pytest.raises(ConflictError):
        command(dispatch, "policy", "rollback", "--reason", "again")


def test_a_league_that_the_command_keeps_is_the_one_that_a_promotion_asks(
    command: Callable[..., str], engine: Engine
) -> None:
    quick = ("--market", "overload", "--hours", "0.25", "--seeds", "1-2")
    policies = ("--policy", "nearest", "--policy", "waiting_age")
    kept = json.loads(command(simulate, "dispatch", *quick, *policies, "--keep", "--json"))
    row = PostgresLeagues(engine).row("waiting_age", WINDOW_POLICIES["waiting_age"].weights.as_mapping())
    assert row is not None
    assert row["version"] == kept["version"]
    assert set(row["markets"]) == {"overload"}
    other = PostgresLeagues(engine).row("near_first", WINDOW_POLICIES["near_first"].weights.as_mapping())
    assert other is not None
    assert other["version"] == shipped()["version"]
    assert PostgresLeagues(engine).row("near_first", {"served_min": 1.0}) is None
