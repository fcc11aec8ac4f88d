"""Every row of the table of bad requests gets its documented status and code, and harms nobody."""

from __future__ import annotations

import base64
import json
import socket
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zlib import crc32

import jwt
import pytest
from tests.support.bad_dispatch import DISPATCH_REQUESTS
from tests.support.bad_requests import EXAMPLE_BODY, JSON, REQUESTS, BadRequest, body_with, send
from tests.support.platform import RunningPlatform, eventually

from drivetrain.bootstrap.installation import Home, database, key_issuer, open_stores
from drivetrain.core.access import mint_key, parse_key
from drivetrain.core.time import SystemClock
from drivetrain.settings import Settings

pytestmark = pytest.mark.usefixtures("unharmed")


@pytest.fixture(scope="module")
def credentials(platform: RunningPlatform) -> Mapping[str, str]:
    """Good and bad keys and tokens, by the names that the table uses."""
    home = Home(platform.home)
    settings = Settings(home=platform.home)
    with database(settings, home) as url:
        stores = open_stores(settings, home, url)
        made = {
            name: key_issuer(settings, home, stores.keys).create(
                name=name, grants=["viewer"], days=days, actor="a test"
            )
            for name, days in (("viewer", None), ("revoked", None), ("expired", -1))
        }
        stores.keys.revoke(made["revoked"].record.key_id, SystemClock().now(), actor="a test")
    keys = {"admin": platform.admin_key, **{name: key.text for name, key in made.items()}}
    ids = {name: parse_key(text).key_id for name, text in keys.items()}
    case = BadRequest("", 401, "", headers=(("X-API-Key", keys["revoked"]),)).as_bytes({})
    # Workers see new keys within a second, not at once.
    assert eventually(
        lambda: all("auth.key_ended" in send(platform.port, case).codes() for _ in range(10)), 1.0
    )
    return {**keys, **_odd_keys(keys["admin"]), **_tokens(home.token_secret(), ids)}


def _odd_keys(admin: str) -> dict[str, str]:
    environment, key_id = admin.split("_")[1:3]
    other_secret = mint_key(environment).text
    borrowed = other_secret.replace(other_secret.split("_")[2], key_id).rpartition("_")[0]
    checksum = _checksum_of(borrowed)
    return {
        "cut_short": admin[:-1],
        "mistyped": admin[:-1] + ("0" if admin[-1] != "0" else "1"),
        "foreign": mint_key(environment).text,
        "borrowed_id": f"{borrowed}_{checksum}",
    }


def _checksum_of(body: str) -> str:
    """Part of the public form of a key: anybody can compute it."""
    return f"{crc32(body.encode()):08x}"


def _tokens(secret: bytes, ids: Mapping[str, str]) -> dict[str, str]:
    now = datetime.now(UTC)
    claims = {
        "iss": "drivetrain",
        "sub": "admin",
        "kid": ids["admin"],
        "scopes": ["predict"],
        "iat": now,
        "exp": now + timedelta(hours=1),
    }
    unsigned = {**claims, "iat": int(now.timestamp()), "exp": int(now.timestamp()) + 3600}
    parts = [
        base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=")
        for each in ({"alg": "none"}, unsigned)
    ]

    def signed(key: bytes = secret, **changed: object) -> str:
        given = {name: value for name, value in {**claims, **changed}.items() if value is not None}
        return jwt.encode(given, key, algorithm="HS256")

    return {
        "expired_token": signed(exp=now - timedelta(seconds=1)),
        "unsigned_token": f"{'.'.join(parts)}.",
        "forged_token": signed(b"x" * 32),
        "endless_token": signed(exp=None),
        "orphaned_token": signed(kid=ids["revoked"]),
        "good_token": signed(kid=ids["viewer"]),
        "boasting_token": signed(kid=ids["viewer"]),
    }


@pytest.mark.parametrize("case", [*REQUESTS, *DISPATCH_REQUESTS], ids=lambda case: case.name)
def test_a_bad_request_gets_its_documented_answer(
    platform: RunningPlatform, credentials: Mapping[str, str], case: BadRequest
) -> None:
    answer = send(platform.port, case.as_bytes(credentials))
    assert answer.status == case.status, answer.body[:500]
    if answer.status == 200:
        assert answer.headers["content-type"] == JSON
        return
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert {"type", "title", "status", "detail", "code", "request_id"} <= problem.keys()
    assert problem["status"] == case.status and problem["request_id"] == answer.headers["x-request-id"]
    assert case.code in answer.codes()
    assert len(problem.get("errors", ())) <= 100
    if case.pointer is not None:
        assert case.pointer in [
            error.get("pointer") for error in problem["errors"] if error["code"] == case.code
        ]
    if answer.status == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_misspelled_word_is_answered_with_the_nearest_accepted_ones(
    platform: RunningPlatform, credentials: Mapping[str, str]
) -> None:
    answer = send(platform.port, BadRequest("", 422, "", body_with(fuel="dissel")).as_bytes(credentials))
    (error,) = answer.json()["errors"]
    assert "diesel" in error["detail"] and "electro" not in error["detail"]


def test_all_errors_of_a_body_are_named_at_once(
    platform: RunningPlatform, credentials: Mapping[str, str]
) -> None:
    body = body_with(mileage="100", fuel="dissel", has_gps="yes", age=3)
    answer = send(platform.port, BadRequest("", 422, "", body).as_bytes(credentials))
    assert [error["pointer"] for error in answer.json()["errors"]] == [
        "/mileage",
        "/fuel",
        "/has_gps",
        "/age",
    ]


@pytest.mark.parametrize("given", ["x" * 1_000, '"><script>', "", "ümlaut"])
def test_an_odd_request_id_is_replaced_by_one_of_ours(
    platform: RunningPlatform, credentials: Mapping[str, str], given: str
) -> None:
    case = BadRequest("", 200, "", EXAMPLE_BODY, headers=(("X-Request-ID", given),))
    answer = send(platform.port, case.as_bytes(credentials))
    assert answer.status == 200
    assert UUID(answer.headers["x-request-id"]).version == 7


def test_secrets_never_come_back_or_stand_in_the_log(
    platform: RunningPlatform, credentials: Mapping[str, str]
) -> None:
    """Wrong keys and tokens are what people paste by mistake: they may be right somewhere else."""
    for name in ("foreign", "mistyped", "expired_token", "forged_token"):
        presented = (
            {"Authorization": f"Bearer @{name}"} if name.endswith("token") else {"X-API-Key": f"@{name}"}
        )
        headers = tuple({"X-API-Key": None, **presented}.items())
        case = BadRequest("", 401, "", EXAMPLE_BODY, headers=headers)
        answer = send(platform.port, case.as_bytes(credentials))
        assert answer.status == 401
        assert credentials[name] not in answer.body.decode() and credentials[name] not in platform.said()


@pytest.mark.parametrize(("size", "status"), [(20_000, 200), (2_000_000, 431)])
def test_a_huge_header_does_no_harm(
    platform: RunningPlatform, credentials: Mapping[str, str], size: int, status: int
) -> None:
    case = BadRequest("", 200, "", EXAMPLE_BODY, headers=(("X-Filler", "x" * size),))
    assert send(platform.port, case.as_bytes(credentials)).status == status


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.99])
def test_a_client_that_goes_away_in_the_middle_leaves_no_trace_of_a_bug(
    platform: RunningPlatform, credentials: Mapping[str, str], keep: float
) -> None:
    whole = BadRequest("", 200, "", EXAMPLE_BODY).as_bytes(credentials)
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", platform.port)) as connection:
            connection.sendall(whole[: int(len(whole) * keep)])
    assert platform.failures() == []


def test_an_answer_nobody_waits_for_does_no_harm(
    platform: RunningPlatform, credentials: Mapping[str, str]
) -> None:
    """The whole request is sent, and the connection reset before the answer can leave."""
    whole = BadRequest("", 200, "", EXAMPLE_BODY).as_bytes(credentials)
    for _ in range(20):
        connection = socket.create_connection(("127.0.0.1", platform.port))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        connection.sendall(whole)
        connection.close()
    assert send(platform.port, whole).status == 200


def test_a_body_that_comes_letter_by_letter_is_read(
    platform: RunningPlatform, credentials: Mapping[str, str]
) -> None:
    """A slow network is no attack (see the tests of ``BodyPace``)."""
    whole = BadRequest("", 200, "", EXAMPLE_BODY).as_bytes(credentials)
    with socket.create_connection(("127.0.0.1", platform.port)) as connection:
        for at in range(0, len(whole), 16):
            connection.sendall(whole[at : at + 16])
            time.sleep(0.001)
        assert connection.recv(12) == b"HTTP/1.1 200"


def test_many_open_silent_connections_keep_nobody_from_being_answered(
    platform: RunningPlatform, credentials: Mapping[str, str]
) -> None:
    silent = [socket.create_connection(("127.0.0.1", platform.port)) for _ in range(200)]
    try:
        for each in silent[::2]:
            each.sendall(b"POST /rental/price HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert send(platform.port, BadRequest("", 200, "", EXAMPLE_BODY).as_bytes(credentials)).status == 200
    finally:
        for each in silent:
            each.close()


def test_a_key_is_known_and_refused_within_a_second_of_being_made_and_revoked(
    platform: RunningPlatform,
) -> None:
    """In every worker: ten answers in a row over new connections."""
    home, settings = Home(platform.home), Settings(home=platform.home)
    with database(settings, home) as url:
        stores = open_stores(settings, home, url)
        key = key_issuer(settings, home, stores.keys).create(
            name="short-lived", grants=["client"], days=None, actor="a test"
        )
        case = BadRequest("", 200, "", EXAMPLE_BODY, headers=(("X-API-Key", key.text),)).as_bytes({})
        assert eventually(lambda: {send(platform.port, case).status for _ in range(10)} == {200}, 1.0)
        stores.keys.revoke(key.record.key_id, SystemClock().now(), actor="a test")
    assert eventually(lambda: {send(platform.port, case).status for _ in range(10)} == {401}, 1.0)
