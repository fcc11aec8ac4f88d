"""What a process that workers are copied from has imported before it is copied."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from drivetrain.bootstrap.preloading import route_modules

BUILD = """
import sys
from pathlib import Path
from drivetrain.bootstrap.serving import PRODUCTS, build_worker, home_of, preload
from drivetrain.settings import Settings
preload(PRODUCTS)
before = set(sys.modules)
settings = Settings(home=Path(sys.argv[1]))
home_of(settings).signer()
build_worker(settings, "postgresql+psycopg://nobody@127.0.0.1:1/nothing", home_of(settings))
print("\\n".join(sorted(set(sys.modules) - before)))
"""


def test_routes_of_a_product_are_found_in_the_adapters_of_its_capabilities() -> None:
    assert list(route_modules(["rental"])) == [
        "drivetrain.rental.buffer.adapters.http",
        "drivetrain.rental.buffer.adapters.use_cases",
        "drivetrain.rental.price.adapters.http",
    ]


def test_building_a_worker_imports_no_further_routes(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-c", BUILD, str(tmp_path)], capture_output=True, text=True, check=True
    )
    later = built.stdout.split()
    assert not [name for name in later if name.endswith((".http", ".routes"))]
    assert not [name for name in later if name.partition(".")[0] in {"argon2", "cryptography", "jinja2"}]
