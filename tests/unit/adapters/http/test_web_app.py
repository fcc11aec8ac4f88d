"""The web app and what leads there: files, pages, their headers, and the answers where there is none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from tests.unit.adapters.http.test_web_bundle import build

from drivetrain.adapters.http.edge import Edge
from drivetrain.adapters.http.errors import install_problem_answers
from drivetrain.adapters.http.metrics import HttpMetrics
from drivetrain.adapters.http.web_app import CONTENT_POLICY, Absence, add_web_app
from drivetrain.adapters.http.web_bundle import WebBundle

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Encoding": "gzip, deflate, br"}
SCRIPT = "/app/assets/index-abc.js"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "app"


@pytest.fixture
def reasons() -> list[Absence]:
    return [Absence("It is <being> built.", 3)]


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture(params=["", "/platform"])
async def client(
    folder: Path, reasons: list[Absence], registry: CollectorRegistry, request: pytest.FixtureRequest
) -> AsyncIterator[httpx.AsyncClient]:
    """A client that sees the application under a prefix."""
    app = FastAPI(redirect_slashes=False)
    install_problem_answers(app)
    add_web_app(app, WebBundle(folder), lambda: reasons[-1])
    edge = Edge(app, HttpMetrics(registry))
    transport = httpx.ASGITransport(edge, root_path=request.param)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://here{request.param}") as client:
        yield client


@pytest.fixture
def built(folder: Path) -> Path:
    return build(folder)


async def test_a_hashed_file_is_compressed_and_kept_for_ever(built: Path, client: httpx.AsyncClient) -> None:
    answer = await client.get(SCRIPT, headers={"Accept-Encoding": "gzip"})
    assert answer.text == "one" and answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["vary"] == "Accept-Encoding"
    plain = await client.get(SCRIPT, headers={"Accept-Encoding": ""})
    assert plain.content == b"one" and "content-encoding" not in plain.headers
    assert plain.headers["etag"] != answer.headers["etag"]


async def test_requests_for_pages_and_files_are_counted_under_one_name(
    built: Path, client: httpx.AsyncClient, registry: CollectorRegistry
) -> None:
    for path in ("/app/", "/app/models", SCRIPT):
        await client.get(path, headers=BROWSER)
    labels = {"method": "GET", "handler": "/app/{path:path}", "status": "2xx"}
    assert registry.get_sample_value("http_requests_total", labels) == 3


@pytest.mark.parametrize("path", ["", "models", "models/rental-price", "index.html", "a/b/c/d/e/f/g/h/i"])
async def test_every_other_address_is_a_page_under_a_strict_policy(
    built: Path, client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(f"/app/{path}", headers=BROWSER)
    assert answer.status_code == 200 and answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == CONTENT_POLICY
    assert answer.headers["cache-control"] == "no-cache"
    for name in ("referrer-policy", "permissions-policy", "x-content-type-options", "x-frame-options"):
        assert name in answer.headers
    script = answer.text.split('src="')[1].split('"')[0]
    loaded = await client.get(answer.url.join(script))  # as a browser resolves it, behind any prefix
    assert loaded.text == "one"


def test_the_policy_lets_nothing_inline_run_and_nobody_frame_the_app() -> None:
    assert "unsafe" not in CONTENT_POLICY
    directives = dict(part.split(" ", 1) for part in CONTENT_POLICY.split("; "))
    assert directives["default-src"] == directives["frame-ancestors"] == directives["base-uri"] == "'none'"
    assert directives["script-src"] == directives["worker-src"] == directives["connect-src"] == "'self'"


async def test_a_picture_that_could_run_scripts_is_under_the_policy_too(
    built: Path, client: httpx.AsyncClient
) -> None:
    assert (await client.get("/app/icon.svg")).headers["content-security-policy"] == CONTENT_POLICY


@pytest.mark.parametrize("path", ["/app/", SCRIPT])
async def test_what_a_browser_has_is_not_sent_again(
    built: Path, client: httpx.AsyncClient, path: str
) -> None:
    etag = (await client.get(path, headers=BROWSER)).headers["etag"]
    for known in (etag, f'"other", W/{etag}', "*"):
        answer = await client.get(path, headers={**BROWSER, "If-None-Match": known})
        assert answer.status_code == 304 and answer.content == b"" and answer.headers["etag"] == etag
    assert (await client.get(path, headers={**BROWSER, "If-None-Match": '"other"'})).status_code == 200


async def test_head_answers_as_get(built: Path, client: httpx.AsyncClient) -> None:
    head, get = await client.head(SCRIPT), await client.get(SCRIPT)
    assert head.status_code == 200
    for name in ("etag", "content-length", "content-type"):
        assert head.headers[name] == get.headers[name]


@pytest.mark.parametrize(
    "path",
    [
        "/app/assets/index-old.js",  # of the build before
        "/app/nothing.png",
        "/app/.stamp",  # there, and not for anybody
        "/app/.vite/manifest.json",
        "/app/assets/index-abc.js.gz",
        "/app/assets/%2e%2e/assets/index-abc.js",
        "/app/%2e%2e/%2e%2e/settings.py",
        "/app/..%2f..%2fsettings.py",
        "/app//etc/host.conf",
        "/app/a/b/c/d/e/f/g/h/i/j",  # no page lies so deep
    ],
)
async def test_a_file_that_is_not_there_is_a_problem_by_which_the_app_loads_itself_again(
    built: Path, client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path, headers=BROWSER)
    assert answer.status_code == 404 and answer.json()["code"] == "platform.web_app_file_gone"


def replace(built: Path) -> None:
    """Another build in the place of this one, with one file more."""
    built.rename(built.with_name("former"))
    (build(built) / "assets" / "new-def.js").write_text("new")


async def test_a_file_of_a_build_that_has_just_appeared_is_found_at_once(
    built: Path, client: httpx.AsyncClient
) -> None:
    """The page may come from a worker that knows the new build already."""
    assert (await client.get("/app/")).status_code == 200
    replace(built)
    assert (await client.get("/app/assets/new-def.js")).text == "new"


@pytest.mark.parametrize(
    ("path", "accept", "leads_to"),
    [("/", BROWSER["Accept"], "/app/"), ("/app", BROWSER["Accept"], "/app/"), ("/app", "*/*", "/app/")],
)
async def test_a_browser_is_led_to_the_app(
    built: Path, client: httpx.AsyncClient, path: str, accept: str, leads_to: str
) -> None:
    answer = await client.get(path, headers={"Accept": accept})
    assert answer.status_code == 307
    assert str(answer.url.join(answer.headers["location"])) == f"{client.base_url}".rstrip("/") + leads_to


@pytest.mark.parametrize("accept", ["*/*", "application/json"])
async def test_a_program_is_answered_at_the_root_as_at_any_unknown_route(
    built: Path, client: httpx.AsyncClient, accept: str
) -> None:
    root = (await client.get("/", headers={"Accept": accept})).json()
    unknown = (await client.get("/nothing", headers={"Accept": accept})).json()
    assert root["status"] == 404 and root["code"] == unknown["code"] == "http.no_such_route"
    assert {*root} == {*unknown} and root["title"] == unknown["title"]


async def test_what_is_not_a_page_cannot_be_sent_there(built: Path, client: httpx.AsyncClient) -> None:
    answer = await client.post("/app/", json={})
    assert answer.status_code == 405 and answer.json()["code"] == "http.method_not_allowed"


@pytest.mark.parametrize("path", ["/app/", "/app/models/rental-price", SCRIPT])
async def test_without_a_build_a_program_is_told_why(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 503 and answer.headers["retry-after"] == "3"
    assert answer.json()["code"] == "platform.web_app_missing"
    assert answer.json()["detail"] == "It is <being> built."


async def test_without_a_build_a_browser_gets_a_page_that_says_why_and_looks_again(
    client: httpx.AsyncClient, reasons: list[Absence]
) -> None:
    answer = await client.get("/app/models/x", headers=BROWSER)
    assert answer.status_code == 503 and answer.headers["cache-control"] == "no-store"
    assert "It is &lt;being&gt; built." in answer.text and 'http-equiv="refresh" content="3"' in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    documentation = answer.text.split('<a href="')[1].split('"')[0]
    assert str(answer.url.join(documentation)) == f"{client.base_url}".rstrip("/") + "/docs"
    reasons.append(Absence("Run make web."))
    assert "refresh" not in (await client.get("/app/", headers=BROWSER)).text
