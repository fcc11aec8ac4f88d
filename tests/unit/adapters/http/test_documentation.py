"""The pages about the API: complete, without another host, behind any prefix."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from importlib.util import find_spec
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from fastapi import Depends, FastAPI

from drivetrain.adapters.http import documentation
from drivetrain.adapters.http.access import public
from drivetrain.adapters.http.documentation import PACKAGE, add_documentation
from drivetrain.adapters.http.errors import install_problem_answers
from drivetrain.adapters.http.openapi import answer, documented

HOST = "http://here"
needs_the_files = pytest.mark.skipif(find_spec(PACKAGE) is None, reason=f"{PACKAGE} is not installed")


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI(title="a platform", openapi_url=None)
    install_problem_answers(app)
    add_documentation(app)

    @app.get("/later", dependencies=[Depends(public)])
    @documented(answer(int, "A number."))
    def show_number() -> int:
        """Show a number."""
        return 1

    @app.middleware("http")
    async def name(request, call_next):  # type: ignore[no-untyped-def]
        request.state.request_id = "r"
        return await call_next(request)

    return app


@pytest.fixture(params=["", "/platform"])
async def client(app: FastAPI, request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that sees the application under a prefix."""
    transport = httpx.ASGITransport(app, root_path=request.param)
    async with httpx.AsyncClient(transport=transport, base_url=f"{HOST}{request.param}") as client:
        yield client


async def test_the_document_holds_routes_added_later_and_is_written_once(client: httpx.AsyncClient) -> None:
    first = await client.get("/openapi.json")
    assert list(first.json()["paths"]) == ["/later"]
    assert first.json()["servers"] == [{"url": "."}]  # relative to where it lies, so behind any prefix
    assert (await client.get("/openapi.json")).content == first.content


@needs_the_files
@pytest.mark.parametrize("page", ["/docs", "/redoc"])
async def test_whatever_a_page_refers_to_is_here(client: httpx.AsyncClient, page: str) -> None:
    shown = await client.get(page)
    assert shown.status_code == 200
    references = re.findall(r'(?:src|href)="([^"]+)"', shown.text)
    assert len(references) == 4
    for reference in references:
        address = urljoin(str(shown.url), reference)
        assert urlsplit(address).netloc == urlsplit(HOST).netloc
        assert (await client.get(address)).status_code == 200, address
    (script,) = (name for name in references if name in {"docs/swagger.js", "docs/redoc.js"})
    (document,) = re.findall(r'"([^"]+\.json)"', (await client.get(f"/{script}")).text)
    assert (await client.get(urljoin(str(shown.url), document))).status_code == 200


@needs_the_files
@pytest.mark.parametrize("page", ["/docs", "/redoc"])
async def test_a_page_may_load_nothing_from_elsewhere(client: httpx.AsyncClient, page: str) -> None:
    policy = (await client.get(page)).headers["content-security-policy"]
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert parts["default-src"] == "'none'"
    allowed = {source for sources in parts.values() for source in sources.split()}
    assert allowed == {"'none'", "'self'", "'unsafe-inline'", "data:", "blob:"}
    assert "'unsafe-inline'" not in parts["script-src"]


async def test_only_the_files_of_the_pages_are_given_away(client: httpx.AsyncClient) -> None:
    for name in ("__init__.py", "core.py", "..%2Fcore.py", "%2Fetc%2Fpasswd"):
        refused = await client.get(f"/docs/{name}")
        assert refused.status_code == 404


async def test_without_the_files_the_page_says_what_to_install(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documentation, "PACKAGE", "not_there_at_all")
    refused = await client.get("/docs")
    assert refused.status_code == 503
    assert (
        refused.json()["code"] == "http.pages_not_installed"
        and "not_there_at_all" in refused.json()["detail"]
    )
