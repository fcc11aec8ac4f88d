"""``python -m drivetrain.entrypoints.work [QUEUE ...]``: does background tasks; `drivetrain up` starts one."""

from __future__ import annotations

import os
import sys

from drivetrain.bootstrap.task_work import work

if __name__ == "__main__":
    code = work(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)  # without waiting for threads whose tasks go on: those begin again elsewhere
