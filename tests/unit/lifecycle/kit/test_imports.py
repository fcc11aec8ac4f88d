"""Cards name what they import later; every name is there."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from drivetrain.lifecycle.kit.imports import imported, when_called

SOURCE = Path(__file__).parents[4] / "src" / "drivetrain"
NAMES = sorted(
    {
        name
        for file in SOURCE.rglob("*.py")
        for name in re.findall(
            r'(?:when_called|imported)\(\s*"(drivetrain[^"]+)"', file.read_text(encoding="utf-8")
        )
    }
)


def test_the_names_were_found():
    assert len(NAMES) >= 15


def test_nothing_is_imported_before_it_is_used():
    sys.modules.pop("colorsys", None)
    convert = when_called("colorsys:rgb_to_hls")
    assert "colorsys" not in sys.modules
    assert convert(r=0.0, g=0.0, b=0.0) == (0.0, 0.0, 0.0)


def test_a_name_that_is_missing_says_so():
    with pytest.raises(AttributeError, match="nowhere"):
        imported("colorsys:nowhere")()


@pytest.mark.parametrize("name", NAMES)
def test_every_name_in_the_source_is_there(name):
    assert callable(imported(name)()) or name.endswith((":RENDERING", ":VALUES"))
