"""How Prefect's server and its clients are set up: inside one folder, behind one password, and silent."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
import pytest

from drivetrain.adapters.prefect import server
from drivetrain.adapters.prefect.server import (
    client_environment,
    is_up,
    make_room,
    require_prefect,
    server_environment,
)
from drivetrain.core.errors import UnavailableError

ADDRESS = "http://127.0.0.1:4200"


def test_a_missing_extra_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prefect", None)  # as if it were not installed
    with pytest.raises(UnavailableError) as refused:
        require_prefect()
    assert refused.value.code == "prefect.not_installed"
    assert "pip install 'drivetrain[prefect]'" in refused.value.detail


def test_server_and_client_share_the_password_and_the_address(tmp_path: Path) -> None:
    behind = server_environment(tmp_path, "secret", ADDRESS, with_pages=True)
    client = client_environment(tmp_path, "secret", ADDRESS)
    assert (
        behind["PREFECT_SERVER_API_AUTH_STRING"] == client["PREFECT_API_AUTH_STRING"] == "drivetrain:secret"
    )
    assert behind["PREFECT_SERVER_UI_API_URL"] == client["PREFECT_API_URL"] == f"{ADDRESS}/api"
    assert behind["PREFECT_HOME"] == client["PREFECT_HOME"] == str(tmp_path)


@pytest.mark.parametrize("with_pages", [False, True])
def test_pages_are_shown_only_where_they_were_asked_for(tmp_path: Path, with_pages: bool) -> None:
    environment = server_environment(tmp_path, "secret", ADDRESS, with_pages=with_pages)
    assert environment["PREFECT_SERVER_UI_ENABLED"] == str(with_pages).lower()
    assert environment["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"


def test_the_record_is_kept_while_it_is_small(tmp_path: Path) -> None:
    record = tmp_path / "prefect" / "prefect.db"
    make_room(record.parent)
    record.write_bytes(b"runs")
    make_room(record.parent)
    assert record.read_bytes() == b"runs"


def test_the_record_begins_anew_past_its_largest_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its journal counts as well; what is beside it goes with it."""
    monkeypatch.setattr(server, "LARGEST_RECORD_BYTES", 7)
    for name in ("prefect.db", "prefect.db-wal", "profiles.toml"):
        (tmp_path / name).write_bytes(b"runs")
    make_room(tmp_path)
    assert tmp_path.is_dir() and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, True),
        (503, False),  # it is starting
    ],
)
def test_it_is_up_when_it_says_that_it_is_healthy(
    monkeypatch: pytest.MonkeyPatch, status: int, expected: bool
) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        monkeypatch.setattr(httpx, "get", client.get)
        assert is_up(ADDRESS) is expected
    (request,) = asked
    assert str(request.url) == f"{ADDRESS}/api/health"
    assert "Authorization" not in request.headers  # whoever listens there learns no password


def test_it_is_not_up_when_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with httpx.Client(transport=httpx.MockTransport(refuse)) as client:
        monkeypatch.setattr(httpx, "get", client.get)
        assert not is_up(ADDRESS)
