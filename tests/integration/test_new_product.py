"""A product made from the page for contributors: one folder, its card in the list, and everything of it is there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```python\n# (src/\S+)\n(.*?)```", re.DOTALL)

MIGRATE = """
import sys
from drivetrain.adapters.postgres.migrate import migrate
from drivetrain.products import MIGRATIONS
print(migrate(sys.argv[1], *MIGRATIONS)[-1], migrate(sys.argv[1], *MIGRATIONS))
"""

SERVE = """
import asyncio, json, os, sys
from pathlib import Path
import httpx
from drivetrain.bootstrap.installation import home_of
from drivetrain.bootstrap.serving import build_worker
from drivetrain.products import SCOPES
from drivetrain.settings import Settings

settings = Settings()
home = home_of(settings)
home.signer()
worker = build_worker(settings, sys.argv[1], home)

async def ask():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(worker.edge), base_url="http://here") as client:
        return (await client.get("/parking/fee")).status_code

found = {"paths": list(worker.app.openapi()["paths"]), "status": asyncio.run(ask()), "scopes": sorted(SCOPES.names)}
print(json.dumps(found))
os._exit(0)
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package with the product of the page in it."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    blocks = BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert blocks
    for name, content in blocks:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
        for folder in file.relative_to(tmp_path / "src" / "drivetrain").parents[:-1]:
            (tmp_path / "src" / "drivetrain" / folder / "__init__.py").write_text('"""Of parking."""\n')
    listed = tmp_path / "src" / "drivetrain" / "products.py"
    text_before = listed.read_text(encoding="utf-8")
    text_after = text_before.replace("TRIPS, ACCOUNTS)", "TRIPS, ACCOUNTS, PARKING)").replace(
        "from drivetrain.rental.product",
        "from drivetrain.parking.product import CARD as PARKING\nfrom drivetrain.rental.product",
    )
    assert text_after.count("PARKING") == 2
    listed.write_text(text_after, encoding="utf-8")
    return tmp_path


def run(package: Path, *arguments: str, **settings: str) -> str:
    """What a python on the copy prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DRIVETRAIN_")}
    environment |= {
        "PYTHONPATH": str(package / "src"),
        "DRIVETRAIN_HOME": str(package / "home"),
        "DRIVETRAIN_SUPERVISOR_PID": str(os.getpid()),
        "TERM": "dumb",
        **{f"DRIVETRAIN_{name}": value for name, value in settings.items()},
    }
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        cwd=package,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_the_card_names_is_picked_up(package: Path, database_url: str) -> None:
    cli = ("-m", "drivetrain.entrypoints.cli")
    assert "What a visit costs." in run(package, *cli, "--help")
    assert run(package, *cli, "parking", "fee", "90", PARKING_FEE_PER_HOUR="4").strip() == "6.00 EUR"
    assert run(package, "-c", MIGRATE, database_url).split() == ["m0001", "[]"]
    run(package, "-m", "drivetrain.entrypoints.process", "count-visits", DATABASE_URL=database_url)
    with create_engine(
        database_url.replace("postgresql://", "postgresql+psycopg://")
    ).connect() as connection:
        assert connection.scalar(text("SELECT sum(counted) FROM drivetrain.parking_visits")) == 1
    served = json.loads(run(package, "-c", SERVE, database_url).splitlines()[-1])
    assert "/parking/fee" in served["paths"]
    assert served["status"] == 401
    assert "parking:read" in served["scopes"]
