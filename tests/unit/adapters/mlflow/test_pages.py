"""MLflow's pages are for whoever has the password, asked from their own address."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from drivetrain.adapters.mlflow.pages import USER, PasswordGate, require_pages, server_environment
from drivetrain.core.errors import UnavailableError

ADDRESS = "http://127.0.0.1:5000"
GOOD = (USER, "secret")


def client(address: str = ADDRESS) -> httpx.AsyncClient:
    async def page(_: object) -> PlainTextResponse:
        return PlainTextResponse("the page")

    app = Starlette(routes=[Route("/{path:path}", page, methods=["GET", "POST"])])
    transport = httpx.ASGITransport(PasswordGate(app, "secret", ADDRESS))
    return httpx.AsyncClient(transport=transport, base_url=address)


@pytest.mark.parametrize("address", [ADDRESS, "http://localhost:5000"])
@pytest.mark.parametrize("headers", [{}, {"Origin": ADDRESS}, {"Origin": "http://localhost:5000"}], ids=str)
async def test_the_password_opens_the_pages_of_their_own_address(
    address: str, headers: dict[str, str]
) -> None:
    async with client(address) as browser:
        answer = await browser.post("/ajax-api/2.0/mlflow/runs/search", headers=headers, auth=GOOD)
    assert (answer.status_code, answer.text) == (200, "the page")


@pytest.mark.parametrize(
    "auth", [None, (USER, ""), (USER, "Secret"), (USER, "secret2"), ("admin", "secret"), (USER, "s€cret")]
)
@pytest.mark.parametrize("path", ["/", "/health", "/ajax-api/2.0/mlflow/runs/search"])
async def test_without_it_everything_is_closed(auth: tuple[str, str] | None, path: str) -> None:
    async with client() as browser:
        answer = await browser.get(path, auth=auth)
    assert (answer.status_code, "the page" in answer.text) == (401, False)
    assert answer.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize("token", ["Bearer secret", "Basic", "Basic secret", "Basic ====", ""])
async def test_other_credentials_open_nothing(token: str) -> None:
    async with client() as browser:
        assert (await browser.get("/", headers={"Authorization": token})).status_code == 401


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("http://rebound.example:5000", {}),  # a name that another site lets point to this machine
        ("http://127.0.0.1:5001", {}),
        (ADDRESS, {"Origin": "http://localhost:3000"}),  # a page of another server of this machine
        (ADDRESS, {"Origin": "https://other.example"}),
        (ADDRESS, {"Origin": "null"}),
        (ADDRESS, {"Host": ""}),
    ],
)
async def test_the_browser_of_another_page_is_refused_though_it_sends_the_password(
    address: str, headers: dict[str, str]
) -> None:
    async with client(address) as browser:
        answer = await browser.post("/ajax-api/2.0/mlflow/runs/delete", headers=headers, auth=GOOD)
    assert answer.status_code == 403


async def test_the_assistant_that_runs_commands_is_not_offered() -> None:
    async with client() as browser:
        answer = await browser.post("/ajax-api/3.0/mlflow/assistant/message", auth=GOOD)
    assert answer.status_code == 404


def test_the_server_is_told_its_store_and_its_own_address_only() -> None:
    environment = server_environment("postgresql+psycopg://x", Path("/home/artifacts"), ADDRESS)
    assert environment["_MLFLOW_SERVER_FILE_STORE"] == environment["_MLFLOW_SERVER_REGISTRY_STORE"]
    assert environment["MLFLOW_SERVER_ALLOWED_HOSTS"] == "127.0.0.1:5000"
    assert environment["MLFLOW_SERVER_CORS_ALLOWED_ORIGINS"] == ADDRESS


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.path", [str(tmp_path)])  # no distribution is found there
    assert importlib.metadata.packages_distributions() == {}
    with pytest.raises(UnavailableError) as refused:
        require_pages()
    assert refused.value.code == "mlflow.not_installed"
    assert "drivetrain[mlflow]" in refused.value.detail
