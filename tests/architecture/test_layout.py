"""The house is laid out as its plan says, so that who knows one product knows all."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "drivetrain"
MODULES = sorted(SOURCE.rglob("*.py"))
CAPABILITIES = {
    "rental": {"price", "buffer"},
    "resale": {"valuation", "price", "used", "segments"},
    "trips": {"city", "rides", "duration", "slots", "bulk", "outcomes"},
    "market": {
        "listings",
        "search",
        "stock",
        "recommendations",
        "insight",
        "conversations",
        "reviews",
        "alerts",
        "shares",
    },
    "dispatch": {"events", "state", "features", "matching", "board", "simulation"},
    "accounts": {"people", "companies", "sessions", "keys", "audit", "notifications"},
}
PRODUCTS = tuple(CAPABILITIES)
ROOMS = {"data", "learning", "serving", "releasing", "kit"}
LAYERS = {"domain", "model", "application", "adapters"}
TOP = {
    "core",
    "lifecycle",
    "adapters",
    *PRODUCTS,
    "products.py",
    "settings.py",
    "bootstrap",
    "entrypoints",
    "__init__.py",
}


def entries(folder: Path) -> set[str]:
    """What stands in a folder, without what tools leave there."""
    return {entry.name for entry in folder.iterdir() if not entry.name.startswith((".", "__pycache__"))}


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_the_package_has_its_layers_and_nothing_beside_them():
    assert entries(SOURCE) == TOP | {"py.typed"}


def test_the_lifecycle_has_its_five_rooms():
    assert entries(SOURCE / "lifecycle") == ROOMS | {"__init__.py"}


@pytest.mark.parametrize(("product", "capabilities"), CAPABILITIES.items())
def test_a_product_is_its_card_and_its_capabilities(product, capabilities):
    assert entries(SOURCE / product) == {"__init__.py", "product.py"} | capabilities


@pytest.mark.parametrize(
    "capability",
    [SOURCE / product / name for product, names in CAPABILITIES.items() for name in sorted(names)],
    ids=lambda folder: folder.name,
)
def test_a_capability_has_some_of_the_four_layers_and_nothing_else(capability):
    assert entries(capability) - {"__init__.py"} <= LAYERS
    assert all((capability / layer / "__init__.py").is_file() for layer in entries(capability) & LAYERS)


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_product_says_in_its_docstring_what_it_decides_and_nothing_else_stands_there(product):
    tree = tree_of(SOURCE / product / "__init__.py")
    assert len(tree.body) == 1
    assert len(ast.get_docstring(tree)) > 80


def test_every_folder_with_modules_is_a_package():
    # Alembic runs its scripts as files
    folders = {path.parent for path in MODULES if "migrations" not in path.parts}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_every_module_says_what_it_is_for():
    first = {path: (ast.get_docstring(tree_of(path)) or "").strip().partition("\n")[0] for path in MODULES}
    assert [path for path, line in first.items() if len(line) <= 20 or line[-1] not in ".:"] == []


def test_every_exception_is_caught_only_at_an_edge_or_let_go_on():
    """``except Exception`` elsewhere would turn our bugs into somebody's wrong answer."""
    assert [place for path in MODULES for place in _swallows(path)] == []


def test_the_search_for_swallowed_exceptions_would_find_one(tmp_path):
    module = tmp_path / "module.py"
    module.write_text("try:\n    pass\nexcept (OSError, Exception):\n    pass\n")
    assert _swallows(module) == ["module.py:3"]
    module.write_text("try:\n    pass\nexcept BaseException:\n    print()\n    raise\n")
    assert _swallows(module) == []


def test_nothing_is_left_to_do_later_in_the_code():
    later = re.compile(r"\b(TODO|FIXME|XXX)\b|raise NotImplementedError")
    assert [path for path in MODULES if later.search(path.read_text(encoding="utf-8"))] == []


def _swallows(path: Path) -> list[str]:
    """Where a module catches everything, neither at a marked edge nor to raise it on."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [
        f"{path.name}:{node.lineno}"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ExceptHandler) and _catches_everything(node)
        if not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)
        if "the edge of a " not in lines[node.lineno - 1]
    ]


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or getattr(kind, "id", "") in {"Exception", "BaseException"} for kind in kinds)
