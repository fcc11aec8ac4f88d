"""Trainings in processes of their own: two at a time, each told as it ends, all ended when somebody asks to stop."""

from __future__ import annotations

import os
import sys
import time

from drivetrain.bootstrap.first_training import train_side_by_side
from drivetrain.core.progress import SilentProgress

WAITS = "import time; began = time.monotonic(); time.sleep(0.4); print(began, time.monotonic())"


def ended(scripts, stopped=lambda: False):
    """What becomes of scripts in place of trainings."""
    return list(
        train_side_by_side(
            list(scripts),
            os.environ,
            actor="a test",
            progress=SilentProgress(),
            stopped=stopped,
            command=lambda model, _: [sys.executable, "-c", scripts[model]],
        )
    )


def test_every_model_is_trained_and_never_more_than_two_at_a_time():
    results = ended({f"model-{at}": WAITS for at in range(4)})
    assert sorted(result.model for result in results) == ["model-0", "model-1", "model-2", "model-3"]
    spans = [tuple(map(float, result.said.split())) for result in results]
    at_once = [sum(began <= at < end for began, end in spans) for at, _ in spans]
    assert max(at_once) == 2


def test_a_failed_training_tells_its_errors_and_a_good_one_only_its_result():
    noisy = "import sys; print('done'); print('a bar', file=sys.stderr); sys.exit(%d)"
    good, bad = sorted(ended({"good": noisy % 0, "bad": noisy % 3}), key=lambda result: result.code)
    assert (good.model, good.said) == ("good", "done")
    assert (bad.model, bad.code, bad.said) == ("bad", 3, "done\na bar")


def test_who_asks_to_stop_waits_for_no_training():
    started = time.monotonic()
    results = ended({"slow": "import time; time.sleep(60)", "next": WAITS, "never": WAITS}, stopped=Once(2))
    assert time.monotonic() - started < 30
    assert "never" not in {result.model for result in results}


class Once:
    """True from the given look on."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def __call__(self) -> bool:
        self.looks -= 1
        return self.looks < 0
