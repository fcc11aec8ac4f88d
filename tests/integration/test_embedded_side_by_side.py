"""Commands in processes of their own: two at a time, each reported as it ends, all ended when somebody asks to stop."""

from __future__ import annotations

import os
import sys
import time

from drivetrain.adapters.embedded.side_by_side import run_side_by_side
from drivetrain.core.progress import SilentProgress

WAITS = "import time; began = time.monotonic(); time.sleep(0.4); print(began, time.monotonic())"


def ended(scripts, stopped=lambda: False):
    """What becomes of scripts."""
    commands = {name: [sys.executable, "-c", script] for name, script in scripts.items()}
    return list(
        run_side_by_side(
            commands, os.environ, action="run", at_once=2, stopped=stopped, progress=SilentProgress()
        )
    )


def test_every_command_is_run_and_never_more_than_two_at_a_time():
    results = ended({f"script-{at}": WAITS for at in range(4)})
    assert sorted(result.name for result in results) == ["script-0", "script-1", "script-2", "script-3"]
    spans = [tuple(map(float, result.output.split())) for result in results]
    at_once = [sum(began <= at < end for began, end in spans) for at, _ in spans]
    assert max(at_once) == 2


def test_a_failed_command_shows_its_errors_and_a_good_one_only_its_result():
    noisy = "import sys; print('done'); print('a bar', file=sys.stderr); sys.exit(%d)"
    good, bad = sorted(ended({"good": noisy % 0, "bad": noisy % 3}), key=lambda result: result.code)
    assert (good.name, good.output) == ("good", "done")
    assert (bad.name, bad.code, bad.output) == ("bad", 3, "done\na bar")


def test_who_asks_to_stop_waits_for_no_command():
    started = time.monotonic()
    results = ended({"slow": "import time; time.sleep(60)", "next": WAITS, "never": WAITS}, stopped=Once(2))
    assert time.monotonic() - started < 30
    assert "never" not in {result.name for result in results}


class Once:
    """True from the given look on."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def __call__(self) -> bool:
        self.looks -= 1
        return self.looks < 0
