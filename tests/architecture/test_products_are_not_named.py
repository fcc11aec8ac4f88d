"""What serves every product names none: a new one is a folder and its card in the list."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "drivetrain"
SHARED = ("bootstrap", "entrypoints", "adapters", "lifecycle")
PRODUCTS = ("rental", "resale", "trips", "market", "dispatch", "accounts")
WORD = re.compile(rf"\b({'|'.join(PRODUCTS)})\b")
RELEASED = SOURCE / "adapters" / "postgres" / "migrations" / "versions"
"""Migrations from before a card carried its own: what was released is not changed."""


def mentions(folder: Path) -> list[str]:
    """The lines of a folder that name a product, as whole words."""
    return [
        f"{path.name}:{number}: {line.strip()}"
        for path in sorted(folder.rglob("*.py"))
        if path.parent != RELEASED
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if WORD.search(line)
    ]


@pytest.mark.parametrize("folder", SHARED)
def test_no_product_is_named(folder: str) -> None:
    assert mentions(SOURCE / folder) == []


def test_the_search_would_find_an_import_an_address_and_a_word(tmp_path: Path) -> None:
    lines = ["from drivetrain.trips.product import CARD", 'PREFIX = "/rental"', "# the resale of cars"]
    (tmp_path / "module.py").write_text("\n".join([*lines, "accountsreceivable = 1"]))
    assert len(mentions(tmp_path)) == len(lines)


def test_every_product_of_the_package_is_looked_for() -> None:
    folders = {path.parent.name for path in SOURCE.glob("*/product.py")}
    assert folders <= set(PRODUCTS)
