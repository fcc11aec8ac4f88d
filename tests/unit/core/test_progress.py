"""Nobody has to watch."""

from __future__ import annotations

import pytest

from drivetrain.core.progress import SilentProgress


def test_silent_progress_says_nothing_and_swallows_nothing(capsys):
    with SilentProgress().stage("fit", total=2, unit="fits") as stage:
        stage.advance()
        stage.advance(5)
    assert capsys.readouterr() == ("", "")
    with pytest.raises(ZeroDivisionError), SilentProgress().stage("fit", total=1, unit="fits"):
        _ = 1 / 0
