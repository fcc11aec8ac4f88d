"""A clone without npm and without a build: everything but the web app is served, and whoever asks for it is told why."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from tests.support.platform import EXAMPLE, eventually, running

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
BROWSER = {"Accept": "text/html"}


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone of this one whose machine reaches no package index and has never reached one."""
    folder = tmp_path / "clone"
    made = shutil.ignore_patterns("bundle", "node_modules", "dist", "__pycache__")
    for name in ("src", "web", "requirements"):
        shutil.copytree(ROOT / name, folder / name, ignore=made)
    (folder / "web" / "package.json").touch()
    monkeypatch.setenv("PYTHONPATH", str(folder / "src"))
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "no-cache"))
    return folder


def test_decisions_are_made_and_the_missing_app_is_explained(
    clone: Path, new_home: Callable[[], Path]
) -> None:
    with running(new_home(), WEB_APP="") as platform:
        assert eventually(lambda: "the API serves without it" in platform.told(), 60), platform.told()
        page = httpx.get(f"{platform.address}/app/rental/price", headers=BROWSER)
        assert page.status_code == 503 and "make web" in page.text
        problem = platform.ask("/app/").json()
        assert problem["code"] == "platform.web_app_missing" and "could not be installed" in problem["detail"]
        health = platform.ask("/health").json()
        (web_app,) = [each for each in health["dependencies"] if each["name"] == "web app"]
        assert web_app["state"] == "degraded" and web_app["why"] == problem["detail"]
        assert platform.ask("/health/ready").status_code == 200
        for text in (page.text, str(problem), str(health)):
            assert str(clone) not in text and str(platform.home) not in text
        with platform.client() as client:
            assert client.post("/rental/price", json=dict(EXAMPLE)).status_code == 200
        assert platform.failures() == []
