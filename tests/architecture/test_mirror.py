"""The unit tests mirror the source: whoever knows a module knows where its tests are, also after it was moved."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE, UNIT, BENCH = ROOT / "src" / "drivetrain", ROOT / "tests" / "unit", ROOT / "tests" / "unit" / "bench"

TOPICS = {
    "test_docs.py": "compares the documents with the whole of the code, and no module is theirs",
}
"""Unit tests of no single module, and why."""


def subject_of(test: Path) -> Path | None:
    """The module that a test file is about: ``price.py`` for ``test_price.py``.

    A module with much to test may have further files, named for their topic: ``test_contracts_instants.py`` is
    about ``contracts.py`` too. Below ``bench`` they mirror the bench.
    """
    base = ROOT if test.is_relative_to(BENCH) else SOURCE
    folder, words = base / test.relative_to(UNIT).parent, test.stem.removeprefix("test_").split("_")
    for count in range(len(words), 0, -1):
        module = folder / f"{'_'.join(words[:count])}.py"
        if module.exists():
            return module
    return None


@pytest.mark.parametrize(
    "test", sorted(UNIT.rglob("test_*.py")), ids=lambda test: str(test.relative_to(UNIT))
)
def test_every_unit_test_has_its_module(test: Path) -> None:
    name = str(test.relative_to(UNIT))
    if name in TOPICS:
        assert subject_of(test) is None, f"{name} has a module by now: strike it from TOPICS"
    else:
        assert subject_of(test) is not None, (
            f"{name} mirrors no module. Rename it with its module, or move it to the folder that it tests."
        )


def test_every_topic_is_still_tested() -> None:
    assert all((UNIT / name).exists() for name in TOPICS)
