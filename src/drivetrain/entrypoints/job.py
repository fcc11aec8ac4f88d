"""``python -m drivetrain.entrypoints.job NAME ARGUMENT ...``: one job of a product, in a process of its own."""

from __future__ import annotations

import sys

from drivetrain.bootstrap.jobs import run_job

if __name__ == "__main__":
    sys.exit(run_job(sys.argv[1], sys.argv[2:]))
