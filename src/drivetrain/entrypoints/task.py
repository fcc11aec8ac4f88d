"""``python -m drivetrain.entrypoints.task ID NUMBER``: one attempt at a background task, in a process of its own."""

from __future__ import annotations

import sys

from drivetrain.bootstrap.task_work import run_in_child

if __name__ == "__main__":
    sys.exit(run_in_child(sys.argv[1], int(sys.argv[2])))
